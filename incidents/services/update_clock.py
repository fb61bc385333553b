"""Routine updates of the victim (K7): started and renewed by two-way contacts, timed as agreed, and worked out anew where a
contact that renewed them is struck or was at another time (docs/domain.md §3.1).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from incidents.choices import CaseStatus, ClockKind
from incidents.models import Case, Clock, UpdateAgreement
from incidents.rules import clocks as rules
from incidents.rules import victim_clocks as later_rules
from incidents.services.clock import (
    MET,
    NOT_APPLICABLE,
    clock_meet,
    clock_row,
    holidays_all,
    standards_all,
)
from incidents.services.clock_met import Hangs, hangs_on, met_anew
from incidents.services.victim_clock import clocks_reband, clocks_unmet
from kernel import clock
from kernel.when import moment_text


def agreement_of(case: Case) -> UpdateAgreement | None:
    """What the victim agreed about updates, the latest word. One query."""
    return case.updateagreement_rows.filter(struck_at=None).order_by("-created_at", "-pk").first()


def update_clock_start(case: Case, at: dt.datetime) -> Clock | None:
    """Start K7 from a two-way update, unless the victim wants none, or a later one runs already. Up to five queries."""
    if any(row.starts_at >= rules.minute_of(at) for row in clocks_unmet(case, ClockKind.K7)):
        return None
    agreement = agreement_of(case)
    if agreement is not None and agreement.opted_out:
        return None
    plan = later_rules.update_clock(
        later_rules.band_now(case.band, case.priority),
        at,
        standards_all(),
        holidays_all(),
        every_days=agreement.every_days if agreement else None,
    )
    if plan is None:
        return None
    started = clock_row(case, plan)
    started.save(force_insert=True)
    return started


def update_clock_agreed(case: Case, agreement: UpdateAgreement) -> None:
    """Apply what the victim has just agreed: no updates ends the clock that runs, another frequency times it anew from
    the last update; one that is overdue already stays missed.
    """
    now = clock.now()
    running = clocks_unmet(case, ClockKind.K7)
    last = max((row.starts_at for row in running), default=None)
    for row in running:
        if row.due_at is not None and row.due_at <= now:
            row.closed_at = now
            row.save(update_fields=["closed_at"])
        else:
            row.outcome, row.closed_at = NOT_APPLICABLE, now
            row.save(update_fields=["outcome", "closed_at"])
    if agreement.opted_out:
        return
    update_clock_start(case, last if last is not None and not _over(running, now) else agreement.agreed_at)


def _over(running: list[Clock], now: dt.datetime) -> bool:
    return any(row.due_at is not None and row.due_at <= now for row in running)


def updates_renew(case: Case, at: dt.datetime) -> None:
    """A two-way contact meets the update that was due and starts the next. Up to eight queries."""
    clock_meet(case, ClockKind.K7, at)
    update_clock_start(case, at)


# --- After a contact was struck, or moved in time ---------------------------------------------------------


def updates_repair(
    case: Case, spoken: list[dt.datetime], was_at: dt.datetime, now_at: dt.datetime | None
) -> list[str]:
    """Work out K7 anew after a two-way contact at `was_at` was struck, or has moved to `now_at`. `spoken` is when the
    victim was spoken to otherwise, in order; answers what changed, in sentences.

    What the contact started goes with it, or ends; what it met is met by the next contact, or runs on.
    """
    rows = list(case.clocks.filter(kind=ClockKind.K7).exclude(outcome=NOT_APPLICABLE).order_by("starts_at", "pk"))
    started = [] if was_at in spoken or _else_started(case, was_at) else [r for r in rows if r.starts_at == was_at]
    said = [_move(case, row, now_at) if now_at is not None else _end(row) for row in started]
    ended = set() if now_at is not None else {row.pk for row in started}
    said += _renewed(case, [row for row in rows if row.pk not in ended], spoken, hangs_on(was_at))
    if said and CaseStatus(case.status).is_open:
        _go_on(case, spoken)
    return said


def updates_by(case: Case, spoken: list[dt.datetime], hangs: Hangs) -> list[str]:
    """Work out by which contacts the updates of a case were given, as far as they may change."""
    return _renewed(case, case.clocks.filter(kind=ClockKind.K7).exclude(outcome=NOT_APPLICABLE), spoken, hangs)


def _renewed(case: Case, rows: Iterable[Clock], spoken: list[dt.datetime], hangs: Hangs) -> list[str]:
    said = []
    for row in rows:
        met_at = next((at for at in spoken if at > row.starts_at), None)
        stopped = row.met_at is None and row.closed_at is not None
        if not stopped and met_at != row.met_at and hangs(row, met_at):
            said.append(met_anew(case, row, met_at, MET if met_at else ""))
    return said


def _else_started(case: Case, at: dt.datetime) -> bool:
    """Whether what the victim agreed, or opening the case again, started an update at this moment."""
    return (
        case.updateagreement_rows.filter(agreed_at=at, struck_at=None).exists()
        or case.caseclosure_rows.filter(reopened_at=at).exists()
    )


def _move(case: Case, row: Clock, at: dt.datetime) -> str:
    """Count an update from another moment, with the working days that pauses took. Four queries."""
    standards, holidays = standards_all(), holidays_all()
    agreement = agreement_of(case) if row.level == later_rules.AGREED else None
    band = later_rules.band_now(case.band, case.priority) if row.level == later_rules.AGREED else row.level
    days = agreement.every_days if agreement is not None else None
    plan = later_rules.update_clock(band, at, standards, holidays, every_days=days)
    if plan is not None:
        moved = later_rules.moved_by(plan, row.exception_days, holidays)
        row.due_at, row.amber_at, row.rule_version = moved.due_at, moved.amber_at, moved.rule_version
    row.starts_at, row.set_at = at, clock.now()
    row.save(update_fields=["starts_at", "due_at", "amber_at", "rule_version", "set_at"])
    due = f": now due {moment_text(row.due_at)}" if row.due_at is not None and row.met_at is None else ""
    return f"{ClockKind.K7.label}{due or ': counted from ' + moment_text(at)}"


def _end(row: Clock) -> str:
    """What a struck contact started was never due; only where it has waited for the victim is that kept. Two queries."""
    if row.pauses.exists():
        row.outcome, row.met_at, row.closed_at = NOT_APPLICABLE, None, clock.now()
        row.paused_at = row.paused_until = None
        row.save(update_fields=["outcome", "met_at", "closed_at", "paused_at", "paused_until"])
    else:
        row.delete()
    return f"{ClockKind.K7.label}: the one that it started does not apply"


def _go_on(case: Case, spoken: list[dt.datetime]) -> None:
    """The latest contact has its update; one that runs again goes by the band and by what was agreed since."""
    if spoken:
        update_clock_start(case, spoken[-1])
    clocks_reband(case)
    agreement, running = agreement_of(case), clocks_unmet(case, ClockKind.K7)
    if agreement is not None and running and (agreement.opted_out or running[-1].level != later_rules.AGREED):
        update_clock_agreed(case, agreement)
