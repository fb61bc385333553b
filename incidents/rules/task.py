"""Pure decisions about tasks: how they read, and when they are due unless somebody says otherwise.

Rules: docs/domain.md §3.2, §6.5.
"""

from __future__ import annotations

from datetime import date, datetime

from kernel.working_days import Holidays, add_working_days, close_of, local_date

DEFAULT_WORKING_DAYS = 5

_VERBS = """
monitor monitoring liaise liaison liaising support supporting discuss discussion follow followup chase review consider
continue engage engagement update note watch check look keep eye up on
"""
_SMALL = """
the a an and to with of for in on at it this that them him her case victim family situation matter issue agency
agencies partner partners police council school housing landlord officer team others other all any ongoing please
regularly closely further as needed necessary appropriate
"""
VAGUE = frozenset(_VERBS.split())
"""Verbs that never end by themselves, and the words that go with them."""

_FILLERS = frozenset(_SMALL.split())


def vague(title: str) -> bool:
    """Whether a task names no end by which anybody could tell that it is done: "Monitor", "Liaise with police".

    A figure in it is a measure or a date, which is enough. A hint for the person who asks, never a refusal.
    """
    words = "".join(c.lower() if c.isalnum() else " " for c in title).split()
    if not words or any(word.isdigit() for word in words):
        return False
    return any(word in VAGUE for word in words) and all(word in VAGUE or word in _FILLERS for word in words)


def due_default(now: datetime, holidays: Holidays) -> datetime:
    """When a task is due unless somebody says otherwise: at the close of the fifth working day from now."""
    return close_of(add_working_days(local_date(now), DEFAULT_WORKING_DAYS, holidays))


def next_working_day(day: date, holidays: Holidays) -> date:
    """The first working day after a day."""
    return add_working_days(day, 1, holidays)
