"""Reads of single incidents."""

from __future__ import annotations

from incidents.models import Case, Incident
from kernel.actors import Actor
from kernel.errors import AbsentError
from kernel.references import reference_normalise


def incident_logged(actor: Actor, ref: str) -> Incident:
    """An incident by reference, with its case and lead agency. One query. Raises AbsentError out of scope."""
    found = Incident.objects.visible_to(actor).select_related("case__lead_agency").filter(ref=ref).first()
    if found is None:
        raise AbsentError
    return found


def case_to_join(actor: Actor, ref: str) -> Case:
    """The case that somebody wants to join, however they wrote its reference. One query. Raises AbsentError."""
    case = Case.objects.visible_to(actor).filter(ref=reference_normalise(ref, "HC") or "").first()
    if case is None:
        raise AbsentError
    return case
