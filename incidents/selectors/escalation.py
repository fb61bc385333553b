"""What stands on the HASBAG chair's list: tasks and time limits five working days over (docs/domain.md §3.3)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, F, Value

from agencies.choices import Role
from incidents.choices import ClockKind
from incidents.models import Clock, Task
from incidents.rules.clocks import listed_before
from incidents.selectors.closing import STILL_ASKED, STILL_TIMED
from incidents.services.clock import holidays_all
from kernel import clock
from kernel.actors import Actor
from kernel.panels import Panel

MOST = 100
SHOWN = 5


@dataclass(frozen=True)
class OverdueRow:
    """One thing that is five working days over: what it is, in which case, and which agency it waits for."""

    kind: str
    ref: str
    case_ref: str
    label: str
    agency: str
    due_at: dt.datetime


def is_chair(actor: Actor) -> bool:
    """Whether there is such a list for the actor. No query."""
    return actor.has_role(Role.CHAIR)


def chair_list(*, actor: Actor) -> list[OverdueRow]:
    """What is five working days over in the chair's area, as far as the chair may see the cases: longest first.

    One query for both kinds, and one for the bank holidays where there may be something.
    """
    now = clock.now()
    # Five working days are seven days at least.
    before = now - dt.timedelta(days=6)
    rows = [OverdueRow(*row) for row in _tasks(actor, before).union(_clocks(actor, before), all=True)]
    if rows:
        before = listed_before(now, holidays_all())
    found = sorted((row for row in rows if row.due_at < before), key=lambda row: row.due_at)
    return [_worded(row) for row in found[:MOST]]


def chair_panel(actor: Actor, subject: object) -> Panel | None:
    """My work: what stands on the chair's list. One or two queries, for chairs only."""
    if not is_chair(actor):
        return None
    found = chair_list(actor=actor)
    return Panel("incidents/parts/chair.html", {"rows": found[:SHOWN], "count": len(found)}) if found else None


def _tasks(actor: Actor, before: dt.datetime) -> Any:
    rows = Task.objects.visible_to(actor).filter(STILL_ASKED, due_at__lt=before, case__district__area__in=actor.areas)
    what = Value("task", output_field=CharField())
    named = rows.annotate(what=what, said=Value("", output_field=CharField()), whose=F("agency__name"))
    return named.order_by("due_at").values_list("what", "ref", "case__ref", "said", "whose", "due_at")[:MOST]


def _clocks(actor: Actor, before: dt.datetime) -> Any:
    rows = Clock.objects.visible_to(actor).filter(
        STILL_TIMED,
        closed_at=None,
        met_at=None,
        paused_at=None,
        due_at__lt=before,
        case__district__area__in=actor.areas,
    )
    what = Value("clock", output_field=CharField())
    named = rows.annotate(what=what, own=F("case__ref"), said=F("kind"), whose=F("lead_agency__name"))
    return named.order_by("due_at").values_list("what", "own", "case__ref", "said", "whose", "due_at")[:MOST]


def _worded(row: OverdueRow) -> OverdueRow:
    label = "Task" if row.kind == "task" else str(ClockKind(row.label).label)
    return OverdueRow(row.kind, row.ref, row.case_ref, label, row.agency, row.due_at)
