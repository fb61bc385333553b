"""Who can open a case: the tier, the conflicts of interest, the lead agency, and why."""

from __future__ import annotations

import uuid
from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from agencies.selectors import person_get
from incidents.forms.access import ConflictForm, ExclusionEndForm, ExclusionForm, TierForm, TransferForm, WhyForm
from incidents.models import Case
from incidents.scoping import may_set_tier
from incidents.selectors.exclusion import (
    excludable_agencies,
    excludable_people,
    exclusion_get,
    exclusions,
    may_see_exclusions,
    namesakes,
)
from incidents.selectors.openers import nameable_told, named_ids, openers, openers_told, tier_preview
from incidents.selectors.share import new_leads, wishes_block
from incidents.selectors.why import access_fields, access_why, may_ask_for_others, staff_choices, whom_to_ask
from incidents.services.exclusion import conflict_declare, exclusion_end, exclusion_set
from incidents.services.tier import tier_change
from incidents.services.transfer import lead_transfer
from incidents.views.doors import actor_of, asks, attempt, case_or_404, reads
from kernel.errors import StaleError


@asks
def tier(request: HttpRequest, ref: str) -> HttpResponse:
    """Chooses how widely the case is shared: first a preview of who could then open it, then the choice."""
    actor, case = actor_of(request), case_or_404(request, ref)
    if not may_set_tier(actor, case):
        raise PermissionDenied
    named = named_ids(case)
    data = request.POST if request.method == "POST" else None
    form = TierForm(data, case=case, people=nameable_told(actor, case, named), named=named)
    preview = None
    try:
        if request.POST.get("step") == "save":
            if attempt(form, lambda: tier_change(actor=actor, case=case, **form.plan())):
                messages.success(request, "Who can open this case is changed")
                return redirect("incidents:case", ref=case.ref)
        elif form.is_bound and form.is_valid():
            after = tier_preview(case, form.cleaned_data["tier"], form.plan()["people"])
            preview = {
                "after": openers_told(actor, case, after.openers),
                "losing": openers_told(actor, case, after.losing),
            }
    except StaleError as error:
        return _tier_again(request, cast(Case, error.current), named)
    context = {"form": form, "case": case, "preview": preview, "now": openers_told(actor, case, openers(case))}
    return render(request, "incidents/access/tier.html", context)


def _tier_again(request: HttpRequest, current: Case, named: set[int]) -> HttpResponse:
    data = request.POST.copy()
    data["version"] = str(current.version)
    form = TierForm(data, case=current, people=nameable_told(actor_of(request), current, named), named=named)
    now = openers_told(actor_of(request), current, openers(current))
    context = {"form": form, "case": current, "conflict": True, "now": now}
    return render(request, "incidents/access/tier.html", context, status=409)


@reads
def access(request: HttpRequest, ref: str) -> HttpResponse:
    """Why somebody can or cannot open the case, and who can."""
    actor, case = actor_of(request), case_or_404(request, ref)
    others = may_ask_for_others(actor, case)
    form = WhyForm(request.GET or None, people=staff_choices(actor, case)) if others else None
    chosen = form.cleaned_data["person"] if form and form.is_bound and form.is_valid() else ""
    person = person_get(int(chosen) if chosen else actor.user_id or 0)
    found = access_why(case, person)
    context = {
        "case": case,
        "form": form,
        "person": person,
        "why": found,
        "ask": whom_to_ask(actor, person, found.change) if others else None,
        "fields": access_fields(actor, case, person),
        "openers": openers_told(actor, case, openers(case)) if others else None,
        "may_set": may_set_tier(actor, case),
    }
    return render(request, "incidents/access/why.html", context)


