"""Reads of alleged perpetrators."""

from __future__ import annotations

from kernel.actors import Actor
from perpetrators.models import AllegedPerpetrator


def perpetrator_get(*, actor: Actor, ref: str) -> AllegedPerpetrator:
    """An alleged perpetrator whom the actor may know. One query.

    Raises AllegedPerpetrator.DoesNotExist, the same for what is out of scope and what is not there.
    """
    return AllegedPerpetrator.objects.visible_to(actor).get(ref=ref)
