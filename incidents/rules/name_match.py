"""Finding a person by a name that was heard on the telephone: whatever its case, accents and small misspellings.

A typed word stands for a word of a name that begins with it, that differs from it by about a letter in four, or that
has the same consonants: names that come from another script are written with many vowels.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from functools import cache

ALIKE = 0.75
"""How much two words must have in common to be one name misspelt."""

ALIKE_WHERE_BORN = 0.6
"""The same for people whose date of birth is the one that was given."""

SHORTEST_MISSPELT = 4
"""Shorter words are not compared: too many are alike."""

_BEGINS = 0.95
_SAME_CONSONANTS = 0.8
_FEWEST_CONSONANTS = 3
_SOFT = "aeiouhwy"
_UNDIVIDED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}
)
_APOSTROPHES = re.compile(r"['’‘ʼ`´]")
_WORD = re.compile(r"[^\W_]+")
_BETWEEN = r"[\s,.'’‘/()&_-]"


def folded(text: str) -> str:
    """A text without case, accents and apostrophes."""
    divided = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text).casefold())
    return "".join(char for char in divided if not unicodedata.combining(char)).translate(_UNDIVIDED)


def name_words(text: str) -> list[str]:
    """The words of a name, folded: "Zoë Smith-O’Brien" is zoe, smith, obrien."""
    return _WORD.findall(folded(text))


def closeness(typed: Sequence[str], name: Iterable[str], alike: float = ALIKE) -> float:
    """How well a name, in folded words, answers what was typed: 1 for the very words, 0 where a word has no match."""
    words = list(name)
    if not typed:
        return 0.0
    best = [max((_alike(word, other, alike) for other in words), default=0.0) for word in typed]
    return sum(best) / len(best) if all(best) else 0.0


def beginning_pattern(word: str, letters: int | None = None) -> str:
    """A regular expression for texts in which a word begins with these letters, whatever their case and accents.

    `letters` takes only so many of them. For the database, which folds nothing itself.
    """
    wanted = word if letters is None else word[:letters]
    return rf"(^|{_BETWEEN})" + "['’‘]?".join(_spellings(letter) for letter in wanted)


def consonants(word: str) -> str:
    """A folded word's first letter and its consonants after it, doubled ones once, soft ones left out."""
    single = re.sub(r"(.)\1+", r"\1", word)
    return single[:1] + "".join(letter for letter in single[1:] if letter not in _SOFT)


def consonants_pattern(word: str) -> str:
    """A regular expression for texts in which a word has the same first letter and consonants as this one."""
    soft = "[" + "".join(_spellings(letter)[1:-1] for letter in _SOFT) + "'’‘]*"
    return rf"(^|{_BETWEEN})" + soft.join(f"{_spellings(letter)}+" for letter in consonants(word))


def _alike(typed: str, name: str, alike: float) -> float:
    if typed == name:
        return 1.0
    if name.startswith(typed):
        return _BEGINS
    if min(len(typed), len(name)) < SHORTEST_MISSPELT:
        return 0.0
    bones = consonants(typed)
    if len(bones) >= _FEWEST_CONSONANTS and bones == consonants(name):
        return _SAME_CONSONANTS
    matcher = SequenceMatcher(None, typed, name, autojunk=False)
    # The quick ones are upper bounds and rule most out.
    if matcher.real_quick_ratio() < alike or matcher.quick_ratio() < alike:
        return 0.0
    ratio = matcher.ratio()
    return ratio if ratio >= alike else 0.0


@cache
def _letters() -> dict[str, str]:
    """Every Latin letter with accents, by the letter or letters that it folds to."""
    found: dict[str, str] = {}
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        letter = chr(code)
        if letter.isalpha():
            base = folded(letter)[:1]
            found[base] = found.get(base, "") + letter
    return found


def _spellings(letter: str) -> str:
    return f"[{letter}{letter.upper() if len(letter.upper()) == 1 else ''}{_letters().get(letter, '')}]"
