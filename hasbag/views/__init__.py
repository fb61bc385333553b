"""Pages of meetings: GET, form, service, redirect."""
