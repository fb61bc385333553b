"""What the API of a case begins with: who may see it, who may do what, and that a view of it is told where it must be."""

from __future__ import annotations

from incidents.models import Case, Task
from incidents.selectors import case_api
from incidents.selectors.task_api import task_by_ref
from incidents.services.watch import case_watch
from kernel.actors import Actor
from kernel.errors import AbsentError


def case_or_404(actor: Actor, ref: str) -> Case:
    """The case of an answer, with the caller's level. Raises AbsentError for absent and out of scope alike."""
    case = case_api.case_or_404(actor, ref)
    case_watch(actor=actor, case=case)
    return case


def case_to(actor: Actor, ref: str, ability: str) -> Case:
    """A case in which the caller may do something (a field of `Abilities`), were it open. Raises AbsentError, or
    ForbiddenError where they may see it but not do this."""
    case = case_api.case_to(actor, ref, ability)
    case_watch(actor=actor, case=case)
    return case


def task_or_404(actor: Actor, ref: str) -> Task:
    """A task with its case. Raises AbsentError for absent and out of scope alike."""
    try:
        task = task_by_ref(actor, ref)
    except Task.DoesNotExist:
        raise AbsentError from None
    case_watch(actor=actor, case=task.case)
    return task
