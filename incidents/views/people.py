"""People who come into a case later, and the names in its quarantine."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from agencies.models import Agency
from incidents.choices import CaseStatus, Classification, Level
from incidents.forms.intake.build import form_perpetrator, form_victim
from incidents.forms.intake.report import Intake
from incidents.forms.people import AddContactForm, AddVictimForm, AddWhoForm, EraseNameForm
from incidents.models import Case
from incidents.scoping import in_case
from incidents.selectors import people as selectors
from incidents.services.access import level_of
from incidents.services.common import agency_acting
from incidents.services.intake import quarantine_read
from incidents.services.people import (
    party_perpetrator_add,
    party_victim_add,
    perpetrator_name_record,
    subject_report_erase,
)
from incidents.views.doors import case_open
from kernel.actors import Actor
from kernel.errors import RuleError


def _actor(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined]


def _case_or_404(request: HttpRequest, ref: str) -> Case:
    case = selectors.case_for_people(_actor(request), ref)
    if case is None:
        raise Http404
    case_open(request, case)
    return case


def _case_to_add_to(request: HttpRequest, ref: str) -> Case:
    """A case that the actor may add to: 404 where they may not see it, 403 where they may only read it."""
    case = _case_or_404(request, ref)
    level = level_of(_actor(request), case)
    if level is None or not level.covers(Level.CONTRIBUTE) or not CaseStatus(case.status).is_open:
        raise PermissionDenied
    return case


def _agency(actor: Actor, case: Case) -> Agency:
    return selectors.agency_for(agency_acting(actor, case))


@require_http_methods(["GET", "HEAD", "POST"])
def add_victim(request: HttpRequest, ref: str) -> HttpResponse:
    """A victim for an incident of the case, with how they can be reached safely."""
    actor = _actor(request)
    case = _case_to_add_to(request, ref)
    if not in_case(actor, case).sees_victims:
        raise PermissionDenied
    agency = _agency(actor, case)
    intake, data = Intake(actor, agency, {}), request.POST if request.method == "POST" else None
    form = AddVictimForm(data, intake=intake, incidents=selectors.incidents_of(case))
    contact = AddContactForm(data, intake=intake)
    if data is not None and form.is_valid() and (form.cleaned_data["kind"] == "known" or contact.is_valid()):
        try:
            party_victim_add(
                actor=actor,
                case=case,
                incident=form.incident,
                agency=agency,
                data=form_victim(form, contact if form.cleaned_data["kind"] != "known" else None),
                party_id=form.party_id,
            )
        except RuleError as error:
            form.add_rule_error(error)
        else:
            return _victim_added(request, case)
    return render(request, "incidents/log/add_victim.html", {"form": form, "contact": contact, "case": case})


def _victim_added(request: HttpRequest, case: Case) -> HttpResponse:
    """Back to the case; to the list where the victim's wish ended the actor's own access to it."""
    if selectors.case_for_people(_actor(request), case.ref) is None:
        messages.success(request, "Victim added. As the victim wishes, your agency can no longer open the case.")
        return redirect("incidents:cases")
    messages.success(request, "Victim added")
    return redirect("incidents:case", ref=case.ref)


@require_http_methods(["GET", "HEAD", "POST"])
def add_perpetrator(request: HttpRequest, ref: str) -> HttpResponse:
    """An alleged perpetrator for an incident of the case; a name goes where the classification lets it."""
    actor = _actor(request)
    case = _case_to_add_to(request, ref)
    agency = _agency(actor, case)
    data = request.POST if request.method == "POST" else None
    form = AddWhoForm(data, intake=Intake(actor, agency, {}), incidents=selectors.incidents_of(case))
    keeps = Classification(case.classification).keeps_names
    if data is not None and form.is_valid():
        try:
            party_perpetrator_add(
                actor=actor,
                case=case,
                incident=form.incident,
                agency=agency,
                data=form_perpetrator(form),
                party_id=form.party_id,
            )
        except RuleError as error:
            form.add_rule_error(error)
        else:
            aside = "; the name is put aside" if form.names and not keeps else ""
            messages.success(request, f"Alleged perpetrator added{aside}")
            return redirect("incidents:case", ref=case.ref)
    context = {"form": form, "case": case, "keeps": keeps, "knows": in_case(actor, case).sees_perpetrators}
    return render(request, "incidents/log/add_perpetrator.html", context)


def _quarantine_case(request: HttpRequest, ref: str) -> Case:
    """The case, for a triager of the lead agency: 404 where it may not be seen, 403 where it may only be read."""
    case = _case_or_404(request, ref)
    if not selectors.may_open_quarantine(_actor(request), case):
        raise PermissionDenied
    return case


@require_http_methods(["GET", "HEAD"])
def quarantine(request: HttpRequest, ref: str) -> HttpResponse:
    """The names that may not be kept yet, until when they wait, and whether they can be recorded now."""
    actor = _actor(request)
    case = _quarantine_case(request, ref)
    return render(
        request,
        "incidents/log/quarantine.html",
        {
            "case": case,
            "reports": quarantine_read(actor=actor, case=case),
            "keeps": Classification(case.classification).keeps_names,
        },
    )


@require_http_methods(["POST"])
def name_record(request: HttpRequest, ref: str, report: uuid.UUID) -> HttpResponse:
    """Records a name that waited, now that a crime is suspected or recorded."""
    actor = _actor(request)
    case = _quarantine_case(request, ref)
    try:
        perpetrator_name_record(actor=actor, report_id=report)
    except RuleError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "The name is recorded")
    return redirect("incidents:quarantine", ref=case.ref)


@require_http_methods(["GET", "HEAD", "POST"])
def name_erase(request: HttpRequest, ref: str, report: uuid.UUID) -> HttpResponse:
    """Erases a name before its day, with a reason."""
    actor = _actor(request)
    case = _quarantine_case(request, ref)
    form = EraseNameForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            subject_report_erase(actor=actor, report_id=report, reason=form.cleaned_data["reason"])
        except RuleError as error:
            form.add_rule_error(error)
        else:
            messages.success(request, "The name is erased")
            return redirect("incidents:quarantine", ref=case.ref)
    context = {
        "question": "Do you want to erase this name?",
        "warning": "It goes for good: from here, and wherever it stands in what was written about the case.",
        "form": form,
        "action": "Erase the name",
        "danger": True,
        "back": reverse("incidents:quarantine", kwargs={"ref": case.ref}),
    }
    return render(request, "shared/confirm.html", context)
