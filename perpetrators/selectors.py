"""Reads of alleged perpetrators."""

from __future__ import annotations

from kernel.actors import Actor
from perpetrators.choices import PerpetratorStatus
from perpetrators.models import AllegedPerpetrator


def perpetrator_get(*, actor: Actor, ref: str) -> AllegedPerpetrator:
    """An alleged perpetrator whom the actor may know. One query.

    Raises AllegedPerpetrator.DoesNotExist, the same for what is out of scope and what is not there.
    """
    return AllegedPerpetrator.objects.visible_to(actor).get(ref=ref)


IDENTITY_GROUP = "subject_identity"
"""The group of fields that say who an alleged perpetrator is: name and date of birth."""


def identity_shown(person: AllegedPerpetrator, groups: frozenset[str]) -> bool:
    """Whether a reader who is shown these groups of fields is told who it is."""
    return person.status == PerpetratorStatus.NAMED and IDENTITY_GROUP in groups
