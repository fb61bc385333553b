"""What a step of a task leaves behind: the step itself, the audit event, and notices to whom it concerns."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from agencies.services.notice import NoticeData, notices_create
from incidents.choices import TaskState
from incidents.choices.changes import TaskStepKind
from incidents.models import Task, TaskStep
from incidents.selectors.audience import decider_ids, spoc_ids
from incidents.services.common import agency_acting
from incidents.services.notice_end import task_key
from incidents.services.recipients import at_work
from kernel import audit, clock
from kernel.actors import Actor
from kernel.models import AuditOperation


def step_keep(
    actor: Actor,
    task: Task,
    kind: TaskStepKind,
    words: str = "",
    *,
    person_id: int | None = None,
    agency_id: int | None = None,
    by_agency: int | None = None,
) -> None:
    """Keep a step of a task, in the name of the agency that took it. One query."""
    if by_agency is None:
        doers = kind not in (TaskStepKind.OFFERED, TaskStepKind.WITHDRAWN, TaskStepKind.REOPENED)
        by_agency = task.agency_id if doers else agency_acting(actor, task.case)
    TaskStep(
        task=task,
        kind=kind,
        text=words,
        person_id=person_id,
        to_agency_id=agency_id,
        by_id=actor.user_id,
        agency_id=by_agency,
        at=clock.now(),
    ).save(force_insert=True)


def step_back(task: Task, kind: TaskStepKind, words: str = "", *, agency_id: int | None = None) -> None:
    """Keep that a task was taken from who had it, in nobody's name: it may be because of who may not know of the case.
    One query."""
    TaskStep(task=task, kind=kind, text=words, to_agency_id=agency_id, at=clock.now()).save(force_insert=True)


def task_record(
    actor: Actor,
    action: str,
    task: Task,
    operation: str = AuditOperation.ALTERATION,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Audit a step of a task. One query."""
    detail = {"case": task.case.ref, "agency": task.agency.code, "state": task.state}
    audit.record(actor, action, task, operation=operation, before=before, after=after, detail=detail)


def doers_tell(actor: Actor, task: Task, what: str = "", *, also: int | None = None) -> None:
    """Tell whoever is to do it: the person, else the agency's points of contact; and one person more, each once.
    Nobody is told of their own doing."""
    people = {also, *([task.assignee_id] if task.assignee_id else spoc_ids(task.agency_id))}
    what = what or ("is offered to you" if task.state == TaskState.OFFERED else "is yours to do")
    notices_create(_notice(task, user_id, what) for user_id in people if user_id and user_id != actor.user_id)


def before_tell(actor: Actor, task: Task, before: int | None) -> None:
    """Tell whoever had a task, or was offered it, that it is with somebody else now, or with nobody; not who gave it away
    themself, nor whom `doers_tell` told. The wall around notices asks whether they may still know of the case."""
    if not before or before in (task.assignee_id, actor.user_id):
        return
    if task.assignee_id:
        notices_create([_notice(task, before, "is with somebody else now")])
    elif before not in spoc_ids(task.agency_id):
        notices_create([_notice(task, before, "waits again for somebody to do it")])


def asker_tell(actor: Actor, task: Task, what: str, *, mail: bool = True) -> None:
    """Tell whoever asked, and who covers for them; where there is nobody, their agency's points of contact."""
    agency_id = task.asked_by_agency_id
    people = (at_work(agency_id, [task.asked_by_id]) or spoc_ids(agency_id)) if agency_id else []
    notices_create(_notice(task, user_id, what, mail=mail) for user_id in people if user_id != actor.user_id)


def back_tell(actor: Actor, task: Task, gone: Collection[int]) -> None:
    """Tell the points of contact of the agency that does a task, and whoever asked for it or their points of contact,
    that nobody is doing it now; not those who are gone, nor why they are. Where an agency has no other point of contact,
    its managers. Four queries at most."""
    asker = {task.asked_by_id} if task.asked_by_id and task.asked_by_id not in gone else set()
    people = {*_answering(task.agency_id, gone), *asker}
    if not asker and task.asked_by_agency_id:
        people |= _answering(task.asked_by_agency_id, gone)
    what = "waits again for somebody to do it"
    notices_create(_notice(task, user_id, what) for user_id in sorted(people - {actor.user_id}))


def _answering(agency_id: int, gone: Collection[int]) -> set[int]:
    return set(spoc_ids(agency_id)) - set(gone) or set(decider_ids(agency_id)) - set(gone)


def _notice(task: Task, user_id: int, what: str, *, mail: bool = True) -> NoticeData:
    # Each event is one notice: the row's lock lets it happen once.
    key = f"{task_key(task)}{uuid.uuid4().hex}"
    return NoticeData(
        user_id, key, "task", f"{task.ref} in {task.case.ref} {what}", f"/tasks/{task.ref}/", task.case_id, mail
    )
