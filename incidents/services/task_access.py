"""Tasks follow who can open their case: nobody goes on having to do what they can no longer see (docs/domain.md §5.5).

What becomes of a task is decided in one place: another colleague of its agency can open the case, so it waits there for
somebody to take it on; or nobody of it can, so it goes back to who asked for it, or to the lead agency.
"""

from __future__ import annotations

from collections.abc import Collection

from agencies.models import Membership
from incidents.choices import TaskState
from incidents.choices.changes import ChangeKind, TaskStepKind
from incidents.models import Case, Task
from incidents.selectors.openers import openers, staff_able
from incidents.services.change import change_tell
from incidents.services.common import case_touch
from incidents.services.task_return import tasks_return
from incidents.services.task_trace import back_tell, step_back, task_record
from kernel.actors import Actor

_OPEN = [state.value for state in TaskState if state.is_open]


def tasks_follow(actor: Actor, case: Case, *, out: Collection[int] = ()) -> None:
    """Take the open tasks of a case from who cannot open it: as it stands, or will stand without the people `out`.

    Seven queries at most where tasks are open, one for each agency that does them, and about eight for each task that
    comes back.
    """
    tasks = list(case.tasks.filter(state__in=_OPEN).select_related("agency", "case").order_by("pk"))
    if not tasks:
        return
    found = openers(case)
    able: dict[int, set[int]] = {}
    for task in tasks:
        if task.agency_id not in able:
            able[task.agency_id] = staff_able(case, task.agency, found) - set(out)
        if not able[task.agency_id]:
            tasks_return(actor=actor, tasks=case.tasks.filter(pk=task.pk))
        elif task.assignee_id is not None and task.assignee_id not in able[task.agency_id]:
            _wait_again(actor, task, out)


def _wait_again(actor: Actor, task: Task, out: Collection[int]) -> None:
    """Nobody has taken it on any more: it waits at its agency, whose points of contact are told, and so is who asked."""
    before = {"assignee": task.assignee_id, "state": task.state}
    gone = {*out, *([task.assignee_id] if task.assignee_id else [])}
    task.assignee, task.accepted_at, task.state = None, None, TaskState.OFFERED
    task.save(update_fields=["assignee", "accepted_at", "state"])
    case_touch(task.case)
    step_back(task, TaskStepKind.OFFERED)
    task_record(actor, "task.return", task, before=before, after={"assignee": None, "state": task.state})
    back_tell(actor, task, gone)


def people_of(agency_id: int) -> set[int]:
    """Everybody who has a place in an agency: a conflict of interest of the agency is theirs as well. One query."""
    return set(Membership.objects.filter(agency_id=agency_id, is_active=True).values_list("user_id", flat=True))


def workers_empty(actor: Actor, case: Case, out: Collection[int | None]) -> None:
    """Nobody of these leads a case or is its deputy any more; the chronology says so. Two queries for each place.

    Without a lead worker it stands in the triage inbox, as a case that nobody works.
    """
    for name, change in (("lead_worker", ChangeKind.LEAD_WORKER), ("deputy", ChangeKind.DEPUTY)):
        held = getattr(case, f"{name}_id")
        if held is not None and held in out:
            setattr(case, name, None)
            case.save(update_fields=[name])
            change_tell(actor, case, change)