@asks
def conflicts(request: HttpRequest, ref: str) -> HttpResponse:
    """Conflicts of interest: one's own to declare; who is kept out, for those who decide."""
    actor, case = actor_of(request), case_or_404(request, ref)
    form = ConflictForm(request.POST if request.method == "POST" else None)
    declared = attempt(form, lambda: conflict_declare(actor=actor, case=case, reason=form.cleaned_data["reason"]))
    if declared:
        messages.success(request, "Conflict declared. You can no longer see this case.")
        return redirect("incidents:cases")
    decides = may_see_exclusions(actor, case)
    context = {
        "case": case,
        "form": form,
        "decides": decides,
        "exclusions": exclusions(case) if decides else [],
        "namesakes": namesakes(actor, case),
    }
    return render(request, "incidents/access/conflicts.html", context)


@asks
def conflict_new(request: HttpRequest, ref: str) -> HttpResponse:
    """Keeps a person or an agency out of the case."""
    actor, case = actor_of(request), _decided(request, ref)
    data = request.POST if request.method == "POST" else None
    asked = {"who": "person", "person": request.GET["person"]} if request.GET.get("person") else None
    form = ExclusionForm(data, people=excludable_people(case), agencies=excludable_agencies(case), initial=asked)
    if attempt(form, lambda: exclusion_set(actor=actor, case=case, reason=form.cleaned_data["reason"], **form.whom())):
        messages.success(request, "They are kept out of this case")
        return redirect("incidents:conflicts", ref=case.ref)
    return render(request, "incidents/access/conflict_new.html", {"case": case, "form": form})


@asks
def conflict_end(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponse:
    """Lets somebody in again, after asking."""
    actor, case = actor_of(request), _decided(request, ref)
    exclusion = exclusion_get(case, uid)
    if exclusion is None:
        raise Http404
    form = ExclusionEndForm(request.POST if request.method == "POST" else None)
    back = reverse("incidents:conflicts", args=[case.ref])
    if attempt(form, lambda: exclusion_end(actor=actor, case=case, uid=uid, reason=form.cleaned_data["reason"])):
        messages.success(request, "They are let in again, as far as the case is shared with them")
        return redirect(back)
    who = exclusion.user or exclusion.agency
    context = {
        "question": f"Do you want to let {who} into {case.ref} again?",
        "explanation": "They see the case at once, as far as it is shared with them.",
        "rows": [("Kept out because", exclusion.reason)],
        "form": form,
        "action": "Let them in",
        "back": back,
    }
    return render(request, "shared/confirm.html", context)


@asks
def transfer(request: HttpRequest, ref: str) -> HttpResponse:
    """Moves the case to another lead agency."""
    actor, case = actor_of(request), _decided(request, ref)
    agencies = new_leads(case)
    sent = request.POST if request.method == "POST" else None
    form = TransferForm(sent, case=case, agencies=agencies, chosen=request.GET.get("to", ""))

    def move() -> Case:
        chosen = form.cleaned_data
        return lead_transfer(
            actor=actor,
            case=case,
            version=chosen["version"],
            agency=form.agencies[chosen["agency"]],
            reason=chosen["reason"],
            keep=chosen["keep"] == "yes",
            caldicott_guardian=chosen["caldicott_guardian"],
        )

    try:
        moved = attempt(form, move)
    except StaleError as error:
        data = request.POST.copy()
        data["version"] = str(cast(Case, error.current).version)
        form = TransferForm(data, case=cast(Case, error.current), agencies=agencies)
        context = {"case": case, "form": form, "conflict": True, "blocked": wishes_block(actor, case)}
        return render(request, "incidents/access/transfer.html", context, status=409)
    if moved:
        keeps = form.cleaned_data["keep"] == "yes"
        back = f" To have it back, ask their single point of contact{' by a task in the case' if keeps else ''}."
        messages.success(request, f"{moved.lead_agency.name} leads {case.ref} now.{back}")
        return redirect("incidents:case", ref=case.ref) if keeps else redirect("incidents:cases")
    context = {"case": case, "form": form, "blocked": wishes_block(actor, case)}
    return render(request, "incidents/access/transfer.html", context)


def _decided(request: HttpRequest, ref: str) -> Case:
    case = case_or_404(request, ref)
    if not may_see_exclusions(actor_of(request), case):
        raise PermissionDenied
    return case
