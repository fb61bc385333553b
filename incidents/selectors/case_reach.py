"""From a reference that somebody typed to the page of its record, if they may open it."""

from __future__ import annotations

from django.db.models import QuerySet
from django.urls import reverse

from incidents.models import Case, Incident, Task
from kernel.actors import Actor
from kernel.references import reference_normalise
from perpetrators.models import AllegedPerpetrator
from victims.models import Victim


def case_ref_open(actor: Actor, text: str) -> str:
    """The reference of the case that a reference of a case, an incident or a task leads to; empty for what is no such
    reference, is not there, or is not for the actor. One query.
    """
    ref = reference_normalise(text) or ""
    rows: QuerySet | None = None
    if ref.startswith("HC"):
        return Case.objects.visible_to(actor).filter(ref=ref).values_list("ref", flat=True).first() or ""
    if ref.startswith("HI"):
        rows = Incident.objects.visible_to(actor)
    elif ref.startswith("HT"):
        rows = Task.objects.visible_to(actor)
    return "" if rows is None else rows.filter(ref=ref).values_list("case__ref", flat=True).first() or ""


def record_path(actor: Actor, ref: str) -> str:
    """The page of the record that a canonical reference names: of a case, an incident (its case), a task, a victim or
    an alleged perpetrator; empty for another kind, what is not there, and what is not for the actor. One query.
    """
    kind = ref[:2]
    if kind in ("HC", "HI"):
        case = case_ref_open(actor, ref)
        return reverse("incidents:case", args=[case]) if case else ""
    pages: dict[str, tuple[QuerySet, str]] = {
        "HT": (Task.objects.visible_to(actor), "incidents:task"),
        "HV": (Victim.objects.visible_to(actor), "victims:victim"),
        "HA": (AllegedPerpetrator.objects.visible_to(actor), "perpetrators:perpetrator"),
    }
    if kind not in pages:
        return ""
    rows, page = pages[kind]
    return reverse(page, args=[ref]) if rows.filter(ref=ref).exists() else ""
