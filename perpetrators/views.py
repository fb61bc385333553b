"""The page of an alleged perpetrator."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kernel.actors import Actor
from kernel.field_groups import fields_for
from kernel.panels import panels_for
from kernel.references import reference_normalise
from kernel.when import date_text
from perpetrators.models import AllegedPerpetrator
from perpetrators.selectors import IDENTITY_GROUP, identity_shown, perpetrator_get
from perpetrators.services import perpetrator_read


@require_safe
def perpetrator(request: HttpRequest, ref: str) -> HttpResponse:
    """What is known of the person, and their cases as far as they may be seen.

    A name shows only to those who see a case that lets it be kept (docs/domain.md §1.4) and are shown it there (§5.4).
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    try:
        person = perpetrator_get(actor=actor, ref=reference_normalise(ref, "HA") or "")
    except AllegedPerpetrator.DoesNotExist as error:
        raise Http404 from error
    perpetrator_read(actor=actor, person=person)
    fields = fields_for("perpetrator", actor, person)
    named = identity_shown(person, fields.groups)
    rows = [("Description", person.description), ("Known to the victim as", person.get_relationship_display())]
    if named:
        rows.insert(0, ("Date of birth", date_text(person.date_of_birth)))
    unnamed = "Name hidden" if IDENTITY_GROUP in fields.hidden else "Not known"
    context = {
        "person": person,
        "name": person.display_name if named else person.description or unnamed,
        "rows": rows,
        "lines": fields.lines,
        "panels": panels_for("perpetrator", actor, person),
    }
    return render(request, "perpetrators/perpetrator.html", context)
