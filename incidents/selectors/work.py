"""My work: what is due, what runs out, what has changed, what lies half done. And the start page of everybody else."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, F, FloatField, Func, Q, QuerySet, Value

from agencies.choices import Role
from agencies.models import Notice
from incidents.choices import OPEN_STATUSES, CaseStatus, ClockKind
from incidents.models import Case, Clock, Task
from incidents.rules.titles import case_title
from incidents.scoping import TRIAGERS
from incidents.selectors.case_list import case_ids_newest
from incidents.selectors.draft import DraftRow, drafts_for
from incidents.selectors.task import work_tasks
from incidents.selectors.text import case_written_by, text_shown
from incidents.selectors.titles import title_facts
from incidents.selectors.triage import Waiting, waiting_of, waiting_parts
from kernel import clock
from kernel.actors import Actor
from kernel.panels import Panel, panels_for
from kernel.prepared import AmongRows, OneOf, Prepared, plans_keep

TASKS, OFFERS, CLOCKS, CHANGED, DRAFTS, NOTICES = 10, 5, 10, 10, 5, 5
SHARED_LOOKED_AT = 200
_CLOCK_LABELS = {kind.value: str(kind.label) for kind in ClockKind}
FIRST_VISIT_DAYS = 7


@dataclass(frozen=True)
class ClockRow:
    """A clock that is about to run out, or has: in a case that the actor leads, or that nobody leads yet."""

    case_ref: str
    label: str
    due_at: dt.datetime
    overdue: bool
    unassigned: bool

    @property
    def light(self) -> str:
        """The colour in which it is shown."""
        return "red" if self.overdue else "amber"


@dataclass(frozen=True)
class CaseRow:
    """A case that has changed since the last visit."""

    ref: str
    summary: str
    status: str
    band: str
    updated_at: dt.datetime


@dataclass(frozen=True)
class Part:
    """So many rows of one kind, and whether there are more."""

    rows: list[Any]
    more: bool


@dataclass(frozen=True)
class WorkPage:
    """Everything that My work shows."""

    tasks: Part
    offered: Part
    declined: Part
    clocks: Part
    changed: Part
    drafts: Part
    notices: list[Notice]
    panels: list[Panel]
    triage: Waiting
    since: dt.datetime | None

    @property
    def nothing_due(self) -> bool:
        """Whether no task and no clock presses."""
        return not (self.tasks.rows or self.offered.rows or self.declined.rows or self.clocks.rows)


@dataclass(frozen=True)
class StartLink:
    """What somebody without cases may do here."""

    title: str
    text: str
    href: str


def work_page(*, actor: Actor, since: dt.datetime | None) -> WorkPage:
    """My work for somebody who does casework. `since` is the visit before this one.

    Seven or eight queries (tasks, clocks, changed cases, drafts with their holidays, notices, and how they are planned),
    and those of the panels.
    """
    now = clock.now()
    plans_keep()
    pressing = _clock_rows(actor, now)
    tasks = work_tasks(actor, TASKS + 1, OFFERS + 1)
    return WorkPage(
        tasks=_part(tasks.mine, TASKS),
        offered=_part(tasks.offered, OFFERS),
        declined=_part(tasks.declined, OFFERS),
        clocks=_part(_clocks_of(pressing, now), CLOCKS),
        triage=waiting_of(pressing),
        changed=_part(cases_changed(actor, since or now - dt.timedelta(days=FIRST_VISIT_DAYS)), CHANGED),
        drafts=_drafts(actor),
        notices=notices_unread(actor, NOTICES),
        panels=panels_for("work", actor),
        since=since,
    )


def _part(rows: list[Any], limit: int) -> Part:
    return Part(rows[:limit], len(rows) > limit)


def _drafts(actor: Actor) -> Part:
    rows: list[DraftRow] = drafts_for(actor, DRAFTS + 1)
    return _part(rows, DRAFTS)


def _clocks_of(found: list[Any], now: dt.datetime) -> list[ClockRow]:
    """Unmet clocks past their amber instant, in open cases that the actor leads or is deputy in or, for triagers, that
    nobody of their agency leads yet: first those that can still be met, soonest first, then those missed, latest first.
    """
    rows = [
        ClockRow(ref, _CLOCK_LABELS[kind], due_at, due_at <= now, worker is None)
        for ref, kind, due_at, worker in found
        if kind in _CLOCK_LABELS
    ]
    still = sorted((row for row in rows if not row.overdue), key=lambda row: row.due_at)
    missed = sorted((row for row in rows if row.overdue), key=lambda row: row.due_at, reverse=True)
    return still + missed


@Prepared
def _clock_rows(actor: Actor, now: dt.datetime) -> Any:
    # As they are shown: those that can still be met, soonest first, then those missed, latest first.
    missed = ExpressionWrapper(Q(due_at__lte=now), BooleanField())
    first, *rest = (
        clocks.filter(Q(amber_at__lte=now) | Q(due_at__lte=now))
        .order_by(missed, _Apart(F("due_at"), Value(now)), "pk")
        .values_list("case__ref", "kind", "due_at", "case__lead_worker_id")[: CLOCKS + 1]
        for clocks in (_clocks_open(actor), _clocks_closed(actor))
    )
    # What waits to be sorted comes along: it is counted by the same query.
    return first.union(*rest, *waiting_parts(actor, now), all=True)


class _Apart(Func):
    """How far two moments lie apart, whichever comes first."""

    template, arg_joiner = "abs(extract(epoch from %(expressions)s))", " - "
    output_field = FloatField()


def _clocks_open(actor: Actor) -> Any:
    """Clocks that run in the open cases that the actor leads or is deputy in or, for triagers, that nobody leads yet."""
    # From the cases that may concern the actor to their clocks: the other way round, every clock that runs in the county
    # is looked through (measured: 55 ms at 100,000 cases, now 8). Most cases of a worker are closed ones, so these are
    # not gone through for what runs in open ones.
    theirs = Q(lead_worker_id=actor.user_id) | Q(deputy_id=actor.user_id)
    cases = Case.objects.visible_to(actor).filter(theirs | Q(lead_worker_id=None) if _triages(actor) else theirs)
    return _running(actor).filter(AmongRows("case_id", cases.filter(status__in=OPEN_STATUSES)))


def _clocks_closed(actor: Actor) -> Any:
    """The contact that is owed after closing (K11), in the cases that the actor leads or is deputy in, or that nobody
    leads of a triager's agency."""
    return _running(actor).filter(~Q(case__status__in=OPEN_STATUSES), kind=ClockKind.K11)


