"""What a reader of one side may not know: names in free text, and agencies whose part would tell the other side's.

Rules: docs/domain.md §5.3, §5.4, §5.5.
"""

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


def hidden_sides(actor: Actor) -> list[str]:
    """The sides whose own agencies the actor is not told of: that a programme provider works in a case tells something
    about the alleged perpetrator, and that a victim service does about the victim.
    """
    hidden = [] if actor.sees_perpetrators else [Side.PERPETRATOR.value]
    return hidden if actor.sees_victims else [*hidden, Side.VICTIM.value]
