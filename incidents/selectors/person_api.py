"""People as a machine reads them: what their pages show, with the cases that the caller may see them in."""

from __future__ import annotations

from typing import Any

from incidents.selectors.fields import VICTIM_GROUPS
from incidents.selectors.person_cases import perpetrator_cases, victim_cases
from kernel.actors import Actor
from kernel.errors import AbsentError
from kernel.field_groups import FieldsShown
from kernel.references import reference_normalise
from perpetrators.models import AllegedPerpetrator
from perpetrators.selectors import IDENTITY_GROUP, identity_shown, perpetrator_get
from victims.models import Victim
from victims.selectors import sensitive_texts, victim_get, victim_shown


def victim_or_absent(actor: Actor, ref: str) -> Victim:
    """A victim that the actor may see. One query. Raises AbsentError."""
    try:
        return victim_get(actor=actor, ref=reference_normalise(ref, "HV") or "")
    except Victim.DoesNotExist:
        raise AbsentError from None


def perpetrator_or_absent(actor: Actor, ref: str) -> AllegedPerpetrator:
    """An alleged perpetrator whom the actor may know. One query. Raises AbsentError."""
    try:
        return perpetrator_get(actor=actor, ref=reference_normalise(ref, "HA") or "")
    except AllegedPerpetrator.DoesNotExist:
        raise AbsentError from None


def victim_whole(actor: Actor, victim: Victim, fields: FieldsShown) -> dict[str, Any]:
    """A victim, `shown` as on the page, with their cases. One query, and one more while something extra-sensitive is
    open.
    """
    texts = sensitive_texts(actor=actor, victims=[victim], groups=fields.groups)
    return {
        "shown": victim_shown(victim, fields.groups, texts[victim.pk]),
        "hidden": [group.value for group in VICTIM_GROUPS if group in fields.hidden],
        "cases": victim_cases(actor, victim).data["cases"],
    }


def perpetrator_whole(actor: Actor, person: AllegedPerpetrator, fields: FieldsShown) -> dict[str, Any]:
    """An alleged perpetrator with their cases. A name shows only through a case that lets it be kept (§1.4) and in
    which it is shown (§5.4). One query.
    """
    return {
        "person": person,
        "named": identity_shown(person, fields.groups),
        "hidden": [group for group in fields.hidden if group == IDENTITY_GROUP],
        "cases": perpetrator_cases(actor, person).data["cases"],
    }
