"""Clocks after something was repaired: a contact that was struck or moved in time, a receipt that was corrected.

Nothing moves silently: each function answers what moved, in sentences.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from incidents.choices import CaseStatus, ClockKind, ContactDirection, ContactResult
from incidents.models import Case, Clock, Contact, Incident, KeyEvent
from incidents.rules import clocks as rules
from incidents.rules.repair import receipt_due
from incidents.rules.victim_clocks import later, support_clock
from incidents.services.clock import ATTEMPTED, MET, NOT_APPLICABLE, holidays_all, standards_all
from kernel import clock
from kernel.when import moment_text

BY_CONTACT = (ClockKind.K1, ClockKind.K3, ClockKind.K8)
"""The clocks that contacts meet, worked out anew from the contacts that are left."""


def clocks_after_contact_repair(case: Case, was_at: dt.datetime) -> list[str]:
    """Work out anew K1, K3 and K8, of which a contact at `was_at` was struck or has moved in time. Two queries, and one
    for each clock that changes.

    What that contact met is met by the next one that does, or by none; what was met otherwise stays.
    """
    contacts = list(case.contacts.filter(struck_at=None).order_by("at", "pk"))
    said = []
    waiting = case.clocks.filter(kind__in=BY_CONTACT).exclude(outcome=NOT_APPLICABLE)
    for running in waiting.select_related("key_event"):
        met_at, outcome = _met_by(running, contacts)
        if (met_at, outcome) == (running.met_at, running.outcome) or not _hangs_on(running, was_at, met_at):
            continue
        said.append(_met_anew(case, running, met_at, outcome))
    return said


def _met_anew(case: Case, running: Clock, met_at: dt.datetime | None, outcome: str) -> str:
    running.met_at, running.outcome = met_at, outcome
    still_watched = met_at is None and CaseStatus(case.status).is_open
    running.closed_at = None if still_watched else (met_at or running.closed_at)
    running.save(update_fields=["met_at", "outcome", "closed_at"])
    how = "no longer met" if met_at is None else f"{outcome} on {moment_text(met_at)}"
    return f"{ClockKind(running.kind).label}: {how}"


def clocks_after_plan_repair(case: Case, was_at: dt.datetime) -> list[str]:
    """Work out anew K6, which a plan at `was_at` may have met, from the plans that stand. Two queries, and one for each
    clock that changes."""
    standing = case.actionplan_rows.filter(struck_at=None)
    return _of_records(case, ClockKind.K6, was_at, standing.values_list("agreed_at", flat=True))


def clocks_after_referral_repair(case: Case, was_at: dt.datetime) -> list[str]:
    """The same of K5 and the referrals that were sent."""
    standing = case.supportreferral_rows.filter(struck_at=None, sent_at__isnull=False)
    return _of_records(case, ClockKind.K5, was_at, [row.sent_at for row in standing if row.sent_at])


def _of_records(case: Case, kind: ClockKind, was_at: dt.datetime, moments: Iterable[dt.datetime]) -> list[str]:
    done, said = sorted(moments), []
    for running in case.clocks.filter(kind=kind).exclude(outcome=NOT_APPLICABLE):
        since = rules.minute_of(running.starts_at)
        first = next((at for at in done if at >= since), None)
        met_at = None if first is None else max(first, running.starts_at)
        if met_at != running.met_at and _hangs_on(running, was_at, met_at):
            said.append(_met_anew(case, running, met_at, MET if met_at else ""))
    return said


def clock_after_event_repair(case: Case, event: KeyEvent) -> list[str]:
    """Work out anew K8 of a key event whose date was corrected, from the contacts since it. Two queries at most."""
    running = event.clock
    if running is None or running.outcome == NOT_APPLICABLE:
        return []
    running.key_event = event
    met_at, outcome = _met_by(running, list(case.contacts.filter(struck_at=None).order_by("at", "pk")))
    if (met_at is None) == (running.met_at is None):
        return []
    return [_met_anew(case, running, met_at, outcome)]


def clock_after_event_undo(event: KeyEvent) -> None:
    """The deadline of a key event that was taken back applies no more. One query."""
    running = event.clock
    if running is not None:
        running.met_at, running.outcome, running.closed_at = None, NOT_APPLICABLE, clock.now()
        running.save(update_fields=["met_at", "outcome", "closed_at"])


def clocks_after_refusal_undo(case: Case, said_at: dt.datetime) -> None:
    """K5 runs on where a refusal that was taken back had stopped it. One query."""
    stopped = case.clocks.filter(kind=ClockKind.K5, met_at=None, closed_at__gte=said_at, due_at__isnull=False)
    stopped.update(outcome="", closed_at=None)


def _hangs_on(running: Clock, was_at: dt.datetime, met_at: dt.datetime | None) -> bool:
    """Whether a clock stands as it does because of a contact at this moment, or is met sooner without it."""
    if running.met_at is None or running.outcome == ATTEMPTED:
        return True
    return running.met_at == max(was_at, running.starts_at) or (met_at is not None and met_at < running.met_at)


def _met_by(running: Clock, contacts: list[Contact]) -> tuple[dt.datetime | None, str]:
    """When and how the contacts meet a clock (docs/domain.md §3.3)."""
    if running.kind == ClockKind.K1:
        since = rules.minute_of(running.starts_at)
        done = next((c.at for c in contacts if c.acknowledgement and c.at >= since), None)
        return (None, "") if done is None else (max(done, running.starts_at), MET)
    with_victim = [c for c in contacts if c.victim_id is not None]
    since = rules.minute_of(_told_from(running))
    reached = next((c.at for c in with_victim if c.result == ContactResult.TWO_WAY and c.at >= since), None)
    tries = [
        rules.Attempt(c.at, c.method)
        for c in with_victim
        if c.result == ContactResult.ATTEMPT and c.direction == ContactDirection.OUTBOUND
    ]
    tried = rules.attempts_complete_at(tries, running.starts_at)
    if reached is not None:
        return max(reached, running.starts_at), MET
    return (None, "") if tried is None else (max(tried, running.starts_at), ATTEMPTED)


def _told_from(running: Clock) -> dt.datetime:
    """From when on speaking to the victim meets a clock: K8 from the event itself, which may be logged later."""
    event: KeyEvent | None = getattr(running, "key_event", None)
    return running.starts_at if event is None else event.happened_at


def clocks_after_receipt(case: Case, incident: Incident) -> list[str]:
    """Bring forward the clocks of an incident whose receipt was corrected to an earlier moment; a later one moves none.

    Also those that are met: met late, they count as missed, as they would have. A pause keeps the days that it took.
    Three queries, and one for each that moves.
    """
    standards, holidays = standards_all(), holidays_all()
    found = [*rules.clocks_from_receipt(case.priority, incident.received_at, standards, holidays)]
    support = support_clock(case.priority, incident.received_at, standards, holidays, applies=True)
    plans = {plan.kind.value: plan for plan in [*found, *([support] if support else [])]}
    said = []
    for stored in case.clocks.filter(incident=incident, kind__in=plans).exclude(outcome=NOT_APPLICABLE):
        plan, was = plans[stored.kind], stored.due_at
        due = receipt_due(was, later(plan.due_at, stored.exception_days, holidays))
        if due == was or due is None or was is None:
            continue
        stored.starts_at, stored.due_at = min(stored.starts_at, plan.starts_at), due
        stored.amber_at = later(plan.amber_at, stored.exception_days, holidays)
        stored.level, stored.rule_version = plan.level, plan.rule_version
        stored.save(update_fields=["starts_at", "due_at", "amber_at", "level", "rule_version"])
        said.append(f"{ClockKind(stored.kind).label} now due {moment_text(due)} (was {moment_text(was)})")
    return said
