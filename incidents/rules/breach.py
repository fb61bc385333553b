"""The 72 hours to the Information Commissioner. Rules: docs/domain.md §8.3 (UK GDPR Article 33; DPA 2018 section 67)."""

from __future__ import annotations

import datetime as dt

from incidents.choices import BreachState
from kernel.working_days import add_hours

REPORT_HOURS = 72
REMIND_HOURS = (48, 66)

STEPS: dict[BreachState, frozenset[BreachState]] = {
    BreachState.OPEN: frozenset({BreachState.REPORTED, BreachState.NOT_REPORTABLE}),
    BreachState.REPORTED: frozenset({BreachState.CLOSED}),
    BreachState.NOT_REPORTABLE: frozenset({BreachState.REPORTED, BreachState.CLOSED}),
    BreachState.CLOSED: frozenset(),
}
"""Which state may follow which: what was held not reportable may turn out to be."""


def report_due(aware_at: dt.datetime) -> dt.datetime:
    """When the 72 hours are over: elapsed hours from awareness, over nights, weekends and holidays."""
    return add_hours(aware_at, REPORT_HOURS)


def hours_left(due_at: dt.datetime, now: dt.datetime) -> int:
    """Whole hours that are left; negative when they are over."""
    return int((due_at - now).total_seconds() // 3600)


def reminders_due(aware_at: dt.datetime, now: dt.datetime) -> list[int]:
    """The reminders, by their hour, whose time has come."""
    return [hours for hours in REMIND_HOURS if add_hours(aware_at, hours) <= now]
