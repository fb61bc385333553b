"""What a corrected date may be, and what it does to deadlines. Rules: docs/domain.md §3.3."""

from __future__ import annotations

import datetime as dt

from kernel.plausible import order_problem

REPEAT_EFFECTS = ("Repeat victim", "No longer a repeat victim")
"""What a corrected date may do to a case beside its deadlines: told to those who may know victims."""


def receipt_due(stored: dt.datetime | None, anew: dt.datetime | None) -> dt.datetime | None:
    """When a clock is due after its receipt was corrected: the earlier of what it was and what it would be.

    A later receipt gives nobody more time, as a lowered priority does not (docs/domain.md §3.3).
    """
    if stored is None or anew is None:
        return stored
    return min(stored, anew)


def incident_date_error(
    field: str,
    value: dt.datetime,
    *,
    occurred_from: dt.datetime,
    occurred_to: dt.datetime | None,
    received_at: dt.datetime,
    now: dt.datetime,
) -> str | None:
    """Why an incident cannot have this date, in a sentence; None where it can."""
    if value > now + dt.timedelta(minutes=1):
        return "The date must be in the past."
    if field == "occurred_from" and occurred_to is not None and value > occurred_to:
        return "It cannot have begun after it ended."
    if field == "occurred_to" and value < occurred_from:
        return "It cannot have ended before it began."
    if field == "occurred_from" and order_problem(value, received_at):
        return "It cannot have begun after the report came in. If both dates are wrong, correct when it was reported first."
    if field == "received_at" and order_problem(occurred_from, value):
        return "The report cannot have come in before it began. If both dates are wrong, correct when it began first."
    return None
