"""Whether words that somebody looks for are a whole phone number or e-mail address (docs/domain.md §5.5)."""

from __future__ import annotations

import re

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_PHONE = re.compile(r"\+?[0-9() .\-/]+")
_WHOLE = (9, 15)
"""The fewest and most digits of a whole number; with fewer, numbers could be tried out."""


def contact_plain(words: str) -> str:
    """A phone number or e-mail address as `hatecase_contact_plain` writes those on record; nothing for other words.

    >>> contact_plain("+44 (0)7700 900 123")
    '07700900123'
    """
    typed = words.strip()
    if _EMAIL.fullmatch(typed):
        return typed.lower()
    digits = re.sub(r"[^0-9]", "", typed)
    if not _PHONE.fullmatch(typed) or not _WHOLE[0] <= len(digits) <= _WHOLE[1]:
        return ""
    return re.sub(r"^440?", "0", digits.removeprefix("00"))
