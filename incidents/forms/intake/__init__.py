"""Logging an incident step by step."""
