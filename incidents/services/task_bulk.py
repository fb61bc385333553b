"""The same step for several tasks: each is decided by itself, under its own lock, as it stands at that moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from agencies.models import User
from incidents.choices import TaskState
from incidents.models import Task
from incidents.services.task import task_accept, task_reassign, task_start
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError

ACCEPT, START, GIVE = "accept", "start", "give"
MOST = 50


@dataclass(frozen=True)
class Chosen:
    """A task as whoever chose it saw it: its reference, how it stood, and with whom it was."""

    ref: str
    state: str
    assignee_id: int | None

    @classmethod
    def parse(cls, mark: str) -> Chosen | None:
        """A row's mark as the list wrote it; None for anything else."""
        ref, _, rest = mark.partition("~")
        state, _, person = rest.partition("~")
        if state not in TaskState.values or not person.isdecimal() or len(person) > 9:
            return None
        return cls(ref, state, int(person) or None)


@dataclass(frozen=True)
class Outcome:
    """What became of one task: done, or a sentence that says why not."""

    ref: str
    refusal: str = ""


def tasks_step(*, actor: Actor, verb: str, chosen: Iterable[Chosen], assignee: User | None = None) -> list[Outcome]:
    """Accept tasks, mark them as in progress, or give them to a colleague; answers for each what became of it.

    One that has changed since it was chosen stays as it is. Raises RuleError where nothing is chosen, more than fifty
    are, or nobody is named to give them to. About ten queries a task.
    """
    rows = list({row.ref: row for row in chosen}.values())
    if not rows:
        raise RuleError("Select at least one task.", "tasks")
    if len(rows) > MOST:
        raise RuleError(f"Select no more than {MOST} tasks at a time.", "tasks")
    if verb not in (ACCEPT, START, GIVE):
        raise RuleError("Choose what to do with the tasks.", "verb")
    if verb == GIVE and assignee is None:
        raise RuleError("Choose the colleague who is to do them.", "assignee")
    # In the order of their references, so that two people who choose the same do not wait for each other.
    return [_one(actor, verb, row, assignee) for row in sorted(rows, key=lambda row: row.ref)]


def _one(actor: Actor, verb: str, row: Chosen, assignee: User | None) -> Outcome:
    try:
        with transaction.atomic():
            task = Task.objects.visible_to(actor).select_for_update(of=("self",)).get(ref=row.ref)
            if (task.state, task.assignee_id) != (row.state, row.assignee_id):
                return Outcome(row.ref, _changed(task, row))
            _step(actor, verb, task, assignee)
    except Task.DoesNotExist:
        return Outcome(row.ref, "You cannot open this task any more.")
    except (RuleError, ForbiddenError) as error:
        return Outcome(row.ref, str(error))
    return Outcome(row.ref)


def _step(actor: Actor, verb: str, task: Task, assignee: User | None) -> None:
    if verb == ACCEPT:
        task_accept(actor=actor, task=task)
    elif verb == START:
        task_start(actor=actor, task=task)
    else:
        task_reassign(actor=actor, task=task, assignee=assignee)


def _changed(task: Task, chosen: Chosen) -> str:
    moved = task.assignee is not None and task.assignee_id != chosen.assignee_id
    where = f" and is with {task.assignee.name}" if moved and task.assignee else ""
    return f"Changed while you were choosing: it is now “{TaskState(task.state).label}”{where}. Nothing was done."
