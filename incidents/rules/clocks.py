"""Which time limits run for a case, when they are due, and how each of them stands at an instant.

Deadlines are stored instants; how a clock stands is worked out from them and never counted. The service standards are
dated rows that are passed in, so a new standard never rewrites an old deadline. Rules: docs/domain.md §3.1, §3.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from incidents.choices import ClockKind, ClockState, ClockTone, Priority
from kernel.working_days import (
    LONDON,
    Holidays,
    add_hours,
    add_working_days,
    amber_at,
    amber_at_elapsed,
    close_of,
    due_at,
    local_date,
    working_days_between,
)

HOURS = "hours"
WORKING_DAYS = "working_days"

FROM_RECEIPT = (ClockKind.K0, ClockKind.K1, ClockKind.K2, ClockKind.K3, ClockKind.K4)

ATTEMPT_DAYS = 3
ATTEMPT_METHODS = 2

LEAD, MANAGER, CHAIR = "lead", "manager", "chair"
ESCALATION = ((LEAD, 0), (MANAGER, 2), (CHAIR, 5))
"""Who is told of an overdue clock or task, and how many working days after it fell due."""


class Standard(Protocol):
    """One row of the service standards: how long a clock of one kind runs for one priority or band."""

    version: str
    kind: str
    level: str
    amount: int
    unit: str
    effective_from: date
    effective_to: date | None


@dataclass(frozen=True)
class ClockPlan:
    """A clock to be stored. Without a due time it is not applicable."""

    kind: ClockKind
    level: str
    rule_version: str
    starts_at: datetime
    due_at: datetime | None
    amber_at: datetime | None

    @property
    def applicable(self) -> bool:
        """Whether it runs at all."""
        return self.due_at is not None


@dataclass(frozen=True)
class Attempt:
    """One try to reach the victim."""

    at: datetime
    method: str


def standard_in_force(standards: Iterable[Standard], kind: str, level: str, on: date) -> Standard | None:
    """The row that holds on a day, the latest one where several do; ``None`` where the standards set no limit."""
    rows = [
        row
        for row in standards
        if row.kind == kind
        and row.level == level
        and row.effective_from <= on
        and (row.effective_to is None or on <= row.effective_to)
    ]
    return max(rows, key=lambda row: row.effective_from, default=None)


def clock_plan(
    kind: ClockKind, level: str, starts_at: datetime, standards: Iterable[Standard], holidays: Holidays
) -> ClockPlan | None:
    """One clock from the standard in force on the day it starts; ``None`` where there is no such limit."""
    row = standard_in_force(standards, kind, level, local_date(starts_at))
    if row is None:
        return None
    if row.unit == HOURS:
        due = add_hours(starts_at, row.amount)
        amber = amber_at_elapsed(starts_at, due)
    else:
        due = due_at(starts_at, row.amount, holidays)
        amber = amber_at(starts_at, due, row.amount, holidays)
    return ClockPlan(kind, level, row.version, starts_at, due, amber)


def clocks_from_receipt(
    priority: str,
    received_at: datetime,
    standards: Iterable[Standard],
    holidays: Holidays,
    *,
    reporter_reachable: bool = True,
    victim_reachable: bool = True,
) -> tuple[ClockPlan, ...]:
    """The clocks K0 to K4 that run from receipt for a priority.

    Where the reporter stays anonymous or asked for no contact K1 is not applicable, and where no victim can be reached
    neither is K3; such clocks come without a due time.
    """
    rows = tuple(standards)
    unreachable = set() if reporter_reachable else {ClockKind.K1}
    unreachable |= set() if victim_reachable else {ClockKind.K3}
    plans = []
    for kind in FROM_RECEIPT:
        plan = clock_plan(kind, Priority(priority), received_at, rows, holidays)
        if plan is not None and kind in unreachable:
            plan = ClockPlan(kind, plan.level, plan.rule_version, received_at, None, None)
        if plan is not None:
            plans.append(plan)
    return tuple(plans)


def review_clock(
    review_band: str, assessed_at: datetime, standards: Iterable[Standard], holidays: Holidays
) -> ClockPlan | None:
    """The clock K9 that a submitted assessment starts, by its review band (docs/domain.md §2.3)."""
    return clock_plan(ClockKind.K9, review_band, assessed_at, standards, holidays)


def clocks_changed(current_due: Mapping[str, datetime], plans: Iterable[ClockPlan]) -> tuple[ClockPlan, ...]:
    """What a new priority changes, given the plans for it and when each unmet clock is due now.

    A raised priority brings deadlines forward, counted from the original receipt, even into the past; a lowered one
    leaves the earlier deadline as it is. Kinds that are not among the current ones are new and start.
    """
    return tuple(
        plan
        for plan in plans
        if plan.due_at is not None and (plan.kind not in current_due or plan.due_at < current_due[plan.kind])
    )


def clock_state(
    due: datetime | None,
    now: datetime,
    *,
    met_at: datetime | None = None,
    attempted_at: datetime | None = None,
    paused_at: datetime | None = None,
) -> ClockState:
    """How a clock stands at an instant.

    Done at the due time is on time. From the due time on an unmet clock is missed, and one that is met late stays
    missed. A pause counts only if it began before the due time; it is an exception, not a way of meeting the limit.
    """
    if due is None:
        return ClockState.NOT_APPLICABLE
    if met_at is not None and met_at <= due:
        return ClockState.MET
    if attempted_at is not None and attempted_at <= due:
        return ClockState.ATTEMPTED
    if met_at is None and paused_at is not None and paused_at < due:
        return ClockState.PAUSED
    if met_at is not None or now >= due:
        return ClockState.MISSED
    return ClockState.RUNNING


def clock_tone(state: ClockState, amber: datetime | None, now: datetime, *, finished: bool) -> ClockTone | None:
    """Green, amber or red for a clock that something can still be done about; ``None`` for any other.

    ``finished`` says that a missed clock has been met late and is over.
    """
    if state is ClockState.MISSED and not finished:
        return ClockTone.RED
    if state is not ClockState.RUNNING:
        return None
    return ClockTone.AMBER if amber is not None and now >= amber else ClockTone.GREEN


def minute_of(at: datetime) -> datetime:
    """The minute in which an instant lies, as people give times."""
    return at.replace(second=0, microsecond=0)


def attempts_complete_at(attempts: Iterable[Attempt], starts_at: datetime) -> datetime | None:
    """When K3 counts as attempted: at the attempt that makes three attempts on three London dates by two methods.

    Attempts before the minute in which the clock started do not count. ``None`` while there are not enough.
    """
    days: set[date] = set()
    methods: set[str] = set()
    for attempt in sorted(attempts, key=lambda entry: entry.at):
        if attempt.at < minute_of(starts_at):
            continue
        days.add(local_date(attempt.at))
        methods.add(attempt.method)
        if len(days) >= ATTEMPT_DAYS and len(methods) >= ATTEMPT_METHODS:
            return attempt.at
    return None


def due_after_pause(due: datetime, paused_at: datetime, resumed_at: datetime, holidays: Holidays) -> datetime:
    """The due time of a clock that goes on after a pause: later by the working days that the pause took."""
    paused_days = working_days_between(local_date(paused_at), local_date(resumed_at), holidays)
    return close_of(add_working_days(local_date(due), max(paused_days, 0), holidays))


def escalation_times(due: datetime, holidays: Holidays) -> dict[str, datetime]:
    """When an overdue deadline is told to whom: the lead worker and SPOC at once, the manager two working days later,
    the HASBAG chair five working days later (docs/domain.md §3.3).
    """
    return {who: _days_after(due, days, holidays) for who, days in ESCALATION}


def escalated(due: datetime, now: datetime, holidays: Holidays) -> tuple[str, ...]:
    """Who has to know by now of a deadline that is not met, first the nearest."""
    return tuple(who for who, at in escalation_times(due, holidays).items() if at <= now)


def listed_before(now: datetime, holidays: Holidays) -> datetime:
    """The instant before which what fell due, and is not met, stands on the HASBAG chair's list: a day's end."""
    day = local_date(now)
    while escalation_times(close_of(day), holidays)[CHAIR] > now:
        day -= timedelta(days=1)
    return datetime.combine(day + timedelta(days=1), time(), LONDON).astimezone(UTC)


def _days_after(due: datetime, days: int, holidays: Holidays) -> datetime:
    return due if days == 0 else close_of(add_working_days(local_date(due), days, holidays))
