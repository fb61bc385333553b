"""Whether a victim may safely be contacted: the rule belongs to victims, and is used in every case."""

from __future__ import annotations

from victims.rules import EVERY_DAY, SafeContact, Window, contact_problems, safe_contact_of, windows_parse

__all__ = ["EVERY_DAY", "SafeContact", "Window", "contact_problems", "safe_contact_of", "windows_parse"]
