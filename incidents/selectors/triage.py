"""The triage inbox: reports that wait to be sorted by the actor's agencies, cases that wait for somebody who works them,
and the ways that a report can take."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value

from agencies.models import Agency
from incidents.choices import (
    OPEN_STATUSES,
    PAST_TRIAGE,
    CaseStatus,
    ClockKind,
    Priority,
    ProposalState,
    TaskState,
    Tier,
)
from incidents.models import Case, ClassificationProposal, Clock, Incident, Task
from incidents.rules.triage_routes import RouteFacts, RouteState, routes
from incidents.scoping import TRIAGERS, agencies_as, is_decider, is_triager
from incidents.selectors import case_work
from incidents.selectors.audience import agencies_told
from incidents.selectors.case_page import abilities
from incidents.selectors.case_work import ClockView
from incidents.selectors.classification import Queued, proposals_waiting
from incidents.selectors.duplicates import Candidate, candidates_of, told_array
from incidents.selectors.text import case_written_by, text_shown
from incidents.selectors.titles import title_facts, title_of
from kernel import clock
from kernel.actors import Actor
from kernel.prepared import AmongRows, Prepared

PAGE_SIZE, COUNT_CAP = 25, 100
WAITING = (CaseStatus.NEW.value, CaseStatus.TRIAGE.value)
_ENDED = {TaskState.DONE.value: "An answer came", TaskState.DECLINED.value: "Declined to answer"}
_AWAITED = (TaskState.OFFERED, TaskState.ACCEPTED, TaskState.IN_PROGRESS)


@dataclass(frozen=True)
class InboxRow:
    """One report to sort: how urgent, how old, how K0 and K2 stand, what may be the same, what is waited for or was
    answered; whether it is a further report in a case that was sorted already, and whether nobody works such a case."""

    case: Case
    summary: str
    clocks: list[ClockView]
    candidates: list[Candidate]
    asked: bool
    proposed: bool
    further: bool = False
    unworked: bool = False
    answered: str = ""


@dataclass(frozen=True)
class Inbox:
    """A page of the inbox; `older` and `newer` are marks to page from."""

    rows: list[InboxRow]
    queue: list[Queued] = field(default_factory=list)
    older: str = ""
    newer: str = ""


@dataclass(frozen=True)
class Waiting:
    """How much waits for somebody who sorts reports, each up to 100."""

    reports: int
    urgent: int
    proposals: int
    unworked: int = 0

    @property
    def any(self) -> bool:
        """Whether anything waits."""
        return bool(self.reports or self.proposals or self.unworked)


@dataclass(frozen=True)
class _Mark:
    priority: str
    at: dt.datetime
    pk: int

    @classmethod
    def parse(cls, text: str) -> _Mark | None:
        priority, _, rest = text.partition("~")
        at, _, pk = rest.partition("~")
        try:
            moment = dt.datetime.strptime(at, "%Y%m%dT%H%M%S.%f").replace(tzinfo=dt.UTC)
            return cls(priority[:2], moment, int(pk))
        except ValueError:
            return None

    @classmethod
    def of(cls, row: Any) -> str:
        return f"{row.priority}~{row.received_at.astimezone(dt.UTC):%Y%m%dT%H%M%S.%f}~{row.pk}"


def triages(actor: Actor) -> list[int]:
    """The agencies for which the actor sorts reports. No query."""
    return agencies_as(actor, *TRIAGERS)


def inbox(*, actor: Actor, after: str = "", before: str = "") -> Inbox:
    """A page of the reports that the actor's agencies lead and that nobody has sorted yet, with the cases that somebody
    has and that a further report has come into, or that nobody works: most urgent first, then oldest first.

    Three queries: the reports with what they tell, what may be the same, and, on the first page, what waits for a
    second person.
    """
    mark = _Mark.parse(after or before)
    backwards = bool(mark and before and not after)
    start = (mark.priority, mark.at, mark.pk) if mark else ()
    found = _rows(actor, clock.now(), *start, backwards=backwards, size=PAGE_SIZE)
    more, rows = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    if backwards:
        rows.reverse()
    alike = candidates_of(actor=actor, cases=rows)
    return Inbox(
        rows=[_row(row, alike) for row in rows],
        queue=[] if mark else proposals_waiting(actor=actor),
        newer=_Mark.of(rows[0]) if rows and (more if backwards else mark is not None) else "",
        older=_Mark.of(rows[-1]) if rows and (backwards or more) else "",
    )


def _row(row: Any, alike: dict[int, list[Candidate]]) -> InboxRow:
    shown = (ClockKind.K0, ClockKind.K2)
    return InboxRow(
        case=row,
        summary=title_of(row, row.summary_shown),
        clocks=[one for one in case_work.clocks(row.clock_rows) if one.kind in shown],
        candidates=alike.get(row.pk, []),
        asked=row.asked,
        answered="" if row.asked or row.status not in WAITING else _ENDED.get(row.ended, ""),
        proposed=row.proposed,
        further=row.status not in WAITING and case_work.further_waits(row),
        unworked=row.status not in WAITING and row.lead_worker_id is None,
    )


@Prepared
def _rows(actor: Actor, now: dt.datetime, *start: Any, backwards: bool, size: int) -> QuerySet[Case]:
    order = ("-priority", "-received_at", "-pk") if backwards else ("priority", "received_at", "pk")
    beyond = _beyond(*start, way="lt" if backwards else "gt") if start else Q()
    # Each kind along an index of its own, so far as the page goes; only then are they put in order.
    kinds = (_untriaged(actor), _further(actor), _unworked(actor))
    parts = [Q(AmongRows("pk", kind.filter(beyond).order_by(*order)[: size + 1])) for kind in kinds]
    rows = Case.objects.visible_to(actor).filter(reduce(or_, parts))
    asked = Task.objects.visible_to(actor).filter(
        case_id=OuterRef("pk"), asked_by_agency_id=OuterRef("lead_agency_id")
    )
    return (
        rows.select_related("lead_agency", "district")
        .annotate(
            summary_shown=text_shown(actor, F("pk"), F("summary"), case_written_by(actor)),
            **title_facts(actor),
            clock_rows=case_work.clocks_array(actor),
            told_rows=told_array(actor),
            asked=Exists(asked.filter(state__in=_AWAITED)),
            ended=Subquery(asked.exclude(closed_at=None).order_by("-closed_at", "-pk").values("state")[:1]),
            proposed=Exists(_proposals(actor, now).filter(case_id=OuterRef("pk"))),
        )
        .order_by(*order)[: size + 1]
    )


def _beyond(priority: str, at: Any, pk: int, *, way: str) -> Q:
    same = Q(priority=priority)
    return (
        Q(**{f"priority__{way}": priority})
        | (same & Q(**{f"received_at__{way}": at}))
        | (same & Q(received_at=at, **{f"pk__{way}": pk}))
    )


def _untriaged(actor: Actor) -> Any:
    return Case.objects.visible_to(actor).filter(lead_agency_id__in=triages(actor), status__in=WAITING)


def _further(actor: Actor) -> Any:
    """Cases past triage that somebody works and in which the decision (K2) still runs: for a report that came later, or
    that nobody confirmed."""
    led = triages(actor)
    running = Clock.objects.visible_to(actor).filter(
        lead_agency_id__in=led, kind=ClockKind.K2, met_at=None, closed_at=None, paused_at=None
    )
    cases = Case.objects.visible_to(actor).filter(lead_agency_id__in=led, status__in=PAST_TRIAGE)
    return cases.exclude(lead_worker_id=None).filter(pk__in=running.values("case_id"))


def _unworked(actor: Actor) -> Any:
    """Cases past triage that nobody works: another agency gave them the lead, or whoever worked them left or is kept out."""
    return Case.objects.visible_to(actor).filter(
        lead_agency_id__in=triages(actor), status__in=PAST_TRIAGE, lead_worker_id=None
    )


def _proposals(actor: Actor, now: dt.datetime) -> Any:
    return ClassificationProposal.objects.visible_to(actor).filter(state=ProposalState.WAITING, expires_at__gt=now)


def waiting_parts(actor: Actor, now: dt.datetime) -> list[Any]:
    """What waits to be sorted or decided by the actor, as branches of another query of clocks: reference, priority (or
    that it is a proposal, or a case that nobody works), moment, lead worker. Up to 100 each; none for who sorts for no agency.
    """
    if not triages(actor):
        return []
    reports = [part.order_by("priority", "received_at", "pk") for part in (_untriaged(actor), _further(actor))]
    label = Value(_PROPOSAL, output_field=CharField())
    proposals = _proposals(actor, now).filter(case__status__in=OPEN_STATUSES)
    others = proposals.exclude(proposed_by_id=actor.user_id).order_by("expires_at", "pk").annotate(what=label)
    unworked = _unworked(actor).order_by("priority", "received_at", "pk")
    unworked = unworked.annotate(what=Value(_UNWORKED, output_field=CharField()))
    return [
        *(part.values_list("ref", "priority", "received_at", "lead_worker_id")[:COUNT_CAP] for part in reports),
        unworked.values_list("ref", "what", "received_at", "lead_worker_id")[:COUNT_CAP],
        others.values_list("case__ref", "what", "expires_at", "case__lead_worker_id")[:COUNT_CAP],
    ]


_PROPOSAL, _UNWORKED = "proposal", "unworked"


def waiting_of(rows: list[Any]) -> Waiting:
    """How much waits, from the rows of a query with the branches of `waiting_parts`. No query."""
    kinds = [row[1] for row in rows]
    reports = sum(kinds.count(priority) for priority in Priority.values)
    return Waiting(
        min(reports, COUNT_CAP),
        min(kinds.count(Priority.P1), COUNT_CAP),
        kinds.count(_PROPOSAL),
        kinds.count(_UNWORKED),
    )


# --- One report -------------------------------------------------------------------------------------


def ways(*, actor: Actor, case: Any, askable: bool, proposal_waits: bool | None = None) -> list[RouteState]:
    """The ways that a report from `case_get` can take, for the actor. No query, or that of `in_case`."""
    can = abilities(actor, case)
    facts = route_facts(
        actor,
        case,
        manages=can.manages,
        proposal_waits=case.proposal_waits if proposal_waits is None else proposal_waits,
        askable=askable,
        records_crimes=can.record_crime,
    )
    return routes(facts)


def route_facts(actor: Actor, case: Case, *, manages: bool = True, **known: Any) -> RouteFacts:
    """How a report and the actor stand, for the table of ways: `known` is what only the caller knows (RouteFacts).

    No query.
    """
    return RouteFacts(
        classification=case.classification,
        status=case.status,
        manages=manages,
        triages=is_triager(actor, case.lead_agency_id),
        decides=is_decider(actor, case.lead_agency_id),
        by_name=Tier(case.tier).by_name,
        **known,
    )


def askable(*, actor: Actor, case: Case) -> list[Agency]:
    """Whom a question about a report can be put to: the agencies that reported it, as far as they can see the case and
    the actor is told of them, and the lead agency itself, which asks the reporter. One query.
    """
    return list(askable_rows(actor, case))


def askable_rows(actor: Actor, case: Case) -> QuerySet[Agency]:
    """The rows of `askable`."""
    reported = Incident.objects.visible_to(actor).filter(case=case).values("reporting_agency_id")
    return agencies_told(actor, case).filter(Q(pk__in=reported) | Q(pk=case.lead_agency_id))
