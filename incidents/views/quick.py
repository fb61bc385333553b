"""Quick ways to what is added most: choose the case, go to its page."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from incidents.forms.quick import QuickAddForm
from incidents.selectors.case_reach import case_ref_open
from incidents.views.doors import actor_of, reads

PAGES = {
    "note": ("Add a note to a case", "incidents:note_add"),
    "contact": ("Log a contact in a case", "incidents:contact_add"),
    "evidence": ("Add evidence to a case", "incidents:evidence_add"),
    "task": ("Add a task to a case", "incidents:task_add"),
}


@reads
def quick_add(request: HttpRequest, what: str) -> HttpResponse:
    """Asks for a case's reference and goes on to the page that adds something there."""
    actor = actor_of(request)
    if what not in PAGES or not actor.agency_ids:
        raise Http404
    heading, onward = PAGES[what]
    form = QuickAddForm(request.GET if "ref" in request.GET else None)
    if form.is_bound and form.is_valid():
        ref = case_ref_open(actor, form.cleaned_data["ref"])
        if ref:
            return redirect(onward, ref=ref)
        form.not_found()
    return render(request, "incidents/find/quick_add.html", {"form": form, "heading": heading})
