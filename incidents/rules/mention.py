"""Whom a text mentions: "@Bob Wickens", or "@Bob" where there is only one. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

_AT = re.compile(r"(?<![\w@.])@(?=\w)")
_WORD = re.compile(r"[\w'’-]+")


def mentions_in(text: str, people: Mapping[int, str]) -> tuple[frozenset[int], tuple[str, ...]]:
    """The people whom a text mentions, and the words after an @ that name nobody, or more than one.

    An @ inside a word is none: an e-mail address mentions nobody.
    """
    found: set[int] = set()
    unknown: list[str] = []
    for at in _AT.finditer(text):
        rest = text[at.end() :].casefold()
        fitting = _by_name(rest, people) or _by_first_name(rest, people)
        if len(fitting) == 1:
            found |= fitting
        else:
            word = _WORD.match(text, at.end())
            unknown.append(word.group() if word else "")
    return frozenset(found), tuple(unknown)


def _by_name(rest: str, people: Mapping[int, str]) -> set[int]:
    fitting = {key: name for key, name in people.items() if _begins(rest, name.casefold())}
    longest = max((len(name) for name in fitting.values()), default=0)
    return {key for key, name in fitting.items() if len(name) == longest}


def _by_first_name(rest: str, people: Mapping[int, str]) -> set[int]:
    word = _WORD.match(rest)
    return {key for key, name in people.items() if word and name.casefold().split()[:1] == [word.group()]}


def _begins(rest: str, name: str) -> bool:
    return bool(name) and rest.startswith(name) and not rest[len(name) : len(name) + 1].isalnum()
