"""Who may know what was posted, and by whom (docs/domain.md §1.4, §10.3)."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, Value

from agencies.choices import Side
from incidents.models import OnlineAccount, OnlinePost
from incidents.scoping.opening import CaseKnows, through_case
from kernel.actors import Actor
from kernel.scoping import scope


@scope(OnlinePost)
def _posts(queryset: Any, actor: Actor) -> Any:
    """Those of cases that one may see."""
    return through_case(queryset, actor)


@scope(OnlineAccount)
def _accounts(queryset: Any, actor: Actor) -> Any:
    """Those of cases in which one may know alleged perpetrators."""
    rows = through_case(queryset, actor)
    if actor.sides == {Side.BOTH.value}:
        return rows
    return rows.filter(Q(CaseKnows("case_id", Value(Side.PERPETRATOR.value))))
