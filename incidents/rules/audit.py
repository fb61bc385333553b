"""Reading the audit: how large a sample is, when it is due, and which words are somebody's own name (docs/domain.md §8.2)."""

from __future__ import annotations

from datetime import date, timedelta

SAMPLE_PERCENT = 2
MONTHS_BACK = 12
_SHORTEST = 3


def sample_size(population: int) -> int:
    """How many events are looked at: 2 in 100, rounded up, so that a quiet month is not left out."""
    return -(-population * SAMPLE_PERCENT // 100)


def month_of(day: date) -> date:
    """The first day of a day's month."""
    return day.replace(day=1)


def month_after(month: date) -> date:
    """The first day of the month after."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def sample_due(month: date) -> date:
    """Until when a month's sample is to be signed off: the last day of the month after it."""
    return month_after(month_after(month)) - timedelta(days=1)


def months_whole(today: date, first: date) -> list[date]:
    """The months that are over, from the one of `first` on, at most twelve, oldest first."""
    month, found = month_of(first), []
    while month_after(month) <= today:
        found.append(month)
        month = month_after(month)
    return found[-MONTHS_BACK:]


def own_names(name: str) -> dict[str, bool]:
    """What somebody might type to find themself: their whole name either way round (true), and its words (false)."""
    words = name.casefold().split()
    found = {word: False for word in words if len(word) >= _SHORTEST}
    if len(words) > 1:
        found[" ".join(words)] = True
        found[" ".join([words[-1], *words[:-1]])] = True
    return found
