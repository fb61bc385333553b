"""When an emergency opening must have been reviewed, and who is reminded when (docs/decisions/0022)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from incidents.rules.sharing import answer_remind
from kernel.working_days import add_working_days, close_of, due_at, local_date

REVIEW_DAYS = 2
ESCALATE_DAYS = 2


def review_due(opened_at: dt.datetime, holidays: Collection[dt.date]) -> dt.datetime:
    """Until when somebody else has to have looked at an opening: 17:00 on the second working day."""
    return due_at(opened_at, REVIEW_DAYS, frozenset(holidays))


def review_step(due: dt.datetime, now: dt.datetime, holidays: Collection[dt.date]) -> str:
    """How pressing an unreviewed opening is: "" not yet, "soon" from the working day before, "late" once it is due, and
    "escalated" two working days later.
    """
    free = frozenset(holidays)
    if now >= close_of(add_working_days(local_date(due), ESCALATE_DAYS, free)):
        return "escalated"
    if now >= due:
        return "late"
    return "soon" if now >= answer_remind(due, free) else ""
