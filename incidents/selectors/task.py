"""Tasks as pages show them: lists by keyset, and one task with what its reader may do with it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, F, Q, QuerySet, Value

from incidents.choices import TASK_STEPS, CaseStatus, Level, TaskKind, TaskState
from incidents.models import Case, Task
from incidents.rules.task import vague
from incidents.scoping import asked_for_task, does_task, may_direct_task
from incidents.selectors.text import task_asked_by, task_closed_by, text_shown
from kernel import clock
from kernel.actors import Actor
from kernel.keyset import KeysetPage, keyset_page
from kernel.prepared import Prepared
from kernel.references import reference_normalise

PAGE_SIZE = 25
MINE, AGENCY, ASKED = "mine", "agency", "asked"
BOXES = ((MINE, "Asked of me"), (AGENCY, "Asked of my agency"), (ASKED, "Waiting for others"))
OPEN, WAITING, DONE = "open", "waiting", "done"
STATES = ((OPEN, "Open"), (WAITING, "Not answered yet"), (DONE, "Finished"))
_AWAITED = Q(closed_at=None) | Q(state=TaskState.DECLINED)
"""What others have not done for whoever asked; a declined task is offered again or withdrawn."""
_IN_HAND = Q(closed_at=None) | ~Q(case__status=CaseStatus.CLOSED)
COUNTED = 99
"""So far an open list is counted: beyond it the number says no more."""


@dataclass(frozen=True)
class TaskRow:
    """One task as a list shows it."""

    ref: str
    title: str
    case_ref: str
    agency: str
    assignee: str
    asked_by: str
    state: str
    due_at: dt.datetime
    closed_at: dt.datetime | None
    overdue: bool
    created_at: dt.datetime | None = None
    assignee_id: int | None = None
    referral: bool = False

    @property
    def mark(self) -> str:
        """The task as it stood when the list was read, for whoever chooses several at once."""
        return f"{self.ref}~{self.state}~{self.assignee_id or 0}"

    @property
    def handed_back(self) -> bool:
        """Whether it waits for whoever asked: it was declined."""
        return self.state == TaskState.DECLINED

    @property
    def can_change(self) -> bool:
        """Whether there is a step that could be taken with it."""
        return self.closed_at is None

    @property
    def state_label(self) -> str:
        """How it stands, in words."""
        return str(TaskState(self.state).label)


@dataclass(frozen=True)
class TaskPage:
    """One task: its words as this reader may see them, and what the reader may do with it."""

    task: Task
    title: str
    detail: str
    outcome: str
    overdue: bool
    vague: bool
    may: frozenset[str]


def tasks_page(
    *,
    actor: Actor,
    box: str = MINE,
    state: str = OPEN,
    who: int | None = None,
    late: bool = False,
    after: str = "",
    before: str = "",
) -> KeysetPage[Task]:
    """A page of tasks: the actor's own, the agency's, or those asked of others. Open ones by when they are due, what
    others have not finished by when it was asked, finished ones latest first; each with `title_shown`. What was declined
    in a case that is not closed is not finished for whoever asked. `who` leaves those of one person, or (0) of nobody
    yet, `late` of the open ones what should have been done by now. One query, along an index of its own.
    """
    found = _boxes(Task.objects.visible_to(actor), actor, box).select_related(
        "case", "agency", "assignee", "asked_by_agency"
    )
    found = found.annotate(title_shown=text_shown(actor, F("case_id"), F("title"), task_asked_by(actor)))
    if who is not None:
        found = found.filter(assignee_id=who or None)
    if state == DONE:
        done = found.filter(closed_at__isnull=False)
        if box == ASKED:
            done = done.exclude(_IN_HAND, state=TaskState.DECLINED)
        return keyset_page(done, "closed_at", size=PAGE_SIZE, descending=True, after=after, before=before)
    waiting = _unfinished(found, box)
    if state == WAITING:
        waiting = waiting.filter(state=TaskState.OFFERED)
    if late:
        waiting = waiting.filter(due_at__lte=clock.now())
    moment = "created_at" if box == ASKED else "due_at"
    return keyset_page(waiting, moment, size=PAGE_SIZE, after=after, before=before)


def tasks_counts(*, actor: Actor) -> dict[str, int]:
    """How many open tasks there are in each box, counted as far as `COUNTED` and one more. One query."""
    found = [row[0] for row in _counts(actor)]
    return {box: found.count(box) for box, _ in BOXES}


@Prepared
def _counts(actor: Actor) -> Any:
    first, *others = [
        _unfinished(_boxes(Task.objects.visible_to(actor), actor, box), box)
        .order_by()
        .values_list(Value(box, output_field=CharField()))[: COUNTED + 1]
        for box, _ in BOXES
    ]
    return first.union(*others, all=True)


def _unfinished(tasks: QuerySet[Task], box: str) -> QuerySet[Task]:
    return tasks.filter(_AWAITED).filter(_IN_HAND) if box == ASKED else tasks.filter(closed_at=None)


def _boxes(tasks: Any, actor: Actor, box: str) -> QuerySet[Task]:
    agencies = list(actor.agency_ids)
    if box == AGENCY:
        return tasks.filter(agency_id__in=agencies)
    if box == ASKED:
        return tasks.filter(asked_by_agency_id__in=agencies).filter(
            ~Q(agency_id__in=agencies) | Q(state=TaskState.DECLINED)
        )
    return tasks.filter(assignee_id=actor.user_id or 0)


def task_row(task: Any, now: dt.datetime) -> TaskRow:
    """One task of `tasks_page` in words. No query."""
    return TaskRow(
        ref=task.ref,
        title=task.title_shown,
        case_ref=task.case.ref,
        agency=task.agency.name,
        assignee=task.assignee.name if task.assignee else "",
        asked_by=task.asked_by_agency.name if task.asked_by_agency else "",
        state=task.state,
        due_at=task.due_at,
        closed_at=task.closed_at,
        overdue=task.closed_at is None and task.due_at <= now,
        created_at=task.created_at,
        assignee_id=task.assignee_id,
        referral=task.kind == TaskKind.REFERRAL,
    )


def task_get(*, actor: Actor, ref: str) -> Task:
    """A task by its reference, however it is typed. Raises Task.DoesNotExist. One query."""
    return (
        Task.objects.visible_to(actor)
        .select_related("case", "agency", "assignee", "asked_by", "asked_by_agency", "closed_by")
        .annotate(
            title_shown=text_shown(actor, F("case_id"), F("title"), task_asked_by(actor)),
            detail_shown=text_shown(actor, F("case_id"), F("detail"), task_asked_by(actor)),
            outcome_shown=text_shown(actor, F("case_id"), F("outcome"), task_closed_by(actor)),
        )
        .get(ref=reference_normalise(ref, "HT") or "")
    )


def task_titles(actor: Actor, refs: list[str]) -> dict[str, str]:
    """What tasks are called, by their references, as the actor may read it; nothing of one that they may not know of. One
    query where there is a task among the references, else none."""
    wanted = [ref for ref in refs if ref.startswith("HT-")]
    if not wanted:
        return {}
    rows = Task.objects.visible_to(actor).filter(ref__in=wanted)
    shown = text_shown(actor, F("case_id"), F("title"), task_asked_by(actor))
    return dict(rows.annotate(title_shown=shown).values_list("ref", "title_shown"))


def task_page(*, actor: Actor, task: Any, level: Level | None) -> TaskPage:
    """A task of `task_get` for its page. `level` is the actor's level on the case. No query."""
    return TaskPage(
        task=task,
        title=task.title_shown,
        detail=task.detail_shown,
        outcome=task.outcome_shown,
        overdue=task.closed_at is None and task.due_at <= clock.now(),
        vague=TaskState(task.state).is_open and vague(task.title),
        may=steps_of(actor, task, level) & _possible(task),
    )


