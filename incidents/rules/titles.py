"""What a case is called where nobody has written a summary: what was done, where, and at what it was aimed.

Only from what everybody who may open the case is told, never a name (docs/domain.md §5.4).
"""

from __future__ import annotations

from collections.abc import Iterable

from agencies.choices import District
from incidents.choices import Behaviour, Strand, strand_codes

SHOWN = 2
"""So many kinds of behaviour: a title is no list."""


def case_title(*, strands: int, behaviours: Iterable[str], district: str) -> str:
    """In words, like "Verbal abuse and threat in Kettering: race or ethnicity"."""
    done = done_words(behaviours)
    where = f" in {District(district).label}" if district in District.values else ""
    aimed = ", ".join(small(str(Strand(code).label)) for code in strand_codes(strands))
    return f"{done}{where}{f': {aimed}' if aimed else ''}"


def done_words(behaviours: Iterable[str]) -> str:
    """What was done, in words: "Verbal abuse and threat"; "Incident" where nothing is known of it."""
    known = [str(Behaviour(one).label) for one in behaviours if one in Behaviour.values]
    return " and ".join(word if n == 0 else small(word) for n, word in enumerate(known[:SHOWN])) or "Incident"


def small(word: str) -> str:
    """A word as it stands within a sentence."""
    return word[:1].lower() + word[1:]
