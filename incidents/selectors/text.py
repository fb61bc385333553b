"""What a reader of one side may not know: names in free text, and agencies whose part would tell the other side's.

Rules: docs/domain.md §5.3, §5.4, §5.5.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Case as Choose
from django.db.models import CharField, Exists, F, Func, OuterRef, Q, TextField, Value, When
from django.db.models.expressions import Combinable

from agencies.choices import Side
from agencies.models import Membership
from incidents.scoping import hidden_sides
from kernel.actors import Actor


class TextShown(Func):
    """The narrow function `hatecase_text_shown(case id, text)`."""

    function = "hatecase_text_shown"
    output_field = TextField()


def knows_both_sides(actor: Actor) -> bool:
    """Whether every agency of the actor may know both sides, so that nobody's name has to be kept from them."""
    return actor.sides == {Side.BOTH}


def text_shown(actor: Actor, case_id: Combinable, text: Combinable) -> Any:
    """An expression for a text column: as it stands for who may know both sides, else without the other's names."""
    return text if knows_both_sides(actor) else TextShown(case_id, text)


def agency_told(actor: Actor, path: str) -> Any:
    """An expression for the name of the agency that a row's `path` leads to: empty for one of a side that the actor
    is not told of, other than the actor's own.
    """
    hidden, name = hidden_sides(actor), F(f"{path}__name")
    if not hidden:
        return name
    told = ~Q(**{f"{path}__side__in": hidden}) | Q(**{f"{path}_id__in": actor.agency_ids})
    return Choose(When(told, then=name), default=Value(""), output_field=CharField())


def person_told(actor: Actor, path: str) -> Any:
    """An expression for the name of the person that a row's `path` leads to: empty for somebody who works, or worked,
    for an agency of a side that the actor is not told of.
    """
    hidden, name = hidden_sides(actor), F(f"{path}__name")
    if not hidden:
        return name
    theirs = Membership.objects.filter(user_id=OuterRef(f"{path}_id"), agency__side__in=hidden)
    return Choose(When(Exists(theirs), then=Value("")), default=name, output_field=CharField())
