"""Whether free text gives away a name that may not be kept. Rules: docs/domain.md §1.4."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

QUARANTINE_WORKING_DAYS = 20
"""So long a name that a case does not keep waits for the lead agency's triagers, before it is erased (§1.4)."""

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SHORTEST = 3


def names_in_text(text: str, names: Iterable[str]) -> tuple[str, ...]:
    """Those of the names that stand in the text as words of their own, whatever their case or accents.

    Parts of fewer than three letters are left out: they are too often ordinary words.
    """
    words = {_plain(word) for word in _WORD.findall(text)}
    found = []
    for name in names:
        parts = [part for part in _WORD.findall(name) if len(part) >= _SHORTEST]
        found += [part for part in parts if _plain(part) in words and part not in found]
    return tuple(found)


def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold().replace("’", "'"))
    return "".join(character for character in decomposed if not unicodedata.combining(character))
