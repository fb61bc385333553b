"""Adding a note to a case."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from incidents.forms.note import NoteForm
from incidents.selectors.audience import agencies_told
from incidents.selectors.mention import note_readers
from incidents.services.common import agency_acting
from incidents.services.note import note_add
from incidents.views.doors import actor_of, asks, attempt, case_to, undo_offer


@asks
def note_new(request: HttpRequest, ref: str) -> HttpResponse:
    """A note for everybody who may read the case: the page says who that is."""
    case, _ = case_to(request, ref, "add")
    actor = actor_of(request)
    people = note_readers(actor, case, agency_acting(actor, case))
    form = NoteForm(request.POST if request.method == "POST" else None, people=people)
    if added := attempt(form, lambda: note_add(actor=actor, case=case, **form.values())):
        messages.success(request, undo_offer("Note added", "incidents:note_undo", case.ref, added.uid))
        return redirect("incidents:case", ref=case.ref)
    readers = agencies_told(actor, case)
    one_sided = [agency.name for agency in readers if agency.side != "both"]
    context = {"form": form, "case": case, "readers": [a.name for a in readers], "one_sided": one_sided}
    return render(request, "incidents/note_new.html", context)
