"""The clocks that hang on the victim: K6 and K8 started and re-timed (docs/domain.md §3.1, §3.3).

The arithmetic is in `incidents.rules.victim_clocks`; K5 is in `incidents.services.support_clock`, K7 in
`incidents.services.update_clock`, K11 in `incidents.services.closure_contact`; what a contact means for any of them in
`incidents.services.contact_clocks`.
"""

from __future__ import annotations

import datetime as dt

from incidents.choices import Classification, ClockKind, ContactResult
from incidents.models import Case, Clock, RiskAssessment
from incidents.rules import clocks as rules
from incidents.rules import victim_clocks as later_rules
from incidents.services.clock import MET, NOT_APPLICABLE, ClockChange, clock_row, holidays_all, standards_all
from kernel import clock


def victim_reachable(case: Case) -> bool:
    """Whether anybody can be told anything: first contact (K3) runs, or ran, for some report of the case.

    So it is known without reading a victim's record, which whoever logs an event may not know. A clock that never ran
    has no due time; one that was stopped keeps it. One query.
    """
    due = set(case.clocks.filter(kind=ClockKind.K3).values_list("due_at", flat=True))
    return not due or due != {None}


def clocks_unmet(case: Case, *kinds: str) -> list[Clock]:
    """The clocks of these kinds that run, wait or are overdue in a case. One query."""
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
    running = [row for row in clocks_unmet(case, ClockKind.K6, ClockKind.K7) if row.level != later_rules.AGREED]
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
