"""The record of a closing: what it stops and starts, and that a decision closed a case (docs/domain.md §1.4, §1.6, §3.1)."""

from __future__ import annotations

import datetime as dt

from incidents.choices import Classification, ClockKind
from incidents.choices.progress import ClosingReason, HateStopped, VictimView
from incidents.models import Case, CaseClosure, Clock
from incidents.rules import clocks as rules
from incidents.rules.classification import FOR_EVERY_REPORT
from incidents.rules.closing import CLASSIFIED_AS
from incidents.rules.victim_clocks import ANY, not_applicable
from incidents.services.clock import NOT_APPLICABLE, clock_row, holidays_all, standards_all
from incidents.services.closure_contact import closure_of
from incidents.services.common import agency_acting
from incidents.services.contact_clocks import clocks_after_reopening
from incidents.services.support_clock import support_refused
from incidents.services.victim_clock import victim_reachable
from kernel.actors import Actor


def closing_plan(at: dt.datetime, holidays: frozenset[dt.date]) -> rules.ClockPlan | None:
    """When the victim has to be told of a closing (K11). One query."""
    return rules.clock_plan(ClockKind.K11, ANY, at, standards_all(), holidays)


def clocks_end(case: Case, now: dt.datetime, *, tell: bool = True) -> Clock | None:
    """Stop every clock that runs, and start K11, which does not apply where nobody is to be told (`tell`). Those that
    are overdue stay missed. Five queries."""
    running = case.clocks.filter(met_at=None, closed_at=None)
    running.filter(due_at__gt=now).update(outcome=NOT_APPLICABLE, closed_at=now)
    running.update(closed_at=now)
    plan = closing_plan(now, holidays_all())
    if plan is None:
        return None
    started = clock_row(case, plan if tell else not_applicable(plan))
    started.save(force_insert=True)
    return started


def clocks_run_again(case: Case, stopped_at: dt.datetime, now: dt.datetime) -> None:
    """Let what a closing stopped run again with the deadlines that it had, perhaps overdue at once: no time is added, as
    nothing but the victim makes a clock wait. Review, updates and closure contact start anew or end.

    What the victim was told, or said about support, meanwhile counts. Up to ten queries, and more for each clock met.
    """
    stopped = case.clocks.filter(met_at=None, closed_at=stopped_at, due_at__isnull=False).exclude(kind__in=_ANEW)
    if case.classification in _DECIDED:
        stopped = stopped.filter(kind__in=FOR_EVERY_REPORT)
    stopped.update(outcome="", closed_at=None, set_at=now)
    support_refused(case)
    clocks_after_reopening(case)


_ANEW = (ClockKind.K7, ClockKind.K9, ClockKind.K11)
_DECIDED = tuple(value for value, _ in CLASSIFIED_AS.values())
"""What two people decided stands when the case is opened again; a hate factor that is found then starts the clocks."""


def closure_decided(actor: Actor, case: Case, to: str, now: dt.datetime) -> CaseClosure:
    """Keep that a decision of two people closed the case: *not hate* is reason R8, *not to be recorded* R9. The victim is
    told as of any closing (K11), where one can be reached. For a case that the caller holds and saves. Eight queries.
    """
    reason = next(reason for reason, (value, _) in CLASSIFIED_AS.items() if value == Classification(to))
    closure = CaseClosure(
        case=case,
        reason=ClosingReason(reason),
        victim_view=VictimView.UNKNOWN,
        hate_stopped=HateStopped.UNKNOWN,
        clock=clocks_end(case, now, tell=victim_reachable(case)),
        closed_at=now,
        by_id=actor.user_id,
        agency_id=agency_acting(actor, case),
        created_at=now,
    )
    closure.save(force_insert=True)
    return closure


def closure_end(actor: Actor, case: Case, words: str, now: dt.datetime) -> None:
    """Keep that a closed case was opened again, and why; nobody has to be told of the closing any more (K11). Up to four
    queries."""
    closure = closure_of(case)
    if closure is not None:
        closure.reopened_at, closure.reopened_by_id, closure.reopened_reason = now, actor.user_id, words
        closure.save(update_fields=["reopened_at", "reopened_by", "reopened_reason"])
    running = case.clocks.filter(kind=ClockKind.K11, met_at=None, closed_at=None)
    running.filter(due_at__gt=now).update(outcome=NOT_APPLICABLE, closed_at=now)
    running.update(closed_at=now)
