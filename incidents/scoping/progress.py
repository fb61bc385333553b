"""Who may see the referrals, plans, events, pauses and closings of a case."""

from __future__ import annotations

from typing import Any

from django.db.models import Value

from agencies.choices import Side
from incidents.models import ActionPlan, CaseClosure, ClockPause, KeyEvent, SupportReferral, UpdateAgreement
from incidents.models.progress import Struck
from incidents.scoping.opening import CaseKnows, through_case
from kernel.actors import Actor
from kernel.scoping import scope


def _victims_side(queryset: Any, actor: Actor) -> Any:
    """What tells of the victim: for who may know victims in that very case."""
    rows = _standing(through_case(queryset, actor))
    if actor.sides == {Side.BOTH.value}:
        return rows
    return rows.filter(CaseKnows("case_id", Value(Side.VICTIM.value)))


def _standing(rows: Any) -> Any:
    """Less what was taken back by who had just added it: nobody reads that."""
    return rows.filter(struck_at=None) if issubclass(rows.model, Struck) else rows


@scope(KeyEvent)
def _events(queryset: Any, actor: Actor) -> Any:
    return _standing(through_case(queryset, actor))


for _model in (SupportReferral, ActionPlan, UpdateAgreement, ClockPause):
    scope(_model)(_victims_side)

scope(CaseClosure)(through_case)