ACCEPT, START, DECLINE, COMPLETE, REASSIGN = "accept", "start", "decline", "complete", "reassign"
WITHDRAW, OFFER, REWORD = "withdraw", "offer", "reword"


def steps_of(actor: Actor, task: Task, level: Level | None) -> frozenset[str]:
    """Which steps are the actor's to take in a task at all, however it stands at the moment. No query."""
    steps: set[str] = set()
    if does_task(actor, task):
        steps |= {ACCEPT, START, DECLINE, COMPLETE, REASSIGN}
    if level is not None and level.covers(Level.CONTRIBUTE):
        steps |= {WITHDRAW, OFFER} if may_direct_task(actor, task) else set()
        steps |= {REWORD} if asked_for_task(actor, task) else set()
    return frozenset(steps)


def _possible(task: Task) -> frozenset[str]:
    """Which steps the task can take as it stands."""
    state = TaskState(task.state)
    possible = {verb for target, verb in _BY_STATE.items() if target in TASK_STEPS[state]}
    if state.is_open:
        possible |= {REASSIGN, REWORD}
    if not CaseStatus(task.case.status).is_open:
        possible -= {OFFER}
    return frozenset(possible)


_BY_STATE = {
    TaskState.ACCEPTED: ACCEPT,
    TaskState.IN_PROGRESS: START,
    TaskState.DECLINED: DECLINE,
    TaskState.DONE: COMPLETE,
    TaskState.WITHDRAWN: WITHDRAW,
    TaskState.OFFERED: OFFER,
}


