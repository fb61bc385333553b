"""Reads of single incidents."""

from __future__ import annotations

from incidents.models import Incident
from kernel.actors import Actor
from kernel.errors import AbsentError


def incident_logged(actor: Actor, ref: str) -> Incident:
    """An incident by reference, with its case and lead agency. One query. Raises AbsentError out of scope."""
    found = Incident.objects.visible_to(actor).select_related("case__lead_agency").filter(ref=ref).first()
    if found is None:
        raise AbsentError
    return found
