"""The list of cases."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from incidents.choices import Priority
from incidents.forms.case_facets import facets_note, facets_of
from incidents.forms.case_list import CaseFilterForm
from incidents.rules.contact_words import contact_plain
from incidents.selectors.case_list import CaseCriteria, CaseListPage, lead_agencies
from incidents.selectors.titles import title_of
from incidents.services.reading import case_list_read
from incidents.views.doors import actor_of, reads
from incidents.views.neighbours import from_list
from kernel.actors import Actor
from kernel.references import reference_normalise


@reads
def cases(request: HttpRequest) -> HttpResponse:
    """The cases that the asker may see, newest first, narrowed by the filters of the address.

    Eight queries with those of every page, on whichever page of the list.
    """
    actor = actor_of(request)
    if not actor.agency_ids:
        return render(request, "incidents/cases_none.html")
    form = CaseFilterForm(request.GET, agencies=lead_agencies())
    page = CaseListPage(cases=[], count=0)
    if form.is_valid():
        page = case_list_read(
            actor=actor,
            criteria=form.criteria(),
            before=request.GET.get("before", ""),
            after=request.GET.get("after", ""),
        )
    context = {
        "form": form,
        "page": page,
        "rows": [_row(actor, case) for case in page.cases],
        "count": f"{page.count:,} or more cases" if page.more else f"{page.count:,} case{'s' * (page.count != 1)}",
        "narrowed": form.is_valid() and form.criteria().any,
        "active": form.chips(request.path) if form.is_valid() else [],
        "facets": facets_of(form, page, request.path) if form.is_valid() else [],
        "facets_note": facets_note(page),
        "kept": form.kept().urlencode(),
        "from_list": from_list(form.kept().urlencode()),
        "partner_name": _full_name(form),
        "unknown": form.is_valid() and _only_a_reference(form.criteria()),
        "older": _address(request, form, "before", page.older),
        "newer": _address(request, form, "after", page.newer),
    }
    return render(request, "incidents/cases.html", context)


def _only_a_reference(criteria: CaseCriteria) -> bool:
    """Whether a reference was looked for and nothing narrows it: then nothing else can have kept its case away."""
    return reference_normalise(criteria.q) is not None and criteria == CaseCriteria(q=criteria.q)


def _full_name(form: CaseFilterForm) -> str:
    """What was looked for, if it may be somebody's name: the words of which a partner can be asked."""
    words = form.criteria().q if form.is_valid() else ""
    return "" if reference_normalise(words) or contact_plain(words) else words


def _row(actor: Actor, case: Any) -> dict[str, Any]:
    """One case of the list. Whether a victim is targeted again is not told to those who may not know victims."""
    return {
        "case": case,
        "priority_colour": Priority(case.priority).colour,
        "text": title_of(case, case.summary_shown),
        "repeat": case.repeat_victim and actor.sees_victims,
    }


def _address(request: HttpRequest, form: CaseFilterForm, name: str, ref: str) -> str:
    """The address of another page of this list, filters kept; nothing where there is none."""
    if not ref:
        return ""
    query = form.kept()
    query[name] = ref
    return f"{request.path}?{query.urlencode()}"
