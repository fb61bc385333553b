"""How a clock stands, worked out anew from what is on record: met otherwise, or not any more, with its pauses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from incidents.choices import CaseStatus, ClockKind
from incidents.choices.progress import PAUSABLE
from incidents.models import Case, Clock, ClockPause
from incidents.rules.clocks import minute_of
from incidents.rules.victim_clocks import later
from incidents.services.clock import ATTEMPTED, NOT_APPLICABLE, clock_resume, holidays_all, pause_over
from kernel import clock
from kernel.when import moment_text
from kernel.working_days import local_date, working_days_between

Hangs = Callable[[Clock, dt.datetime | None], bool]
"""Whether a clock may change, given when the records would meet it: what was met otherwise stays."""


def waits(running: Clock, met_at: dt.datetime | None) -> bool:
    """Of what is added to a record: it meets what waits, or what was met later than that."""
    return running.met_at is None or (met_at is not None and met_at < running.met_at)


def hangs_on(was_at: dt.datetime) -> Hangs:
    """Of what is struck or moved in time: a clock stands as it does because of a record at this moment, or is met sooner
    without it."""

    def hangs(running: Clock, met_at: dt.datetime | None) -> bool:
        if running.met_at is None:
            return True
        if running.outcome == ATTEMPTED and minute_of(running.starts_at) <= was_at <= running.met_at:
            # Any of the attempts that it took.
            return True
        return running.met_at == max(was_at, running.starts_at) or (met_at is not None and met_at < running.met_at)

    return hangs


def met_anew(case: Case, running: Clock, met_at: dt.datetime | None, outcome: str) -> str:
    """Store how a clock stands by the records, and answer it as a sentence. One query, and more where it was paused.

    No longer met, it runs with the deadline that it had, or waits on where it waited for the victim; in a closed case
    it is stopped as the closing stopped the others.
    """
    again = _pause_again(running, met_at)
    if met_at is not None and running.paused_at is not None:
        clock_resume(running, met_at)
    running.met_at, running.outcome, running.closed_at = met_at, outcome, met_at
    if met_at is None:
        running.set_at = clock.now()
        _stop(running, _stopped_at(case, running))
    running.save(update_fields=["met_at", "outcome", "closed_at", "set_at"])
    if met_at is not None:
        return f"{ClockKind(running.kind).label}: {outcome} on {moment_text(met_at)}"
    return f"{ClockKind(running.kind).label}: no longer met" + (", and waits for the victim again" if again else "")


def _stopped_at(case: Case, running: Clock) -> dt.datetime | None:
    """When the closing of the case ended its clocks, or its opening again the closure contact; None while it runs."""
    if running.kind == ClockKind.K11:
        closure = getattr(running, "closure", None)
        return closure.reopened_at if closure is not None else None
    if CaseStatus(case.status).is_open:
        return None
    return case.closed_at or clock.now()


def _stop(running: Clock, at: dt.datetime | None) -> None:
    running.closed_at = at
    if at is not None and running.due_at is not None and running.due_at > at:
        running.outcome = NOT_APPLICABLE


def _pause_again(running: Clock, met_at: dt.datetime | None) -> bool:
    """Let a clock wait again whose pause ended only because it was met; answers whether it waits now."""
    if running.met_at is None or running.kind not in PAUSABLE:
        return False
    rows = ClockPause.objects.unscoped(reason="the pause of a clock that the service holds")
    kept = rows.filter(clock_id=running.pk, resumed_by=None, resumed_at__isnull=False).order_by("-resumed_at").first()
    if kept is None or kept.resumed_at is None or kept.resumed_at != max(running.met_at, kept.paused_at):
        return False
    holidays = holidays_all()
    took = max(working_days_between(local_date(kept.paused_at), local_date(kept.resumed_at), holidays), 0)
    running.due_at, running.amber_at = later(running.due_at, -took, holidays), later(running.amber_at, -took, holidays)
    running.exception_days -= took
    running.paused_at, running.pause_reason, running.paused_until = kept.paused_at, kept.reason, kept.until
    running.save(update_fields=["due_at", "amber_at", "exception_days", "paused_at", "pause_reason", "paused_until"])
    kept.resumed_at, kept.due_after = None, None
    kept.save(update_fields=["resumed_at", "due_after"])
    over = pause_over(kept.until)
    if over <= (met_at or clock.now()):
        clock_resume(running, over)
    return running.paused_at is not None and met_at is None
