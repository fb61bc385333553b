"""Pages of a case's classification: its history, what needs a second person, a recorded crime, and a hate factor that
was found."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from incidents.choices import Classification, ProposalState
from incidents.choices.changes import DecisionKind
from incidents.forms.classification import CrimeForm, DecideForm, HateFactorForm, ProposeForm, WithdrawForm
from incidents.forms.names import names_asked
from incidents.models import Case
from incidents.rules.triage_routes import Route, shut_by
from incidents.scoping import in_case
from incidents.selectors.case_page import abilities
from incidents.selectors.classification import (
    classification_history,
    effects_of,
    factor_findable,
    proposal_get,
    proposals_of,
)
from incidents.selectors.crime import crime_reference
from incidents.selectors.names import names_on_record
from incidents.selectors.priority import priority_history, urgency_reported
from incidents.selectors.triage import route_facts, ways
from incidents.services.classification import (
    classification_confirm,
    classification_propose,
    classification_refuse,
    classification_withdraw,
)
from incidents.services.crime import crime_record
from incidents.services.hate_factor import hate_factor_found
from incidents.views.doors import actor_of, asks, attempt, case_or_404, case_to, decided_offer, reads
from kernel import clock
from kernel.errors import StaleError


@reads
def history(request: HttpRequest, ref: str) -> HttpResponse:
    """What the case was classified as and how urgent it was, by whom and why; and what waits for a second person."""
    actor, case = actor_of(request), case_or_404(request, ref)
    knows = in_case(actor, case)
    context = {
        "case": case,
        "can": abilities(actor, case),
        "history": classification_history(actor=knows, case=case),
        "priorities": priority_history(case),
        "reported": urgency_reported(actor=knows, case=case),
        "proposals": proposals_of(actor=actor, case=case),
        "findable": factor_findable(case),
        "now": clock.now(),
    }
    return render(request, "incidents/classification/history.html", context)


@asks
def propose(request: HttpRequest, ref: str) -> HttpResponse:
    """Proposes what needs two people: first what it changes, then the proposal."""
    actor = actor_of(request)
    case, _ = case_to(request, ref, "triage")
    data = request.POST if request.method == "POST" else None
    # That one waits already is told by the service, which knows a page that was sent twice.
    two = ways(actor=actor, case=case, askable=False, proposal_waits=False)
    form = ProposeForm(data, case=case, ways=two, chosen=request.GET.get("to", ""))
    names_asked(form, lambda: names_on_record(actor_of(request), case))
    context: dict[str, Any] = {"case": case, "form": form}

    def act() -> Any:
        chosen = form.cleaned_data
        return classification_propose(
            actor=actor, case=case, version=chosen["version"], to=chosen["to"], reason=chosen["reason"]
        )

    try:
        if request.POST.get("step") != "save":
            if form.is_bound and form.is_valid():
                context["effects"] = effects_of(actor, case, form.cleaned_data["to"])
        elif attempt(form, act):
            messages.success(request, "A colleague who sorts reports decides it now")
            return redirect("incidents:classification", ref=case.ref)
    except StaleError:
        form = ProposeForm(_again(request, case), case=case, ways=two)
        return _stale(request, "incidents/classification/propose.html", form)
    return render(request, "incidents/classification/propose.html", context)


@asks
def crime(request: HttpRequest, ref: str) -> HttpResponse:
    """Records the crime with its reference, for the police: first what it changes, then the change."""
    actor = actor_of(request)
    case, can = case_to(request, ref, "record_crime")
    form = CrimeForm(
        request.POST if request.method == "POST" else None, case=case, crime_reference=crime_reference(case)
    )
    names_asked(form, lambda: names_on_record(actor, case))
    facts = route_facts(actor, case, manages=can.manages, records_crimes=True)
    context: dict[str, Any] = {"case": case, "form": form, "shut": shut_by(Route.CRIME, facts)}
    try:
        if request.POST.get("step") != "save":
            if form.is_bound and form.is_valid():
                context["effects"] = effects_of(actor, case, Classification.CRIME_RECORDED)
        elif attempt(form, lambda: crime_record(actor=actor, case=case, **form.said())):
            messages.success(request, decided_offer(request, "The crime is recorded", case, DecisionKind.CRIME))
            return redirect("incidents:classification", ref=case.ref)
    except StaleError:
        return _stale(request, "incidents/classification/crime.html", CrimeForm(_again(request, case), case=case))
    return render(request, "incidents/classification/crime.html", context)


@asks
def decide(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponse:
    """Shows a proposal with what it changes; the second person confirms or refuses, the first one may take it back."""
    actor = actor_of(request)
    case = case_or_404(request, ref)
    proposal = proposal_get(actor=actor, case=case, uid=uid)
    if proposal is None:
        raise Http404
    mine = proposal.proposed_by_id == actor.user_id
    data = request.POST if request.method == "POST" else None
    form: Any = WithdrawForm(data, case=case) if mine else DecideForm(data, case=case)
    waits = proposal.state == ProposalState.WAITING and proposal.expires_at > clock.now()
    context = {
        "case": case,
        "proposal": proposal,
        "form": form,
        "mine": mine,
        "waits": waits and abilities(actor, case).triage,
        "expired": proposal.state == ProposalState.WAITING and not waits,
        "effects": effects_of(actor, case, proposal.to),
    }

    def act() -> Any:
        if mine:
            return classification_withdraw(actor=actor, proposal=proposal)
        if form.cleaned_data["decision"] == "refuse":
            return classification_refuse(actor=actor, proposal=proposal, reason=form.cleaned_data["reason"])
        return classification_confirm(actor=actor, proposal=proposal, version=form.cleaned_data["version"])

    try:
        if attempt(form, act):
            messages.success(request, _decided(proposal, form, mine=mine))
            return redirect("incidents:classification", ref=case.ref)
    except StaleError:
        context |= {"form": DecideForm(_again(request, case), case=case), "conflict": True}
        return render(request, "incidents/classification/decide.html", context, status=409)
    return render(request, "incidents/classification/decide.html", context)


def _decided(proposal: Any, form: Any, *, mine: bool) -> str:
    """What is said to whoever has just decided about a proposal."""
    words = f"“{proposal.get_to_display()}”"
    if mine:
        return f"{words} taken back"
    return f"{words} {'refused' if form.cleaned_data['decision'] == 'refuse' else 'confirmed'}. Whoever proposed it is told"


@asks
def hate_factor(request: HttpRequest, ref: str) -> HttpResponse:
    """Says which hate factor was found: first what it changes, then the change."""
    actor = actor_of(request)
    case = case_or_404(request, ref)
    can = abilities(actor, case, even_closed=True)
    if not (can.change and (can.triage or abilities(actor, case).change)):
        raise PermissionDenied
    form = HateFactorForm(request.POST if request.method == "POST" else None, case=case, triager=can.triage)
    names_asked(form, lambda: names_on_record(actor_of(request), case))
    shut = shut_by(Route.HATE_FACTOR, route_facts(actor, case, manages=can.manages))
    context: dict[str, Any] = {"case": case, "form": form, "shut": shut}
    try:
        if request.POST.get("step") != "save":
            if form.is_bound and form.is_valid():
                to = form.cleaned_data.get("classification") or Classification.UNDETERMINED.value
                context["effects"] = effects_of(actor, case, to)
        elif attempt(form, lambda: hate_factor_found(actor=actor, case=case, **form.found())):
            messages.success(request, f"{case.ref} is a hate case now")
            return redirect("incidents:case", ref=case.ref)
    except StaleError:
        form = HateFactorForm(_again(request, case), case=case, triager=can.triage)
        return _stale(request, "incidents/classification/hate_factor.html", form)
    return render(request, "incidents/classification/hate_factor.html", context)


def _again(request: HttpRequest, case: Case) -> Any:
    """What was sent, for the case as it stands now."""
    data = request.POST.copy()
    data["version"] = str(case.version)
    return data


def _stale(request: HttpRequest, template: str, form: Any, **more: Any) -> HttpResponse:
    return render(request, template, {"case": form.case, "form": form, "conflict": True} | more, status=409)
