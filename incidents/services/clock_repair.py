"""Clocks after something was repaired: a plan, a referral or a key event, and a receipt that was corrected. Contacts are
in `incidents.services.contact_clocks`.

Nothing moves silently: each function answers what moved, in sentences.
"""

from __future__ import annotations

import datetime as dt

from incidents.choices import ClockKind
from incidents.models import Case, Incident, KeyEvent
from incidents.rules import clocks as rules
from incidents.rules.repair import receipt_due
from incidents.rules.victim_clocks import later, support_clock
from incidents.services.clock import MET, NOT_APPLICABLE, holidays_all, standards_all
from incidents.services.clock_met import hangs_on, met_anew
from incidents.services.contact_clocks import how_met, records_of
from incidents.services.support_clock import support_clocks
from kernel import clock
from kernel.when import moment_text


def clocks_after_plan_repair(case: Case, was_at: dt.datetime) -> list[str]:
    """Work out anew K6, which a plan at `was_at` may have met, from the plans that stand. Two queries, and one for each
    clock that changes."""
    done, said = sorted(case.actionplan_rows.filter(struck_at=None).values_list("agreed_at", flat=True)), []
    hangs = hangs_on(was_at)
    for running in case.clocks.filter(kind=ClockKind.K6).exclude(outcome=NOT_APPLICABLE):
        since = rules.minute_of(running.starts_at)
        first = next((at for at in done if at >= since), None)
        met_at = None if first is None else max(first, running.starts_at)
        if met_at != running.met_at and hangs(running, met_at):
            said.append(met_anew(case, running, met_at, MET if met_at else ""))
    return said


def clocks_after_referral_repair(case: Case, was_at: dt.datetime) -> list[str]:
    """The same of K5 and the referrals that were sent, each for the incidents of its victim."""
    return support_clocks(case, hangs_on(was_at))


def clock_after_event_repair(case: Case, event: KeyEvent) -> list[str]:
    """Work out anew K8 of a key event whose date was corrected, from the contacts since it. Two queries at most."""
    running = event.clock
    if running is None or running.outcome == NOT_APPLICABLE:
        return []
    running.key_event = event
    met_at, outcome = how_met(running, records_of(case))
    if (met_at is None) == (running.met_at is None):
        return []
    return [met_anew(case, running, met_at, outcome)]


def clock_after_event_undo(event: KeyEvent) -> None:
    """The deadline of a key event that was taken back applies no more. One query."""
    running = event.clock
    if running is not None:
        running.met_at, running.outcome, running.closed_at = None, NOT_APPLICABLE, clock.now()
        running.save(update_fields=["met_at", "outcome", "closed_at"])


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
        stored.starts_at, stored.due_at, stored.set_at = min(stored.starts_at, plan.starts_at), due, clock.now()
        stored.amber_at = later(plan.amber_at, stored.exception_days, holidays)
        stored.level, stored.rule_version = plan.level, plan.rule_version
        stored.save(update_fields=["starts_at", "due_at", "amber_at", "level", "rule_version", "set_at"])
        said.append(f"{ClockKind(stored.kind).label} now due {moment_text(due)} (was {moment_text(was)})")
    return said
