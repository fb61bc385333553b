"""The page of an alleged perpetrator."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kernel.actors import Actor
from kernel.panels import panels_for
from kernel.references import reference_normalise
from kernel.when import date_text
from perpetrators.choices import PerpetratorStatus
from perpetrators.models import AllegedPerpetrator
from perpetrators.selectors import perpetrator_get
from perpetrators.services import perpetrator_read


@require_safe
def perpetrator(request: HttpRequest, ref: str) -> HttpResponse:
    """What is known of the person, and their cases as far as they may be seen.

    A name shows only to those who see a case that lets it be kept (docs/domain.md §1.4): the panels say so.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    try:
        person = perpetrator_get(actor=actor, ref=reference_normalise(ref, "HA") or "")
    except AllegedPerpetrator.DoesNotExist as error:
        raise Http404 from error
    perpetrator_read(actor=actor, person=person)
    panels = panels_for("perpetrator", actor, person)
    named = person.status == PerpetratorStatus.NAMED and any(panel.data.get("keeps_name") for panel in panels)
    rows = [("Description", person.description), ("Known to the victim as", person.get_relationship_display())]
    if named:
        rows.insert(0, ("Date of birth", date_text(person.date_of_birth)))
    name = person.display_name if named else person.description or "Not known"
    return render(
        request, "perpetrators/perpetrator.html", {"person": person, "name": name, "rows": rows, "panels": panels}
    )
