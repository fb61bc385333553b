"""The triage inbox, the ways that a report can take, and asking back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from incidents.choices import Classification
from incidents.forms.triage import AskBackForm
from incidents.models import Case
from incidents.rules.triage_routes import ROUTES, Route
from incidents.scoping import in_case
from incidents.selectors.case_incidents import incident_view, incidents_page
from incidents.selectors.case_page import abilities
from incidents.selectors.case_related import cases_of_same_victim
from incidents.selectors.case_work import further_waits
from incidents.selectors.duplicates import candidates
from incidents.selectors.exclusion import namesakes
from incidents.selectors.fields import field_access
from incidents.selectors.priority import priority_last
from incidents.selectors.triage import askable, inbox, triages, ways
from incidents.selectors.triage_before import before_sorting
from incidents.services.reading import case_opened, cases_shown
from incidents.services.triage import report_ask_back
from incidents.views.doors import actor_of, asks, attempt, case_or_404, case_to, reads


@reads
def triage_inbox(request: HttpRequest) -> HttpResponse:
    """The reports that wait to be sorted, most urgent first."""
    actor = actor_of(request)
    if not triages(actor):
        raise PermissionDenied
    page = inbox(actor=actor, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    alike = [one.case_ref for row in page.rows for one in row.candidates]
    seen = [*(row.case.ref for row in page.rows), *(one.case_ref for one in page.queue), *alike]
    cases_shown(actor=actor, refs=seen, page="triage")
    links = {
        "older": f"{request.path}?{urlencode({'after': page.older})}" if page.older else "",
        "newer": f"{request.path}?{urlencode({'before': page.newer})}" if page.newer else "",
    }
    return render(request, "incidents/triage/inbox.html", {"page": page, "links": links})


@reads
def triage_routes(request: HttpRequest) -> HttpResponse:
    """The table of ways out of triage, in words."""
    if not triages(actor_of(request)):
        raise PermissionDenied
    return render(request, "incidents/triage/routes.html", {"rules": ROUTES})


@reads
def triage_report(request: HttpRequest, ref: str) -> HttpResponse:
    """One report to sort: what it says, what may be the same, and the ways that it can take."""
    actor, case = actor_of(request), case_or_404(request, ref)
    if not abilities(actor, case).triage:
        raise PermissionDenied
    case_opened(actor=actor, case=case)
    knows = in_case(actor, case)
    fields = field_access(knows, case)
    told = incidents_page(knows, case)
    before = before_sorting(actor=knows, case=case)
    alike = candidates(actor=actor, case_ids=[case.pk]).get(case.pk, [])
    cases_shown(actor=actor, refs=[one.case_ref for one in alike], page="alike")
    incidents = [incident_view(knows, case, row, shown=fields.shown) for row in told.rows]
    found = ways(actor=actor, case=case, askable=bool(before.askable))
    context = {
        "case": case,
        "incidents": incidents,
        "urgent": [one for one in incidents if one.urgency.stands_out],
        "more": bool(told.older),
        "changed": priority_last(case),
        "further": further_waits(case),
        "given": before.given,
        "asked": before.asked,
        "candidates": alike,
        "related": cases_of_same_victim(actor=actor, case=case),
        "namesakes": namesakes(actor, case),
        "ways": [(way, _address(case, way.rule.route)) for way in found],
        "gives_back": any(way.open and way.rule.route == Route.TRANSFER for way in found),
    }
    return render(request, "incidents/triage/report.html", context)


def _address(case: Case, route: Route) -> str:
    pages = {
        Route.ACCEPT: "case_triage",
        Route.JOIN: "case_join",
        Route.TRANSFER: "transfer",
        Route.ASK_BACK: "triage_ask",
        Route.OUT_OF_AREA: "case_triage",
        Route.HATE_FACTOR: "hate_factor",
        Route.CRIME: "crime_record",
    }
    path = reverse(f"incidents:{pages.get(route, 'classification_propose')}", args=[case.ref])
    if route == Route.OUT_OF_AREA:
        return f"{path}?classification={Classification.OUT_OF_AREA.value}"
    return path if route in pages else f"{path}?to={route.value}"


@asks
def triage_ask(request: HttpRequest, ref: str) -> HttpResponse:
    """Asks back about a report, by a task."""
    actor = actor_of(request)
    case, _ = case_to(request, ref, "triage")
    form = AskBackForm(
        request.POST if request.method == "POST" else None, case=case, agencies=askable(actor=actor, case=case)
    )

    def ask() -> Any:
        return report_ask_back(
            actor=actor,
            case=case,
            agency=form.agencies[form.cleaned_data["agency"]],
            question=form.cleaned_data["question"],
            submission_id=form.cleaned_data["submission_id"],
        )

    task = attempt(form, ask)
    if task:
        messages.success(request, f"{task.agency.name} is asked by {task.ref}")
        return redirect("incidents:triage_report", ref=case.ref)
    return render(request, "incidents/triage/ask.html", {"case": case, "form": form})
