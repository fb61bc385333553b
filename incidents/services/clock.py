"""Starting, meeting and re-timing the clocks of a case. The arithmetic is in `incidents.rules.clocks`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Greatest

from agencies.models import ServiceStandard
from incidents.choices import Classification, ClockKind, ClockState, Wish
from incidents.choices.progress import PAUSABLE
from incidents.models import Case, Clock, ClockPause, Incident, RiskAssessment
from incidents.rules import clocks as rules
from incidents.rules.classification import FOR_EVERY_REPORT, FOR_HATE
from incidents.rules.victim_clocks import moved_by, resumed, support_clock
from incidents.scoping import is_triager
from kernel import clock as time
from kernel.actors import Actor
from kernel.models import BankHoliday

MET, ATTEMPTED, NOT_APPLICABLE = "met", "attempted", "not_applicable"
_ALIVE = Q(closed_at=None) | Q(met_at__isnull=False)
REFUSALS = (Wish.NO, Wish.WITHDRAWN)
"""What a victim says who wants no referral to a support service."""


def holidays_all() -> frozenset[dt.date]:
    """Every non-working day on file. One query."""
    return frozenset(BankHoliday.objects.values_list("date", flat=True))


def standards_all() -> list[ServiceStandard]:
    """Every dated standard. One query."""
    return list(ServiceStandard.objects.all())


def clocks_start(
    case: Case, incident: Incident, *, reporter_reachable: bool, victim_reachable: bool, support_wanted: bool = True
) -> list[Clock]:
    """Start K0 to K5 for an incident, from its receipt, under the standards of that day (docs/domain.md §3.1); of
    anti-social behaviour those that every report has.

    K5, the referral to a support service, is not applicable where no victim can be reached, or none wants support.
    """
    standards, holidays = standards_all(), holidays_all()
    plans = rules.clocks_from_receipt(
        case.priority,
        incident.received_at,
        standards,
        holidays,
        reporter_reachable=reporter_reachable,
        victim_reachable=victim_reachable,
    )
    applies = victim_reachable and support_wanted
    support = support_clock(case.priority, incident.received_at, standards, holidays, applies=applies)
    wanted = [plan for plan in [*plans, *([support] if support else [])] if _applies(case, plan.kind)]
    return Clock.objects.bulk_create([clock_row(case, plan, incident) for plan in wanted])


def _applies(case: Case, kind: str) -> bool:
    return case.classification != Classification.ASB or kind in FOR_EVERY_REPORT


def clock_review_start(case: Case, assessment: RiskAssessment) -> Clock | None:
    """Start K9 from an assessment, by its review band; the review before it is met by this very assessment."""
    clock_meet(case, ClockKind.K9, assessment.assessed_at)
    plan = rules.review_clock(assessment.review_band, assessment.assessed_at, standards_all(), holidays_all())
    if plan is None:
        return None
    started = clock_row(case, plan, None)
    started.save(force_insert=True)
    return started


def clock_row(case: Case, plan: rules.ClockPlan, incident: Incident | None = None) -> Clock:
    """A planned clock as a row, not saved. No query."""
    applicable = plan.due_at is not None
    return Clock(
        case=case,
        incident=incident,
        lead_agency_id=case.lead_agency_id,
        kind=plan.kind,
        level=plan.level,
        rule_version=plan.rule_version,
        starts_at=plan.starts_at,
        due_at=plan.due_at,
        amber_at=plan.amber_at,
        outcome="" if applicable else NOT_APPLICABLE,
        closed_at=None if applicable else plan.starts_at,
        set_at=time.now() if applicable else None,
    )


def clock_meet(case: Case, kind: str, at: dt.datetime, outcome: str = MET) -> int:
    """Meet every unmet clock of a kind in a case that had started by then; answers how many. One query, and for clocks
    that may wait one more, which ends a pause first: what happened meanwhile is measured by the moved deadline.

    People give times to the minute: what they did in the minute of the receipt came after it, and meets the clock at
    its start. A clock met after its due time stays missed, with the time it was met (contract: Clocks).
    """
    next_minute = rules.minute_of(at) + dt.timedelta(minutes=1)
    waiting = case.clocks.filter(kind=kind, met_at=None, starts_at__lt=next_minute).exclude(outcome=NOT_APPLICABLE)
    return clocks_meet(waiting, at, outcome) if kind in PAUSABLE else _meet(waiting, at, outcome)


def clocks_sort(actor: Actor, case: Case, incidents: Iterable[Incident]) -> list[int]:
    """Meet the triage decision of reports that somebody takes into a case that is sorted and worked, where they sort
    reports for its lead agency; answers which clocks were met. Two queries at most."""
    if case.triaged_at is None or case.lead_worker_id is None or not is_triager(actor, case.lead_agency_id):
        return []
    waiting = case.clocks.filter(kind=ClockKind.K2, met_at=None, closed_at=None, incident__in=list(incidents))
    found = list(waiting.values_list("pk", flat=True))
    if found:
        _meet(waiting, time.now(), MET)
    return found


def triage_meet(case: Case) -> None:
    """Meet the triage decision of what had been logged when a case that somebody works now was sorted. A report that
    was logged later waits for a decision of its own. One query at most."""
    if case.triaged_at is None or case.lead_worker_id is None:
        return
    waiting = case.clocks.filter(kind=ClockKind.K2, met_at=None, incident__entered_at__lte=case.triaged_at)
    _meet(waiting.exclude(outcome=NOT_APPLICABLE), time.now(), MET)


def clocks_meet(waiting: QuerySet[Clock], at: dt.datetime, outcome: str = MET) -> int:
    """Meet these clocks, ending their pauses first; answers how many. Two queries, and more for each pause."""
    for paused in waiting.filter(paused_at__isnull=False):
        clock_resume(paused, at)
    return _meet(waiting, at, outcome)


def _meet(waiting: QuerySet[Clock], at: dt.datetime, outcome: str) -> int:
    met_at = Greatest(Value(at), F("starts_at"))
    return waiting.update(met_at=met_at, outcome=outcome, closed_at=met_at)


def clocks_stop(case: Case, kinds: Collection[str]) -> None:
    """Stop the unmet clocks of these kinds: what still ran does not apply any more, what was missed stays missed.

    Two queries.
    """
    now = time.now()
    waiting = case.clocks.filter(kind__in=kinds, met_at=None).exclude(outcome=NOT_APPLICABLE)
    waiting.filter(due_at__lte=now, closed_at=None).update(closed_at=now)
    waiting.filter(due_at__gt=now).update(outcome=NOT_APPLICABLE, closed_at=now)


def clocks_for_hate(
    case: Case,
    incident: Incident,
    *,
    reporter_reachable: bool,
    victim_reachable: bool,
    support_wanted: bool,
    undecided: bool,
) -> None:
    """Start what a report of hate starts for an incident in which a hate factor was found only now: from this moment.

    Where nobody has decided yet what it is (`undecided`), the triage decision is due anew. What runs or was met already
    stays. Three queries.
    """
    now, standards, holidays = time.now(), standards_all(), holidays_all()
    plans = rules.clocks_from_receipt(
        case.priority,
        now,
        standards,
        holidays,
        reporter_reachable=reporter_reachable,
        victim_reachable=victim_reachable,
    )
    applies = victim_reachable and support_wanted
    support = support_clock(case.priority, now, standards, holidays, applies=applies)
    wanted = {*FOR_HATE, ClockKind.K2} if undecided else {*FOR_HATE}
    # A triage decision that was met decided something else.
    alive = _ALIVE & ~Q(kind=ClockKind.K2, met_at__isnull=False)
    going = set(incident.clocks.exclude(outcome=NOT_APPLICABLE).filter(alive).values_list("kind", flat=True))
    Clock.objects.bulk_create(
        [
            clock_row(case, plan, incident)
            for plan in (*plans, *([support] if support else []))
            if plan.kind in wanted and plan.kind not in going
        ]
    )


@dataclass(frozen=True)
class ClockChange:
    """What another priority or band makes of one clock: the new plan for its row, or one that starts for an incident."""

    row: Clock | None
    plan: rules.ClockPlan
    incident: Incident | None = None

    @property
    def looked_at(self) -> dt.datetime | None:
        """When a duty check that starts only now was done: the lead agency's first look is on record."""
        starts = self.row is None and self.plan.kind == ClockKind.K0
        return self.incident.looked_at if starts and self.incident is not None else None

    def apply(self, case: Case) -> None:
        """Store it. One query."""
        if self.row is None:
            started = clock_row(case, self.plan, self.incident)
            if self.looked_at is not None:
                started.met_at = started.closed_at = max(self.looked_at, started.starts_at)
                started.outcome = MET
            started.save(force_insert=True)
            return
        self.row.level, self.row.rule_version = self.plan.level, self.plan.rule_version
        self.row.due_at, self.row.amber_at, self.row.set_at = self.plan.due_at, self.plan.amber_at, time.now()
        self.row.save(update_fields=["level", "rule_version", "due_at", "amber_at", "set_at"])


