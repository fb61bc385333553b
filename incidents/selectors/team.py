"""A supervisor's team: who has what, what is late, and where the risk sits. Only what the supervisor may see counts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Exists, F, OuterRef

from agencies.models import User
from incidents.choices import OPEN_STATUSES, Band
from incidents.models import Case, Clock, Cover, Task
from incidents.scoping import supervises
from incidents.selectors.audience import colleagues
from incidents.selectors.text import case_written_by, task_asked_by, text_shown
from incidents.selectors.titles import title_facts, title_of
from kernel import clock
from kernel.actors import Actor
from kernel.errors import AbsentError
from kernel.keyset import KeysetPage, keyset_page

PAGE_SIZE = 25
NOBODY = 0
"""Stands for the worker of what nobody works yet."""
BANDS = (Band.HIGH, Band.MEDIUM, Band.STANDARD)


@dataclass
class Workload:
    """What one person holds, counted. `user_id` is 0 for what nobody holds yet."""

    user_id: int
    name: str
    here: bool = True
    cases: int = 0
    bands: dict[str, int] = field(default_factory=dict)
    tasks: int = 0
    late_tasks: int = 0
    late_clocks: int = 0
    away_until: dt.date | None = None
    covered_by: str = ""

    @property
    def high(self) -> int:
        """Open cases at high risk."""
        return self.bands.get(Band.HIGH, 0)

    @property
    def medium(self) -> int:
        """Open cases at medium risk."""
        return self.bands.get(Band.MEDIUM, 0)

    @property
    def standard(self) -> int:
        """Open cases at standard risk."""
        return self.bands.get(Band.STANDARD, 0)

    @property
    def unassessed(self) -> int:
        """Open cases without an assessment."""
        return self.bands.get("", 0)


def team_page(*, actor: Actor) -> list[Workload]:
    """The people of the agencies whose teams the actor answers for, with what each holds; whoever has most that is late
    stands first, and what nobody holds before all.

    Three queries, and one for the names of people who have left with work in their hands.
    """
    agencies = supervises(actor)
    rows = {person.pk: Workload(person.pk, person.name) for person in colleagues(agencies)}
    counted = _counted()
    missing = {user_id for _, user_id, *_ in counted if user_id} - rows.keys()
    for person in User.objects.filter(pk__in=missing) if missing else ():
        rows[person.pk] = Workload(person.pk, person.name, here=False)
    nobody = Workload(NOBODY, "")
    for what, user_id, band, number, late in counted:
        _add(rows.get(user_id or NOBODY, nobody), what, band, number, late)
    for cover in _covers(actor, agencies):
        if cover.away_id in rows:
            rows[cover.away_id].away_until, rows[cover.away_id].covered_by = cover.ends_on, cover.stands_in
    people = sorted(rows.values(), key=lambda one: (-one.late_clocks - one.late_tasks, -one.high, one.name))
    return [nobody, *people] if nobody.cases or nobody.tasks else people


def _counted() -> list[tuple[str, int | None, str, int, int]]:
    """The numbers for whoever the database session is for, by the narrow function."""
    with connection.cursor() as cursor:
        cursor.execute("select what, user_id, band, counted, late from hatecase_team(%s)", [clock.now()])
        found: list[tuple[str, int | None, str, int, int]] = cursor.fetchall()
    return found


def _add(row: Workload, what: str, band: str, number: int, late: int) -> None:
    if what == "case":
        row.cases += number
        row.bands[band] = row.bands.get(band, 0) + number
    elif what == "clock":
        row.late_clocks += late
    else:
        row.tasks += number
        row.late_tasks += late


def _covers(actor: Actor, agencies: list[int]) -> list[Any]:
    today = clock.today()
    rows = Cover.objects.visible_to(actor).filter(
        agency_id__in=agencies, ended_at=None, starts_on__lte=today, ends_on__gte=today
    )
    return list(rows.annotate(stands_in=F("covering__name")))


@dataclass(frozen=True)
class WorkerPage:
    """What one person of the team holds: open cases by receipt, and open tasks, soonest due first.

    `band` and `late` are what the cases are narrowed to; `late` narrows the tasks too.
    """

    user_id: int
    name: str
    cases: KeysetPage[Case]
    tasks: KeysetPage[Task]
    band: str
    late: bool


@dataclass(frozen=True)
class Marks:
    """From where a page of cases and one of tasks go on, as earlier pages gave it."""

    after: str = ""
    before: str = ""
    tasks_after: str = ""
    tasks_before: str = ""


FIRST = Marks()
"""The first page of both."""


def worker_page(
    *, actor: Actor, user_id: int, name: str = "", band: str = "", late: bool = False, marks: Marks = FIRST
) -> WorkerPage:
    """The open cases and tasks of one person of the team, or (0) what nobody holds yet. Raises AbsentError for
    somebody who neither works in the team nor holds anything there. Two queries for a colleague whose name is known
    already, three for others.
    """
    if user_id != NOBODY and not name:
        agencies = supervises(actor)
        person = User.objects.filter(pk=user_id, memberships__agency_id__in=agencies).distinct().first()
        if person is None:
            raise AbsentError
        name = person.name
    holder = user_id or None
    cases, tasks = _cases(actor, holder, band, late, marks), _tasks(actor, holder, late, marks)
    return WorkerPage(user_id, name, cases, tasks, band, late)


def _cases(actor: Actor, holder: int | None, band: str, late: bool, marks: Marks) -> KeysetPage[Case]:
    now = clock.now()
    over = Clock.objects.visible_to(actor).filter(
        case_id=OuterRef("pk"), closed_at=None, met_at=None, paused_at=None, due_at__lte=now
    )
    found = Case.objects.visible_to(actor).filter(
        lead_agency_id__in=supervises(actor), lead_worker_id=holder, status__in=OPEN_STATUSES
    )
    if band:
        found = found.filter(band="" if band == "none" else band)
    shown = text_shown(actor, F("pk"), F("summary"), case_written_by(actor))
    found = found.annotate(summary_shown=shown, late=Exists(over), **title_facts(actor)).select_related("deputy")
    if late:
        found = found.filter(late=True)
    page: KeysetPage[Case] = keyset_page(
        found, "received_at", size=PAGE_SIZE, descending=True, after=marks.after, before=marks.before
    )
    for case in page.rows:
        case.title = title_of(case, case.summary_shown)  # type: ignore[attr-defined]
    return page


def _tasks(actor: Actor, holder: int | None, late: bool, marks: Marks) -> KeysetPage[Task]:
    found = Task.objects.visible_to(actor).filter(agency_id__in=supervises(actor), assignee_id=holder, closed_at=None)
    shown = text_shown(actor, F("case_id"), F("title"), task_asked_by(actor))
    found = found.annotate(title_shown=shown).select_related("case")
    if late:
        found = found.filter(due_at__lte=clock.now())
    return keyset_page(found, "due_at", size=PAGE_SIZE, after=marks.tasks_after, before=marks.tasks_before)
