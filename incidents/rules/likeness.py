"""Whether two reports may be about one event: the same place, within 48 hours, in similar words. Rules: docs/domain.md §10.2.

A suggestion for a person, never a decision. Measured in docs/decisions/0017-joining-and-parting.md.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from agencies.geography import postcode_normalise

WINDOW = timedelta(hours=48)
NEAR_METRES = 100
"""Up to here two points are one place."""
TOWN_METRES = 5_000
"""Up to here two places of the same name are one; beyond it they are in two towns."""
ALIKE = 0.25
"""From this share of common words on two texts count as similar."""
FEWEST = 3
"""So many common words at least: two short texts share some by chance."""

_WORD = re.compile(r"[^\W\d_]{3,}")
_EVERYDAY = frozenset(
    """the and was were had has have her him his hers she they them their then than that this with from for who what when
    where which while out off over about into not but are you your our all any one two man woman men women said says
    told came come went going got again there here been being did does after before because until very just also
    would could outside inside near reported report reports caller victim someone somebody people person""".split()
)
_ENDINGS = ("ing", "ed", "es", "s")


@dataclass(frozen=True)
class Told:
    """What one report says of the event. `place` is a key of `place_key`, empty where no place is told; `point` is where
    it was in metres on the national grid, where that is known.
    """

    text: str
    starts: datetime
    ends: datetime | None = None
    place: str = ""
    postcode: str = ""
    point: tuple[int, int] | None = None
    district: str = ""


@dataclass(frozen=True)
class Likeness:
    """How alike two reports are: the share of common words, and every reason in words."""

    score: float
    reasons: tuple[str, ...]

    @property
    def short(self) -> str:
        """The share of common words for a list: never rounded up to a whole."""
        return "every word" if self.score == 1 else f"{_percent(self.score)}% of the words"


def place_key(location: str) -> str:
    """A named place without case, accents, spaces and signs: “St. Peter’s  Church” and “st peters church” are one."""
    return "".join(character for character in _plain(location) if character.isalnum())


def words_of(text: str) -> frozenset[str]:
    """The words of a text that say something, without endings, so that “shouted” and “shouting” are one."""
    return frozenset(_stem(word) for word in _WORD.findall(_plain(text)) if word not in _EVERYDAY)


def similarity(one: str, other: str) -> float:
    """How many words two texts have in common, of those of the shorter one: 0 to 1.

    A short call and a long statement about the same event have most of the call's words in common; what counts is the
    shorter text. Nothing where they share fewer than three.
    """
    first, second = words_of(one), words_of(other)
    common = len(first & second)
    return common / min(len(first), len(second)) if common >= FEWEST else 0.0


def likeness(one: Told, other: Told) -> Likeness | None:
    """Whether two reports may be about one event, and why; None where place, time or words speak against it."""
    place = _place(one, other)
    apart = _apart(one, other)
    if not place or apart > WINDOW:
        return None
    score = similarity(one.text, other.text)
    if score < ALIKE:
        return None
    return Likeness(score, (place, _when(apart), _in_common(one.text, other.text, score)))


def full_postcode(text: str) -> str:
    """A whole postcode as it is written; nothing for a first half, which is a town and no place."""
    return postcode_normalise(text) or ""


def _place(one: Told, other: Told) -> str:
    whole = full_postcode(one.postcode)
    if whole and whole == full_postcode(other.postcode):
        return "Same postcode"
    if within(one.point, other.point, NEAR_METRES):
        return f"Within {NEAR_METRES} metres"
    return "Same place" if one.place and one.place == other.place and _same_town(one, other) else ""


def _same_town(one: Told, other: Told) -> bool:
    """Whether a place of one name is the same place: every town has a library. By the points, else by the district."""
    if one.point and other.point:
        return within(one.point, other.point, TOWN_METRES)
    return one.district == other.district


def within(one: tuple[int, int] | None, other: tuple[int, int] | None, metres: int) -> bool:
    """Whether two points are known and no further apart than so many metres."""
    if one is None or other is None:
        return False
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2 <= metres**2


def _apart(one: Told, other: Told) -> timedelta:
    first, second = sorted((one, other), key=lambda told: told.starts)
    gap = second.starts - (first.ends or first.starts)
    return max(gap, timedelta(0))


def _when(apart: timedelta) -> str:
    hours = int(apart.total_seconds() // 3600)
    if not apart:
        return "At the same time"
    return "Less than an hour apart" if hours == 0 else f"{hours} hour{'' if hours == 1 else 's'} apart"


def _in_common(one: str, other: str, score: float) -> str:
    """How much of the words two texts share, as it is said: a whole is said in words, a share is never rounded up to it."""
    if words_of(one) == words_of(other):
        return "The same words"
    if score == 1:
        return "Every word of the shorter report is in the other"
    return f"{_percent(score)} per cent of the words in common"


def _percent(score: float) -> int:
    return min(round(score * 100), 99)


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word
