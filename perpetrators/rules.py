"""What is said of an alleged perpetrator, held against itself."""

from __future__ import annotations

import datetime as dt
import re

_NO_AGE = (
    r"(?:cm|ft|feet|foot|inch(?:es)?|metres?|m|kg|kilos?|stone|st|pounds?|seconds?|minutes?|mins?|hours?|days?|weeks?|months?"
    r"|yards?|miles?|o|am|pm|people|others|times|doors?|houses?|men|women|boys|girls|youths)\b"
)
_SAID = re.compile(
    rf"\b(?:aged?|about|around|approximately|approx\.?|roughly|circa)\s+(?:the age of\s+)?(?P<about>[1-9][0-9])\b(?![:.%][0-9]|\s*(?:%|{_NO_AGE}))"
    r"|\b(?P<years>[1-9][0-9]?)(?:\s+|-)years?(?:\s+|-)old\b"
    r"|\bin\s+(?:his|her|their)\s+(?:early |mid[- ]?|late )?(?P<decade>[1-9])0'?’?s\b",
    re.IGNORECASE,
)
APART = 10
"""A guess may be as many years off."""


def ages_said(description: str) -> list[tuple[int, int]]:
    """The ages that a description names, each as the youngest and the oldest that it may mean: "about 40", "in her 30s"."""
    found = []
    for match in _SAID.finditer(description):
        if match["decade"]:
            found.append((int(match["decade"]) * 10, int(match["decade"]) * 10 + 9))
        else:
            age = int(match["about"] or match["years"])
            found.append((age, age))
    return found


def age_problem(description: str, born: dt.date | None, today: dt.date) -> str:
    """Why a description and a date of birth cannot both be right, in a sentence; nothing where they can."""
    said = ages_said(description)
    if born is None or len(said) != 1 or born > today:
        return ""
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    youngest, oldest = said[0]
    if youngest - APART <= age <= oldest + APART:
        return ""
    words = f"about {youngest}" if youngest == oldest else f"in their {youngest}s"
    return f"The date of birth makes them {age}, the description says {words}: correct one of them"
