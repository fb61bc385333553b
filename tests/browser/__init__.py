"""The whole journey of an incident, in a real browser against a system that really runs."""
