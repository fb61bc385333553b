"""Who may know the further people of a case, and how its people stand to one another (docs/domain.md §5.4)."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Q, Value

from agencies.choices import Side
from incidents.models import InvolvedPerson, PersonTie
from incidents.scoping.opening import CaseKnows, through_case
from kernel.actors import Actor
from kernel.scoping import scope


@scope(InvolvedPerson)
def _involved(queryset: Any, actor: Actor) -> Any:
    rows = through_case(queryset, actor)
    if actor.sides == {Side.BOTH.value}:
        return rows
    return rows.filter(Q(side=Side.BOTH) | Q(CaseKnows("case_id", F("side"))))


@scope(PersonTie)
def _ties(queryset: Any, actor: Actor) -> Any:
    rows = through_case(queryset, actor)
    if actor.sides == {Side.BOTH.value}:
        return rows
    knows = {side: Q(CaseKnows("case_id", Value(side.value))) for side in (Side.VICTIM, Side.PERPETRATOR)}
    return rows.filter(
        Q(needs_victim=False) | knows[Side.VICTIM], Q(needs_perpetrator=False) | knows[Side.PERPETRATOR]
    )
