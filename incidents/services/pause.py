"""Clocks that wait for the victim, and go on again: exceptions, never a way of meeting a limit (docs/domain.md §3.3)."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction

from incidents.choices import Level, PauseReason
from incidents.choices.changes import ChangeKind
from incidents.models import Case, Clock, ClockPause, Party
from incidents.rules.safe_contact import safe_contact_of
from incidents.rules.victim_clocks import pause_error, safe_moment, until_error
from incidents.scoping import in_case
from incidents.services.change import change_tell
from incidents.services.clock import NOT_APPLICABLE, clock_resume, holidays_all, pause_over
from incidents.services.common import agency_acting, case_hold, case_touch, insert_once, submitted_before
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError
from kernel.when import moment_text


def clock_pause(
    *,
    actor: Actor,
    case: Case,
    clock_id: int,
    reason: str,
    until: dt.date,
    submission_id: uuid.UUID | None = None,
) -> ClockPause:
    """Let a clock wait until a day: the victim asked to (`victim_request`), or their safe-contact times leave no office
    hour before it is due (`safe_contact`). The deadline moves by the working days that the pause takes.

    For who manages the case and may know victims. Raises Clock.DoesNotExist, ForbiddenError, and RuleError: for a clock
    that never waits, one that is over or overdue, a day that is past or too far away, or where there is a safe time.
    """
    with transaction.atomic():
        held = _held(actor, case)
        submission_id = submission_id or uuid.uuid4()
        earlier = submitted_before(actor, ClockPause, held, submission_id)
        if earlier is not None:
            return earlier
        row = _clock(actor, held, clock_id)
        now, holidays = clock.now(), holidays_all()
        if row.paused_at is not None:
            raise RuleError("This clock waits already.")
        if row.met_at is not None or row.outcome == NOT_APPLICABLE or row.closed_at is not None or row.due_at is None:
            raise RuleError("This clock does not run.")
        _check(pause_error(row.kind, reason, row.due_at, now), "reason")
        _check(until_error(until, now, holidays), "until")
        if reason == PauseReason.SAFE_CONTACT:
            _check_unsafe(actor, held, now, row.due_at, holidays)
        pause = ClockPause(
            submission_id=submission_id,
            case=held,
            clock=row,
            reason=reason,
            paused_at=now,
            until=until,
            due_before=row.due_at,
            by_id=actor.user_id,
            agency_id=agency_acting(actor, held),
            created_at=now,
        )
        insert_once(pause)
        row.paused_at, row.pause_reason, row.paused_until = now, reason, until
        row.save(update_fields=["paused_at", "pause_reason", "paused_until"])
        case_touch(held)
        change_tell(actor, held, ChangeKind.CLOCK_PAUSED, after=row.kind)
        audit.record(actor, "clock.pause", row, detail={"case": held.ref, "kind": row.kind, "reason": reason})
        return pause


def clock_go_on(*, actor: Actor, case: Case, clock_id: int) -> Clock:
    """End the pause of a clock now. Going on twice is going on once. Raises as `clock_pause` does."""
    with transaction.atomic():
        held = _held(actor, case)
        row = _clock(actor, held, clock_id)
        if row.paused_at is None:
            return row
        clock_resume(row, clock.now(), actor.user_id)
        case_touch(held)
        change_tell(actor, held, ChangeKind.CLOCK_RESUMED, after=row.kind)
        audit.record(actor, "clock.resume", row, detail={"case": held.ref, "kind": row.kind})
        return row


def pauses_end_due(*, actor: Actor) -> int:
    """Let every clock go on whose day has come; answers how many. One query, and four for each."""
    today, ended = clock.today(), 0
    waiting = Clock.objects.unscoped(reason="clocks whose pause is over").filter(
        paused_at__isnull=False, paused_until__lte=today, met_at=None
    )
    for pk in list(waiting.values_list("pk", flat=True)):
        with transaction.atomic():
            row = waiting.select_for_update(skip_locked=True).filter(pk=pk).first()
            if row is None or row.paused_until is None:
                continue
            clock_resume(row, pause_over(row.paused_until))
            change_tell(actor, row.case, ChangeKind.CLOCK_RESUMED, after=row.kind)
            audit.record(actor, "clock.resume", row, detail={"kind": row.kind})
            ended += 1
    return ended


def _held(actor: Actor, case: Case) -> Case:
    held = case_hold(actor, case, Level.MANAGE, open_only=False)
    if not in_case(actor, held).sees_victims:
        raise ForbiddenError("Your agency does not work with the victims of this case.")
    return held


def _clock(actor: Actor, case: Case, clock_id: int) -> Clock:
    row: Clock = Clock.objects.visible_to(actor).filter(case=case).select_for_update(of=("self",)).get(pk=clock_id)
    return row


def _check(problem: str, field: str) -> None:
    if problem:
        raise RuleError(problem, field)


def _check_unsafe(actor: Actor, case: Case, now: dt.datetime, due: dt.datetime, holidays: frozenset[dt.date]) -> None:
    parties = Party.objects.visible_to(actor).filter(case=case, victim__isnull=False).select_related("victim")
    safe = safe_moment([safe_contact_of(party.victim) for party in parties], now, due, holidays)
    if safe is not None:
        raise RuleError(f"There is a safe time before this is due: {moment_text(safe)}.", "reason")
