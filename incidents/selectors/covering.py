"""What somebody finds in My work because they stand in for a colleague: that colleague's tasks and time limits."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import F, Q

from incidents.choices import ClockKind
from incidents.models import Clock, Cover, Task
from incidents.selectors.allocation import covers_now
from incidents.selectors.closing import STILL_TIMED
from incidents.selectors.text import task_asked_by, text_shown
from kernel import clock
from kernel.actors import Actor
from kernel.panels import Panel

SHOWN = 10


@dataclass(frozen=True)
class CoveredRow:
    """One task or time limit of somebody who is away."""

    kind: str
    ref: str
    case_ref: str
    title: str
    due_at: dt.datetime
    overdue: bool


@dataclass(frozen=True)
class Covered:
    """Somebody for whom the reader stands in, until when, and what presses."""

    name: str
    until: dt.date
    note: str
    tasks: list[CoveredRow]
    clocks: list[CoveredRow]


def covered_work(*, actor: Actor) -> list[Covered]:
    """For whom the actor stands in today, each with open tasks and pressing time limits as far as the actor may see
    the cases. One query, and two where there is cover.
    """
    covers = covers_now(actor)
    if not covers:
        return []
    now = clock.now()
    tasks, clocks = _tasks(actor, covers, now), _clocks(actor, covers, now)
    return [
        Covered(
            cover.away_name,  # type: ignore[attr-defined]
            cover.ends_on,
            cover.note,
            [row for who, row in tasks if who == (cover.agency_id, cover.away_id)],
            [row for who, row in clocks if who[0] == cover.agency_id and cover.away_id in who[1:]],
        )
        for cover in covers
    ]


def covering_panel(actor: Actor, subject: object) -> Panel | None:
    """My work: what presses for those for whom the actor stands in. One query, and two where there is cover."""
    covered = covered_work(actor=actor)
    return Panel("incidents/parts/covering.html", {"covered": covered}) if covered else None


def _tasks(actor: Actor, covers: list[Cover], now: dt.datetime) -> list[tuple[tuple[int, ...], CoveredRow]]:
    whose = Q()
    for cover in covers:
        whose |= Q(agency_id=cover.agency_id, assignee_id=cover.away_id)
    found = Task.objects.visible_to(actor).filter(whose, closed_at=None)
    found = found.annotate(title_shown=text_shown(actor, F("case_id"), F("title"), task_asked_by(actor)))
    fields = ("agency_id", "assignee_id", "ref", "case__ref", "title_shown", "due_at")
    rows = found.order_by("due_at", "pk").values_list(*fields)
    return [
        ((agency_id, who), CoveredRow("task", ref, case_ref, title, due_at, due_at <= now))
        for agency_id, who, ref, case_ref, title, due_at in rows[: SHOWN * len(covers)]
    ]


def _clocks(actor: Actor, covers: list[Cover], now: dt.datetime) -> list[tuple[tuple[int, ...], CoveredRow]]:
    whose = Q()
    for cover in covers:
        works = Q(case__lead_worker_id=cover.away_id) | Q(case__deputy_id=cover.away_id)
        whose |= Q(lead_agency_id=cover.agency_id) & works
    found = Clock.objects.visible_to(actor).filter(
        whose, STILL_TIMED, closed_at=None, met_at=None, paused_at=None, amber_at__lte=now
    )
    rows = found.order_by("-due_at", "pk").values_list(
        "lead_agency_id", "case__lead_worker_id", "case__deputy_id", "case__ref", "kind", "due_at"
    )
    return [
        (
            (agency_id, lead or 0, deputy or 0),
            CoveredRow("clock", ref, ref, str(ClockKind(kind).label), due, due <= now),
        )
        for agency_id, lead, deputy, ref, kind, due in rows[: SHOWN * len(covers)]
    ]
