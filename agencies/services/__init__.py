"""Writes of agencies, each `<noun>_<verb>` in a module of its noun."""