def clocks_reprioritise(case: Case) -> None:
    """After a new priority: raised, deadlines come forward from the original receipt; lowered, they stay (§3.3)."""
    for change in clocks_under(case, case.priority):
        change.apply(case)


def clocks_under(case: Case, priority: str) -> list[ClockChange]:
    """What a priority would change about the clocks that run from receipt; nothing is stored. Three queries, and one
    for each incident whose clocks run."""
    standards, holidays = standards_all(), holidays_all()
    by_incident: dict[int, list[Clock]] = {}
    for running in case.clocks.filter(met_at=None, incident__isnull=False).select_related("incident"):
        by_incident.setdefault(running.incident_id or 0, []).append(running)
    return [
        change
        for running_clocks in by_incident.values()
        for change in _changes(case, priority, running_clocks, standards, holidays)
    ]


def _changes(
    case: Case,
    priority: str,
    running: list[Clock],
    standards: Iterable[ServiceStandard],
    holidays: frozenset[dt.date],
) -> list[ClockChange]:
    incident = running[0].incident
    if incident is None:
        return []
    by_kind = {c.kind: c for c in running if c.outcome != NOT_APPLICABLE and c.closed_at is None}
    current = {kind: c.due_at for kind, c in by_kind.items() if c.due_at is not None}
    done = set(
        case.clocks.filter(incident=incident)
        .filter(Q(closed_at__isnull=False) | Q(outcome=NOT_APPLICABLE) | Q(met_at__isnull=False))
        .exclude(kind__in=by_kind)
        .values_list("kind", flat=True)
    )
    # What a pause moved stays moved: the new deadline is later by the same working days.
    plans = [
        moved_by(plan, by_kind[plan.kind].exception_days if plan.kind in by_kind else 0, holidays)
        for plan in _plans_for(priority, incident, by_kind, standards, holidays)
    ]
    return [
        ClockChange(by_kind.get(plan.kind), plan, incident)
        for plan in rules.clocks_changed(current, plans)
        if plan.kind not in done and _applies(case, plan.kind)
    ]


