"""Who may know of what changed in a case, and of the steps of a task (docs/domain.md §5.4)."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, Value

from agencies.choices import Side
from incidents.choices.changes import ChangeReaders
from incidents.models import CaseChange, JustDecided, Task, TaskStep
from incidents.scoping.opening import DECIDERS, TRIAGERS, CaseKnows, agencies_as, through_case
from kernel.actors import Actor
from kernel.scoping import scope


@scope(CaseChange)
def _changes(queryset: Any, actor: Actor) -> Any:
    """Those of cases that one may see: of a side's people to who may know them there, and some to the lead agency's
    triagers or deciders alone."""
    rows = through_case(queryset, actor)
    told = Q(readers=ChangeReaders.EVERYBODY)
    for readers, roles in ((ChangeReaders.TRIAGERS, TRIAGERS), (ChangeReaders.DECIDERS, DECIDERS)):
        if agencies := agencies_as(actor, *roles):
            told |= Q(readers=readers, case__lead_agency_id__in=agencies)
    rows = rows.filter(told)
    if actor.sides == {Side.BOTH.value}:
        return rows
    knows = {side: Q(CaseKnows("case_id", Value(side.value))) for side in (Side.VICTIM, Side.PERPETRATOR)}
    return rows.filter(
        Q(needs_victim=False) | knows[Side.VICTIM], Q(needs_perpetrator=False) | knows[Side.PERPETRATOR]
    )


@scope(TaskStep)
def _steps(queryset: Any, actor: Actor) -> Any:
    """The steps of a task are for whoever may know of the task."""
    return queryset.filter(Exists(Task.objects.visible_to(actor).filter(pk=OuterRef("task_id"))))


@scope(JustDecided)
def _just_decided(queryset: Any, actor: Actor) -> Any:
    """One's own alone, in cases that one may see."""
    return through_case(queryset.filter(by_id=actor.user_id or 0), actor)
