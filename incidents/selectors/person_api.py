"""People as a machine reads them, with the cases that the caller may see them in."""

from __future__ import annotations

from typing import Any

from incidents.choices import Classification
from incidents.models import Case
from kernel.actors import Actor
from kernel.errors import AbsentError
from kernel.references import reference_normalise
from perpetrators.choices import PerpetratorStatus
from perpetrators.models import AllegedPerpetrator
from victims.models import Victim
from victims.selectors import may_contact, victim_get

CASES_SHOWN = 50


def victim_whole(actor: Actor, ref: str) -> dict[str, Any]:
    """A victim with their cases; `contact` is None where the caller need not make contact. Two queries.."""
    try:
        victim = victim_get(actor=actor, ref=reference_normalise(ref, "HV") or "")
    except Victim.DoesNotExist:
        raise AbsentError from None
    return {
        "victim": victim,
        "contact": victim if may_contact(victim) else None,
        "cases": _cases(actor, victim=victim),
    }


def perpetrator_whole(actor: Actor, ref: str) -> dict[str, Any]:
    """An alleged perpetrator with their cases. A name shows only through a case that lets it be kept (§1.4).

    Two queries. Raises AbsentError.
    """
    found = AllegedPerpetrator.objects.visible_to(actor).filter(ref=reference_normalise(ref, "HA") or "").first()
    if found is None:
        raise AbsentError
    cases = _cases(actor, perpetrator=found)
    kept = any(Classification(case.classification).keeps_names for case in cases)
    return {"person": found, "named": kept and found.status == PerpetratorStatus.NAMED, "cases": cases}


def _cases(actor: Actor, **person: Any) -> list[Case]:
    ((kind, who),) = person.items()
    rows = Case.objects.visible_to(actor).filter(**{f"parties__{kind}_id": who.pk}).distinct()
    return list(rows.order_by("-received_at")[:CASES_SHOWN])
