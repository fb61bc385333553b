"""Forms: what was typed, parsed, with a clear sentence where it cannot be used. They write nothing."""
