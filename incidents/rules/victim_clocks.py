"""The clocks that hang on the victim: referral, plan, updates, key events, closure; and how any of them may wait.

Pure, as all rules: docs/domain.md §3.1, §3.3. The arithmetic of a single clock is in `incidents.rules.clocks`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from incidents.choices import BAND_RANK, Band, ClockKind, PauseReason, Priority
from incidents.choices.progress import PAUSABLE
from incidents.rules.clocks import ClockPlan, Standard, clock_plan, due_after_pause
from incidents.rules.safe_contact import SafeContact, contact_problems
from kernel.working_days import (
    LONDON,
    Holidays,
    add_working_days,
    amber_at,
    due_at,
    is_working_day,
    local_date,
    working_days_between,
)

AGREED = "agreed"
ANY = "any"
OTHER = "other"
MOST_UPDATE_DAYS = 20
MOST_PAUSE_DAYS = 20

PRIORITY_BANDS = {Priority.P1.value: Band.HIGH, Priority.P2.value: Band.MEDIUM, Priority.P3.value: Band.STANDARD}
"""The column of the table in which a case stands before it is assessed."""

_SLOT = timedelta(minutes=30)
_OFFICE = (time(9), time(17))


def band_now(band: str, priority: str) -> str:
    """The band by which updates are due: that of the assessment, else the one that the priority stands for."""
    return band or PRIORITY_BANDS[priority].value


def not_applicable(plan: ClockPlan) -> ClockPlan:
    """The same clock where nobody can be reached, or it is not wanted: without a due time."""
    return replace(plan, due_at=None, amber_at=None)


def support_clock(
    priority: str, received_at: datetime, standards: Iterable[Standard], holidays: Holidays, *, applies: bool
) -> ClockPlan | None:
    """K5, from receipt; not applicable where nobody can be reached or the victim wants no support."""
    plan = clock_plan(ClockKind.K5, Priority(priority), received_at, standards, holidays)
    return plan if plan is None or applies else not_applicable(plan)


def plan_needed(band: str, bands_before: Iterable[str]) -> bool:
    """Whether an assessment calls for a plan: there was none yet, or the band has risen above those it was agreed for."""
    return all(BAND_RANK[band] > BAND_RANK.get(before, 0) for before in bands_before)


def update_clock(
    band: str,
    last_update: datetime,
    standards: Iterable[Standard],
    holidays: Holidays,
    *,
    every_days: int | None = None,
) -> ClockPlan | None:
    """K7, from the last two-way update: by the band, or as often as the victim agreed, never later than 20 working days.

    Raises ``ValueError`` for an agreement outside 1 to 20 working days.
    """
    rows = tuple(standards)
    plan = clock_plan(ClockKind.K7, band, last_update, rows, holidays)
    if every_days is None or plan is None:
        return plan
    if not 1 <= every_days <= MOST_UPDATE_DAYS:
        raise ValueError("Updates are agreed for every 1 to 20 working days.")
    due = due_at(last_update, every_days, holidays)
    return replace(plan, level=AGREED, due_at=due, amber_at=amber_at(last_update, due, every_days, holidays))


def event_level(band: str, *, hate: bool) -> str:
    """The level of K8: one working day for victims of hate, who have enhanced rights; five for everybody else."""
    return band if hate else OTHER


def rebanded(
    due: datetime,
    band: str,
    kind: str,
    starts_at: datetime,
    standards: Iterable[Standard],
    holidays: Holidays,
    *,
    exception_days: int = 0,
) -> ClockPlan | None:
    """What a new band or priority makes of a running K6 or K7: an earlier deadline, counted from the original start,
    perhaps in the past, and moved by the working days that its pauses have taken. ``None`` where the one that runs is
    earlier: it stays until it is due.
    """
    plan = clock_plan(ClockKind(kind), band, starts_at, standards, holidays)
    if plan is None:
        return None
    moved = moved_by(plan, exception_days, holidays)
    return moved if moved.due_at is not None and moved.due_at < due else None


def moved_by(plan: ClockPlan, days: int, holidays: Holidays) -> ClockPlan:
    """A plan later by so many working days, those that pauses of its clock have taken."""
    return replace(plan, due_at=later(plan.due_at, days, holidays), amber_at=later(plan.amber_at, days, holidays))


# --- Pauses ---------------------------------------------------------------------------------------------


def pause_error(kind: str, reason: str, due: datetime | None, now: datetime) -> str:
    """Why a clock cannot be paused, as a sentence; empty where it can.

    Neither leave nor waiting for another agency pauses one: only the victim's wish, or no safe time to reach them.
    """
    if reason not in PauseReason.values:
        return "Select why the clock waits."
    if kind not in PAUSABLE:
        return "This clock does not wait: it runs without the victim."
    if reason == PauseReason.SAFE_CONTACT and kind == ClockKind.K5:
        return "A referral can be sent without contact: it waits only if the victim asked for it."
    if due is None:
        return "This clock does not run."
    return "This clock is overdue. A pause cannot undo that." if now >= due else ""


def until_error(until: date, now: datetime, holidays: Holidays) -> str:
    """Why a pause cannot last until a day, as a sentence; empty where it can."""
    if until <= local_date(now):
        return "The day on which the clock goes on must be in the future."
    if working_days_between(local_date(now), until, holidays) > MOST_PAUSE_DAYS:
        return f"A clock waits for {MOST_PAUSE_DAYS} working days at most. Ask the victim again then."
    return ""


def safe_moment(wishes: Iterable[SafeContact], now: datetime, due: datetime, holidays: Holidays) -> datetime | None:
    """The first half hour of office time before a clock is due at which somebody may safely be contacted by some way
    that they agreed to. ``None`` where there is none: then the safe-contact times make it impossible.
    """
    people = list(wishes)
    at = _slot_after(now)
    while at < due:
        local = at.astimezone(LONDON)
        opens, closes = _OFFICE
        if is_working_day(local.date(), holidays) and opens <= local.time() < closes:
            for safe in people:
                if any(not contact_problems(safe, at, method) for method in _ways(safe)):
                    return at
        at += _SLOT
    return None


def _slot_after(now: datetime) -> datetime:
    start = now.replace(minute=0, second=0, microsecond=0)
    while start < now:
        start += _SLOT
    return start


def _ways(safe: SafeContact) -> list[str]:
    return sorted(safe.channels) or ["phone"]


def resumed(
    due: datetime, amber: datetime | None, paused_at: datetime, resumed_at: datetime, holidays: Holidays
) -> tuple[datetime, datetime | None, int]:
    """When a clock is due and turns amber after a pause, and how many working days the pause took."""
    days = max(working_days_between(local_date(paused_at), local_date(resumed_at), holidays), 0)
    if days == 0:
        return due, amber, 0
    return due_after_pause(due, paused_at, resumed_at, holidays), later(amber, days, holidays), days


def later(at: datetime | None, days: int, holidays: Holidays) -> datetime | None:
    """The same London time of day so many working days later."""
    if at is None or days == 0:
        return at
    local = at.astimezone(LONDON)
    return datetime.combine(add_working_days(local.date(), days, holidays), local.time(), LONDON).astimezone(at.tzinfo)
