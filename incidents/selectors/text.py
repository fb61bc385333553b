"""Free text as one reader may see it: names of a side that they may not know are taken out (docs/domain.md §5.4)."""

from __future__ import annotations

from typing import Any

from django.db.models import Func, TextField
from django.db.models.expressions import Combinable

from agencies.choices import Side
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
