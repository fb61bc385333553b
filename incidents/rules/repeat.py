"""Whether a victim has been targeted repeatedly: one definition, used everywhere.

Two or more distinct hate incidents, crime or not, of any strand and reported to any agency, in the 365 days that end
on the latest of them. Rules: docs/domain.md §9.3.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from incidents.choices import Classification

WINDOW = timedelta(days=365)
ENOUGH = 2

_NOT_HATE = frozenset({Classification.NOT_HATE.value, Classification.NO_RECORD.value, Classification.ASB.value})


@dataclass(frozen=True)
class IncidentDay:
    """One incident that a person was the victim of: which one, on which London date, and what it is in law."""

    incident: int | str
    day: date
    classification: str = Classification.UNDETERMINED


@dataclass(frozen=True)
class Repeat:
    """What was found: how many incidents count, and the first and last of them."""

    count: int
    first: date | None = None
    last: date | None = None

    @property
    def is_repeat(self) -> bool:
        """Whether the victim is a repeat victim."""
        return self.count >= ENOUGH


def repeat_victim(incidents: Iterable[IncidentDay]) -> Repeat:
    """How often a person was targeted in the 365 days that end on their latest incident.

    Several reports of one incident count once. What turned out not to be hate, or not to be recorded, does not count.
    """
    days = {entry.incident: entry.day for entry in incidents if entry.classification not in _NOT_HATE}
    if not days:
        return Repeat(0)
    last = max(days.values())
    counted = [day for day in days.values() if last - day <= WINDOW]
    return Repeat(len(counted), min(counted), last)


def under_18(date_of_birth: date | None, on: date) -> bool:
    """Whether a person was under 18 on a day; no, as far as is known, where the date of birth is not."""
    if date_of_birth is None:
        return False
    had_birthday = (on.month, on.day) >= (date_of_birth.month, date_of_birth.day)
    return on.year - date_of_birth.year - (0 if had_birthday else 1) < 18
