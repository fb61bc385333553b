"""The sentence parts in `data/`, and how they are filled with a person's name and pronouns."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_DATA = Path(__file__).resolve().parent / "data"
_HEADING = re.compile(r"\[(.+)\]")
_PERSON_VERB = re.compile(r"([\w’]+)~([\w’]+)")
_OTHER_VERB = re.compile(r"([\w’]+)\^([\w’]+)")
_OF_SOMEBODY = re.compile(r"\{(?:name|they|them|their|theirs|They|Their)\}")
_TAG = re.compile(r"<(\w+)> ")
_FIRST_LETTER = re.compile(r"(^|[.!?] )([a-z])")

PRONOUNS = {
    "woman": {"they": "she", "them": "her", "their": "her", "theirs": "hers"},
    "man": {"they": "he", "them": "him", "their": "his", "theirs": "his"},
    "other": {"they": "they", "them": "them", "their": "their", "theirs": "theirs"},
}


@cache
def parts(name: str) -> dict[str, tuple[str, ...]]:
    """The lines of a file by heading. A heading that lists several endings stands for each of them."""
    found: dict[str, list[str]] = {}
    current: list[list[str]] = []
    for line in (_DATA / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        heading = _HEADING.fullmatch(line)
        if heading:
            current = [found.setdefault(key, []) for key in _keys(heading[1], name)]
        elif line.strip() and not line.startswith("#"):
            for lines in current:
                lines.append(line.strip())
    return {key: tuple(lines) for key, lines in found.items()}


def _keys(heading: str, name: str) -> list[str]:
    first, *rest = heading.split(" ")
    return [f"{first} {ending}" for ending in rest] if name == "aims" and rest else [heading]


@cache
def listed(name: str, key: str) -> tuple[str, ...]:
    """The values of a heading whose lines are lists with commas."""
    return tuple(value.strip() for line in parts(name)[key] for value in line.split(","))


@cache
def fitting(name: str, heading: str, tags: frozenset[str]) -> tuple[str, ...]:
    """The lines of a heading that fit what is true: those without a tag, and those whose tag is among the given.

    Lines about the victim are left out where there is none.
    """
    found = []
    for line in parts(name).get(heading, ()):
        tagged = _TAG.match(line)
        told = line[tagged.end() :] if tagged else line
        if (tagged is None or tagged[1] in tags) and ("victim" in tags or not _OF_SOMEBODY.search(told)):
            found.append(told)
    return tuple(found)


class Voice:
    """Fills sentence parts for one person: name, pronouns, who did it, where and when."""

    def __init__(self, name: str, gender: str, **more: str) -> None:
        pronouns = PRONOUNS[gender]
        self._plural = gender == "other"
        self._several = more.pop("several", "") == "yes"
        self.words = {"name": name, **pronouns, **more}
        self.words |= {"They": _capital(pronouns["they"]), "Their": _capital(pronouns["their"])}
        self.words["who"] = self.say_raw(self.words.get("who", ""))
        self.words["who_cap"] = _capital(self.words["who"])
        self.words["their_cap"] = self.words["Their"]
        self.words["at_place_cap"] = _capital(self.words.get("at_place", ""))

    def say_raw(self, text: str) -> str:
        """The text with its words filled in, as it stands in the middle of a sentence."""
        if "~" in text:
            text = _PERSON_VERB.sub(r"\1" if self._plural else r"\2", text)
        if "^" in text:
            text = _OTHER_VERB.sub(r"\2" if self._several else r"\1", text)
        return text.format_map(self.words) if "{" in text else text

    def say(self, text: str) -> str:
        """The text as whole sentences: each begins with a capital letter."""
        return _FIRST_LETTER.sub(lambda match: match[1] + match[2].upper(), self.say_raw(text))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
