"""Tasks of a case that a decision closes: nothing stays open in it, and whoever was to do it is told."""

from __future__ import annotations

from incidents.choices import TaskState
from incidents.choices.changes import TaskStepKind
from incidents.models import Case
from incidents.services.task_trace import doers_tell, step_keep, task_record
from kernel import clock
from kernel.actors import Actor

_OPEN = [state.value for state in TaskState if state.is_open]


def tasks_end(*, actor: Actor, case: Case, why: str) -> int:
    """Withdraw every task that is open in a case that the caller holds, also those of which the actor is not told;
    answers how many. Whoever was to do one and whoever asked for it is told, each once.

    A support referral that one of them was stays as it was sent, and the clock that it met stays met (docs/domain.md
    §1.4). Six queries a task.
    """
    rows = list(
        case.tasks.filter(state__in=_OPEN).select_related("agency").select_for_update(of=("self",)).order_by("pk")
    )
    for task in rows:
        task.case, before = case, {"state": task.state}
        task.state, task.outcome = TaskState.WITHDRAWN, why
        task.closed_at, task.closed_by_id = clock.now(), actor.user_id
        task.save(update_fields=["state", "outcome", "closed_at", "closed_by"])
        task_record(actor, "task.withdraw", task, before=before, after={"state": task.state})
        step_keep(actor, task, TaskStepKind.WITHDRAWN, why)
        doers_tell(actor, task, "was withdrawn: the case was closed", also=task.asked_by_id)
    return len(rows)
