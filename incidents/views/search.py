"""Saved searches: the list of them, saving, running, changing, deleting; and whom to ask where nothing is found."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from incidents.forms.case_list import CaseFilterForm
from incidents.forms.search import SearchChangeForm, SearchForm, change_initial
from incidents.models import SavedSearch
from incidents.selectors.audience import contact_list
from incidents.selectors.case_list import lead_agencies
from incidents.selectors.saved_search import (
    agencies_of,
    criteria_keep,
    criteria_of,
    query_of,
    search_get,
    search_own,
    searches_for,
)
from incidents.services import saved_search as services
from incidents.views.doors import actor_of, asks, attempt, reads
from kernel.actors import Actor
from kernel.forms import GovForm


def _works_cases(request: HttpRequest) -> Actor:
    """Who asks, where they work with cases at all; for everybody else there are no such pages."""
    actor = actor_of(request)
    if not actor.agency_ids:
        raise Http404
    return actor


def _own(request: HttpRequest, uid: uuid.UUID) -> SavedSearch:
    try:
        return search_own(_works_cases(request), uid)
    except SavedSearch.DoesNotExist as error:
        raise Http404 from error


@reads
def searches(request: HttpRequest) -> HttpResponse:
    """The asker's saved searches and those shared in their agencies."""
    actor = _works_cases(request)
    form = _filters()
    rows = [
        {"search": one, "mine": one.owner_id == actor.user_id, "says": _says(form, one)} for one in searches_for(actor)
    ]
    return render(request, "incidents/find/searches.html", {"rows": rows})


def _filters() -> CaseFilterForm:
    return CaseFilterForm(QueryDict(), agencies=lead_agencies())


def _says(form: CaseFilterForm, search: SavedSearch) -> str:
    """What a search looks for, in the words of the list's own filters."""
    return ", ".join(form.words({"q": search.words, **criteria_keep(criteria_of(search))}))


@reads
def search_run(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """The list that a saved search stands for."""
    try:
        found = search_get(_works_cases(request), uid)
    except SavedSearch.DoesNotExist as error:
        raise Http404 from error
    return redirect(f"{reverse('incidents:cases')}?{query_of(found)}")


@reads
def contacts(request: HttpRequest) -> HttpResponse:
    """Whom to ring at each agency: where a reference leads nowhere, whatever the reason."""
    _works_cases(request)
    return render(request, "incidents/contact_list.html", {"agencies": contact_list()})


@asks
def search_new(request: HttpRequest) -> HttpResponse:
    """Keeps the filters of the address under a name."""
    actor = _works_cases(request)
    narrowed = CaseFilterForm(request.GET, agencies=lead_agencies())
    if not narrowed.is_valid() or not narrowed.criteria().any:
        return redirect("incidents:cases")
    form = SearchForm(request.POST if request.method == "POST" else None, agencies=agencies_of(actor))

    def save() -> SavedSearch:
        return services.search_save(
            actor=actor,
            agency_id=form.agency_id(),
            criteria=narrowed.criteria(),
            submission_id=form.cleaned_data["submission_id"],
            **form.kept(),
        )

    if attempt(form, save):
        messages.success(request, "Search saved")
        return redirect("incidents:searches")
    back = f"{reverse('incidents:cases')}?{narrowed.kept().urlencode()}"
    context = {"form": form, "filters": [label for label, _ in narrowed.chips("")], "back": back}
    return render(request, "incidents/find/search_new.html", context)


@asks
def search_edit(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Renames a saved search, shares it, chooses its alert."""
    search = _own(request, uid)
    start = change_initial(search.name, shared=search.shared, alert=search.alert)
    form = SearchChangeForm(request.POST if request.method == "POST" else None, initial=start)
    if attempt(form, lambda: services.search_change(actor=actor_of(request), search=search, **form.kept())):
        messages.success(request, "Saved search changed")
        return redirect("incidents:searches")
    return render(
        request, "incidents/find/search_edit.html", {"form": form, "search": search, "says": _says(_filters(), search)}
    )


@asks
def search_delete(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Asks, then deletes a saved search."""
    search = _own(request, uid)
    if request.method == "POST":
        services.search_delete(actor=actor_of(request), search=search)
        messages.success(request, "Saved search deleted")
        return redirect("incidents:searches")
    context = {
        "question": "Delete this saved search?",
        "rows": [("Name", search.name), ("Looks for", _says(_filters(), search))],
        "warning": "Colleagues with whom it is shared lose it as well." if search.shared else "",
        "action": "Delete it",
        "danger": True,
        "form": GovForm(),
        "back": reverse("incidents:searches"),
    }
    return render(request, "shared/confirm.html", context)