def _running(actor: Actor) -> Any:
    whose = Q(case__lead_worker_id=actor.user_id) | Q(case__deputy_id=actor.user_id)
    if triages := _triages(actor):
        whose |= Q(case__lead_worker_id=None, lead_agency_id__in=triages)
    return Clock.objects.visible_to(actor).filter(whose, closed_at=None, met_at=None, paused_at=None)


def cases_changed(actor: Actor, since: dt.datetime) -> list[CaseRow]:
    """Cases that have changed since then: those the actor leads, is deputy in or has a task in; those that the actor's agency leads,
    for its triagers; and the newest that others have shared with agencies which seldom lead. Latest first.

    One query, and one for those agencies' newest cases.
    """
    shared = actor.has_role(*_SHOWN_WHAT_IS_SHARED)
    newest = [case_ids_newest(SHARED_LOOKED_AT)] if shared else []
    return [_case_row(*row) for row in _changed_rows(actor, since, *newest)]


def _case_row(ref: str, summary: str, status: str, band: str, at: dt.datetime, *facts: Any) -> CaseRow:
    return CaseRow(ref, summary or case_title(**dict(zip(_FACTS, facts, strict=True))), status, band, at)


@Prepared
def _changed_rows(actor: Actor, since: dt.datetime, *newest: list[int]) -> Any:
    triages = _triages(actor)
    tasked = Task.objects.visible_to(actor).filter(assignee_id=actor.user_id, closed_at=None)
    kinds = [Q(lead_worker_id=actor.user_id), Q(deputy_id=actor.user_id), Q(pk__in=tasked.values("case_id"))]
    if triages:
        kinds.append(Q(lead_agency_id__in=triages))
    if newest:
        kinds.append(Q(OneOf("pk", newest[0])) & ~Q(lead_agency_id__in=actor.agency_ids))
    # Each kind along an index of its own, so far as the list goes; only of what is left are the words read.
    parts = [_changed(actor, since).filter(kind).order_by("-updated_at")[: CHANGED + 1] for kind in kinds]
    found = Case.objects.visible_to(actor).filter(reduce(or_, (Q(AmongRows("pk", part)) for part in parts)))
    shown = text_shown(actor, F("pk"), F("summary"), case_written_by(actor))
    found = found.annotate(summary_shown=shown, **title_facts(actor)).order_by("-updated_at")[: CHANGED + 1]
    facts = ("strands", "title_behaviours", "district_id")
    return found.values_list("ref", "summary_shown", "status", "band", "updated_at", *facts)


_FACTS = ("strands", "behaviours", "district")
_SHOWN_WHAT_IS_SHARED = (Role.SUPPORT, Role.REPORTING_CENTRE, Role.PROGRAMME)


def _changed(actor: Actor, since: dt.datetime) -> Any:
    # In a case that was joined with another one there is nothing to do: what went stands there.
    return Case.objects.visible_to(actor).filter(updated_at__gt=since).exclude(status=CaseStatus.MERGED)


def notices_unread(actor: Actor, limit: int) -> list[Notice]:
    """The latest unread notices. One query."""
    return _notices(actor, limit=limit)


@Prepared
def _notices(actor: Actor, *, limit: int) -> QuerySet[Notice]:
    return Notice.objects.visible_to(actor).filter(read_at=None).order_by("-created_at", "-pk")[:limit]


def _triages(actor: Actor) -> list[int]:
    return [agency for agency in actor.agency_ids if actor.has_role(*TRIAGERS, agency_id=agency)]


_GOVERNANCE = (
    ("Audit", "Who saw and did what, the monthly sample, translations of letters to confirm", "/governance/"),
    ("Breaches", "Recalled shares, each with its 72 hours", "/breaches/"),
    ("Emergency access", "Open a case that cannot wait", "/emergency-access/"),
    ("Agreements", "Sharing agreements, and when they end", "/agreements/"),
)


def start_links(actor: Actor, *, configures: bool) -> list[StartLink]:
    """What somebody who works no cases may do: by role. No query."""
    links = []
    if actor.has_role(Role.STRATEGIC, Role.ANALYST, Role.GOVERNANCE):
        links.append(StartLink("The county’s figures", "Incidents, risk, deadlines and repeat victims", "/strategy/"))
    if actor.has_role(Role.GOVERNANCE):
        links += [StartLink(*link) for link in _GOVERNANCE]
    if actor.has_role(Role.AGENCY_ADMIN, Role.SYSTEM_ADMIN):
        links.append(StartLink("People", "Invite colleagues, change what they do, close accounts", "/people/"))
    if configures:
        links.append(StartLink("Configuration", "Agencies, districts, standards and bank holidays", "/admin/"))
    links.append(StartLink("Help", "How to do common things, and what the words mean", "/help/"))
    return links
