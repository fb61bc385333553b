"""Who may read and write letters, and keep their templates."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, Value

from agencies.choices import Side
from agencies.scoping import governs
from incidents.models import Letter, LetterTemplate
from incidents.scoping.opening import DECIDERS, CaseKnows, agencies_as, through_case
from kernel.actors import Actor
from kernel.scoping import scope


@scope(LetterTemplate)
def _templates(queryset: Any, actor: Actor) -> Any:
    """The county's, and those of one's own agencies."""
    if actor.user_id is None and not actor.agency_ids:
        return queryset.none()
    return queryset.filter(Q(agency=None) | Q(agency_id__in=actor.agency_ids))


@scope(Letter)
def _letters(queryset: Any, actor: Actor) -> Any:
    """What one's own agency wrote in a case that one may see, whose victims one may know there; less what was struck."""
    rows = through_case(queryset.filter(agency_id__in=actor.agency_ids, struck_at=None), actor)
    return rows.filter(CaseKnows("case_id", Value(Side.VICTIM.value)))


def template_agencies(actor: Actor) -> list[int]:
    """The agencies whose templates the actor keeps: as point of contact, deputy or manager."""
    return agencies_as(actor, *DECIDERS)


def checks_county_templates(actor: Actor) -> bool:
    """Whether the actor confirms that a translation of the county's was checked: information governance."""
    return governs(actor)
