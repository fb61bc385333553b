"""What was done with a task, step by step, as a reader may know it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from incidents.choices.changes import TaskStepKind
from incidents.models import Task, TaskStep
from incidents.scoping import in_case
from incidents.selectors.chronology_changes import step_title, step_words, steps_told
from incidents.selectors.text import agency_told, person_told
from kernel.actors import Actor

SHOWN = 50


@dataclass(frozen=True)
class StepRow:
    """One step: what was done, by whom, when, and in which words; `before` that these are the words of before."""

    title: str
    by: str
    at: dt.datetime
    words: str
    before: bool


def task_steps(*, actor: Actor, task: Task) -> list[StepRow]:
    """The latest steps of a task from `task_get`, oldest first. One query, and one for somebody of agencies of different
    sides. A step taken by an agency of a side that the actor is not told of is absent, as its comments are.
    """
    knows = in_case(actor, task.case)
    rows = steps_told(knows, TaskStep.objects.visible_to(actor).filter(task=task))
    # What was said stands beneath them, with its words.
    rows = rows.exclude(kind=TaskStepKind.COMMENTED)
    rows = rows.annotate(
        said=step_words(knows),
        who=person_told(knows, "by"),
        whose=agency_told(knows, "agency"),
        given=person_told(knows, "person"),
        to=agency_told(knows, "to_agency"),
    )
    found = rows.order_by("-at", "-pk").values_list("kind", "said", "who", "whose", "given", "to", "at")[:SHOWN]
    return [
        StepRow(
            # Who accepts a task for themself is named once.
            title=_title(kind, "" if kind == TaskStepKind.ACCEPTED and given == who else given, to),
            by=", ".join(filter(None, (who, whose))),
            at=at,
            words=said or "",
            before=kind == TaskStepKind.REWORDED,
        )
        for kind, said, who, whose, given, to, at in reversed(found)
    ]


def _title(kind: str, given: str | None, to: str | None) -> str:
    title = step_title(kind, given or "", to or "")
    return title[:1].upper() + title[1:]
