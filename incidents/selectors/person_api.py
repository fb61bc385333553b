"""People as a machine reads them: what their pages show, with the cases that the caller may see them in."""

from __future__ import annotations

from typing import Any

from incidents.selectors.person_cases import perpetrator_cases, victim_cases
from kernel.actors import Actor
from kernel.errors import AbsentError
from kernel.references import reference_normalise
from perpetrators.choices import PerpetratorStatus
from perpetrators.models import AllegedPerpetrator
from perpetrators.selectors import perpetrator_get
from victims.models import Victim
from victims.selectors import victim_get, victim_shown


def victim_whole(actor: Actor, ref: str) -> dict[str, Any]:
    """A victim, `shown` as on the page, with their cases. Two queries. Raises AbsentError."""
    try:
        victim = victim_get(actor=actor, ref=reference_normalise(ref, "HV") or "")
    except Victim.DoesNotExist:
        raise AbsentError from None
    return {"victim": victim, "shown": victim_shown(victim), "cases": victim_cases(actor, victim).data["cases"]}


def perpetrator_whole(actor: Actor, ref: str) -> dict[str, Any]:
    """An alleged perpetrator with their cases. A name shows only through a case that lets it be kept (§1.4).

    Two queries. Raises AbsentError.
    """
    try:
        found = perpetrator_get(actor=actor, ref=reference_normalise(ref, "HA") or "")
    except AllegedPerpetrator.DoesNotExist:
        raise AbsentError from None
    panel = perpetrator_cases(actor, found).data
    named = panel["keeps_name"] and found.status == PerpetratorStatus.NAMED
    return {"person": found, "named": named, "cases": panel["cases"]}