def case_for_task(*, actor: Actor, ref: str) -> Case:
    """The case in which a task is to be asked. Raises Case.DoesNotExist out of scope. One query."""
    return Case.objects.visible_to(actor).select_related("lead_agency").get(ref=reference_normalise(ref, "HC") or "")


@dataclass(frozen=True)
class WorkTasks:
    """What My work shows of tasks: the actor's own, what is offered to their agencies and nobody has taken on, and what
    they asked and was declined."""

    mine: list[TaskRow]
    offered: list[TaskRow]
    declined: list[TaskRow]


def work_tasks(actor: Actor, mine: int, offered: int) -> WorkTasks:
    """The tasks that wait for the actor; due first, so many of each. One query, along partial indexes."""
    now = clock.now()
    found = sorted(_work_rows(actor, mine=mine, offered=offered), key=lambda row: row[-1])
    rows = [_work_row(row, now) for row in found]
    back = [row for row in rows if row.handed_back]
    others = [row for row in rows if not row.handed_back]
    own = [row for row in others if row.assignee_id is not None]
    return WorkTasks(own, [row for row in others if row.assignee_id is None], back)


@Prepared
def _work_rows(actor: Actor, *, mine: int, offered: int) -> Any:
    own = _work(Q(assignee_id=actor.user_id or 0, closed_at=None), actor, mine)
    new = Q(agency_id__in=actor.agency_ids, assignee=None, state=TaskState.OFFERED, closed_at=None)
    back = Q(asked_by_id=actor.user_id or 0, state=TaskState.DECLINED) & _IN_HAND
    return own.union(_work(new, actor, offered), _work(back, actor, offered), all=True)


_WORK = ("ref", "title_shown", "case__ref", "agency__name", "assignee_id", "asked_by_agency__name", "state", "due_at")


def _work(which: Q, actor: Actor, limit: int) -> Any:
    found = Task.objects.visible_to(actor).filter(which)
    found = found.annotate(title_shown=text_shown(actor, F("case_id"), F("title"), task_asked_by(actor)))
    return found.order_by("due_at", "pk").values_list(*_WORK)[:limit]


def _work_row(row: Any, now: dt.datetime) -> TaskRow:
    ref, title, case_ref, agency, assignee_id, asked_by, state, due_at = row
    late = due_at <= now and state != TaskState.DECLINED
    return TaskRow(
        ref, title, case_ref, agency, "", asked_by or "", state, due_at, None, late, assignee_id=assignee_id
    )
