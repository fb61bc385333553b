"""Forms, tags, charts and the pages that every part of the service shares."""
