"""The clocks that hang on the victim: K5 to K8 started, met, renewed and re-timed (docs/domain.md §3.1, §3.3).

The arithmetic is in `incidents.rules.victim_clocks`; K11 is in `incidents.services.closure_contact`.
"""

from __future__ import annotations

import datetime as dt

from incidents.choices import Classification, ClockKind, ContactDirection, ContactResult
from incidents.models import Case, Clock, Contact, KeyEvent, RiskAssessment, UpdateAgreement
from incidents.rules import clocks as rules
from incidents.rules import victim_clocks as later_rules
from incidents.services.clock import (
    ATTEMPTED,
    MET,
    NOT_APPLICABLE,
    ClockChange,
    clock_meet,
    clock_row,
    clocks_meet,
    holidays_all,
    standards_all,
)
from incidents.services.closure_contact import closure_after_contact
from kernel import clock


def victim_reachable(case: Case) -> bool:
    """Whether anybody can be told anything: first contact (K3) runs, or ran, for some report of the case.

    So it is known without reading a victim's record, which whoever logs an event may not know. A clock that never ran
    has no due time; one that was stopped keeps it. One query.
    """
    due = set(case.clocks.filter(kind=ClockKind.K3).values_list("due_at", flat=True))
    return not due or due != {None}


def _unmet(case: Case, *kinds: str) -> list[Clock]:
    return list(case.clocks.filter(kind__in=kinds, met_at=None, closed_at=None).exclude(outcome=NOT_APPLICABLE))


# --- K6: the plan -----------------------------------------------------------------------------------------


def plan_clock_start(case: Case, assessment: RiskAssessment) -> None:
    """Start K6 from an assessment: the first one, and one whose band is above those that a plan was agreed for."""
    earlier = list(case.clocks.filter(kind=ClockKind.K6))
    if any(row.met_at is None and row.outcome != NOT_APPLICABLE for row in earlier):
        return
    reachable = victim_reachable(case)
    agreed = [row.level for row in earlier if row.met_at is not None]
    idle = any(row.outcome == NOT_APPLICABLE for row in earlier)
    if not later_rules.plan_needed(assessment.final_band, agreed) or (idle and not reachable):
        return
    plan = rules.clock_plan(
        ClockKind.K6, assessment.final_band, assessment.assessed_at, standards_all(), holidays_all()
    )
    if plan is not None:
        clock_row(case, plan if reachable else later_rules.not_applicable(plan)).save(force_insert=True)


def clocks_reband(case: Case) -> None:
    """After a new band or priority: raised, K6 and K7 come forward, counted from their original start, perhaps overdue
    at once; lowered, the earlier deadline stays (docs/domain.md §3.3). An agreed frequency stays as agreed.
    """
    for change in clocks_under_band(case, case.priority):
        change.apply(case)


def clocks_under_band(case: Case, priority: str) -> list[ClockChange]:
    """What the case's band, or without one a priority, would change about K6 and K7; nothing is stored. Up to three
    queries."""
    running = [row for row in _unmet(case, ClockKind.K6, ClockKind.K7) if row.level != later_rules.AGREED]
    if not running:
        return []
    standards, holidays = standards_all(), holidays_all()
    band = later_rules.band_now(case.band, priority)
    found = []
    for row in running:
        if row.due_at is None:
            continue
        plan = later_rules.rebanded(
            row.due_at, band, row.kind, row.starts_at, standards, holidays, exception_days=row.exception_days
        )
        if plan is not None:
            found.append(ClockChange(row, plan))
    return found


# --- K7: routine updates --------------------------------------------------------------------------------


def agreement_of(case: Case) -> UpdateAgreement | None:
    """What the victim agreed about updates, the latest word. One query."""
    return case.updateagreement_rows.filter(struck_at=None).order_by("-created_at", "-pk").first()


def update_clock_start(case: Case, at: dt.datetime) -> Clock | None:
    """Start K7 from a two-way update, unless the victim wants none, or a later one runs already. Up to five queries."""
    if any(row.starts_at >= rules.minute_of(at) for row in _unmet(case, ClockKind.K7)):
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
    running = _unmet(case, ClockKind.K7)
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


# --- K8: key events -------------------------------------------------------------------------------------


def event_clock_start(case: Case, happened_at: dt.datetime) -> Clock | None:
    """Start K8 for a key event that is being logged now; met at once where the victim has been spoken to since it."""
    now = clock.now()
    band = later_rules.band_now(case.band, case.priority)
    hate = Classification(case.classification).counts_as_hate
    level = later_rules.event_level(band, hate=hate)
    plan = rules.clock_plan(ClockKind.K8, level, now, standards_all(), holidays_all())
    if plan is None:
        return None
    row = clock_row(case, plan if victim_reachable(case) else later_rules.not_applicable(plan))
    told = case.contacts.filter(
        victim__isnull=False,
        struck_at=None,
        result=ContactResult.TWO_WAY,
        at__gte=rules.minute_of(happened_at),
    )
    if row.due_at is not None and told.exists():
        row.met_at, row.outcome, row.closed_at = now, MET, now
    row.save(force_insert=True)
    return row


def _events_told(case: Case, contact: Contact) -> None:
    """Meet K8 of every event before a two-way contact. Two queries, and more where one was paused."""
    next_minute = rules.minute_of(contact.at) + dt.timedelta(minutes=1)
    told = KeyEvent.objects.unscoped(reason="the events of the case that the service holds").filter(
        case=case, happened_at__lt=next_minute, struck_at=None
    )
    waiting = case.clocks.filter(kind=ClockKind.K8, pk__in=told.values("clock_id")).exclude(outcome=NOT_APPLICABLE)
    clocks_meet(waiting.filter(met_at=None), contact.at)
    # Reached after three attempts: the contact is what counts from now on.
    waiting.filter(outcome=ATTEMPTED, met_at__gt=contact.at).update(met_at=contact.at, outcome=MET)


# --- After a contact ------------------------------------------------------------------------------------


def victim_clocks_after_contact(case: Case, contact: Contact) -> None:
    """What a contact with the victim means for K7, K8 and K11, as far as it was two-way; three attempts on three days
    by two methods close K8 and K11 as attempted, as they do K3 (docs/domain.md §3.3).
    """
    if contact.victim_id is None:
        return
    if contact.result == ContactResult.TWO_WAY:
        _events_told(case, contact)
        if case.closed_at is None:
            clock_meet(case, ClockKind.K7, contact.at)
            update_clock_start(case, contact.at)
    else:
        _events_attempted(case)
    closure_after_contact(case, contact)


def _events_attempted(case: Case) -> None:
    waiting = _unmet(case, ClockKind.K8)
    if not waiting:
        return
    tried = case.contacts.filter(
        victim__isnull=False, struck_at=None, result=ContactResult.ATTEMPT, direction=ContactDirection.OUTBOUND
    )
    attempts = [rules.Attempt(row.at, row.method) for row in tried]
    for row in waiting:
        done = rules.attempts_complete_at(attempts, row.starts_at)
        if done is not None:
            clocks_meet(case.clocks.filter(pk=row.pk), done, ATTEMPTED)
