"""References that people read out on the telephone: ``HC-26-7KQ4M2``.

A reference is a prefix (what it names), the year in two digits, and six random symbols of Crockford's base 32, which
leaves out I, L, O and U. References are random and never sequential, so that one of them says nothing about how many
others exist or what they are.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SYMBOL_COUNT = 6

PREFIXES = {
    "HC": "case",
    "HI": "incident",
    "HV": "victim",
    "HA": "alleged perpetrator",
    "HT": "task",
    "HM": "meeting",
    "HK": "pack",
    "HR": "public report",
}

_BODY = rf"[0-9]{{2}}-[0-9A-HJKMNP-TV-Z]{{{SYMBOL_COUNT}}}"

REFERENCE_PATTERN = {prefix: f"{prefix}-{_BODY}" for prefix in PREFIXES}
"""The canonical form of each kind of reference as a regular expression without anchors, for URL converters."""

_MISHEARD = str.maketrans({"O": "0", "I": "1", "L": "1"})
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212_./]+")


def reference_make(prefix: str, year: int, choose: Callable[[str], str] = secrets.choice) -> str:
    """A new random reference of one kind, for example ``reference_make("HC", 2026)`` gives ``HC-26-7KQ4M2``.

    ``choose`` picks one symbol of a string; a generator of invented data passes its own seeded one. Whether the
    reference is already taken is for the unique constraint of the table to say. Raises ``KeyError`` for an unknown
    prefix.
    """
    if prefix not in PREFIXES:
        raise KeyError(prefix)
    symbols = "".join(choose(SYMBOLS) for _ in range(SYMBOL_COUNT))
    return f"{prefix}-{year % 100:02d}-{symbols}"


def reference_normalise(text: str, prefix: str | None = None) -> str | None:
    """The canonical form of what a person typed or wrote down, or ``None`` when it is not a reference.

    Forgives lower case, spaces, other dashes and missing dashes, and reads O as 0, and I or L as 1. With ``prefix``
    only that kind of reference is accepted.
    """
    squeezed = _SEPARATORS.sub("", text).upper()
    kind, body = squeezed[:2], squeezed[2:].translate(_MISHEARD)
    if kind not in PREFIXES or (prefix is not None and kind != prefix):
        return None
    candidate = f"{kind}-{body[:2]}-{body[2:]}"
    return candidate if re.fullmatch(REFERENCE_PATTERN[kind], candidate) else None


_ANY_REFERENCE = re.compile(rf"\b({'|'.join(PREFIXES)})-{_BODY}\b")


def reference_find(text: str) -> str | None:
    """The first reference in its canonical form that a text holds, or ``None``."""
    found = _ANY_REFERENCE.search(text)
    return found.group(0) if found else None