def _plans_for(
    priority: str,
    incident: Incident,
    by_kind: dict[str, Clock],
    standards: Iterable[ServiceStandard],
    holidays: frozenset[dt.date],
) -> list[rules.ClockPlan]:
    """The plans under a priority: from the receipt, or from when a hate factor was found."""
    starts = {incident.received_at, *(c.starts_at for c in by_kind.values())}
    plans = {at: [*rules.clocks_from_receipt(priority, at, standards, holidays)] for at in starts}
    if ClockKind.K5 in by_kind:
        at = by_kind[ClockKind.K5].starts_at
        support = support_clock(priority, at, standards, holidays, applies=True)
        plans[at] += [support] if support else []
    return [
        plan
        for at, found in plans.items()
        for plan in found
        if at == (by_kind[plan.kind].starts_at if plan.kind in by_kind else incident.received_at)
    ]


def pause_over(until: dt.date) -> dt.datetime:
    """When a pause until a day ends by itself: as that day begins in London. No query."""
    return dt.datetime.combine(until, dt.time(), time.LONDON).astimezone(dt.UTC)


def clock_resume(row: Clock, at: dt.datetime, by_id: int | None = None) -> None:
    """End the pause of a clock, whose deadline moves by the working days that it took. Three queries."""
    if row.paused_at is None or row.due_at is None:
        return
    at = max(at, row.paused_at)
    row.due_at, row.amber_at, days = resumed(row.due_at, row.amber_at, row.paused_at, at, holidays_all())
    row.exception_days += days
    row.paused_at, row.paused_until, row.set_at = None, None, time.now()
    row.save(update_fields=["due_at", "amber_at", "exception_days", "paused_at", "paused_until", "set_at"])
    open_pauses = ClockPause.objects.unscoped(reason="the pause of a clock that the service holds")
    open_pauses.filter(clock_id=row.pk, resumed_at=None).update(
        resumed_at=at, resumed_by_id=by_id, due_after=row.due_at
    )


def clock_state(clock: Clock, now: dt.datetime | None = None) -> str:
    """The state of one stored clock, in the contract's words. No query."""
    met = clock.met_at if clock.outcome == MET else None
    attempted = clock.met_at if clock.outcome == ATTEMPTED else None
    if clock.outcome == NOT_APPLICABLE:
        return ClockState.NOT_APPLICABLE
    return rules.clock_state(
        clock.due_at, now or time.now(), met_at=met, attempted_at=attempted, paused_at=clock.paused_at
    )
