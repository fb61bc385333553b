"""Undo, strike, correct a date, and correct what is recorded of an incident."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from incidents.choices import Classification, DateField, FactField, FieldGroup, Level
from incidents.forms.repair import DateCorrectForm, FactsForm, StrikeForm
from incidents.models import Case, Contact, FieldCorrection, Incident, Note
from incidents.scoping import in_case
from incidents.scoping.repair import RECORD_DATES, may_correct, may_strike, wrote
from incidents.selectors.case_incidents import place_told
from incidents.selectors.fields import field_access
from incidents.selectors.repair import (
    contact_get,
    effects_told,
    facts_words,
    incident_facts,
    incident_get,
    note_get,
    record_get,
)
from incidents.selectors.said import said_rows
from incidents.services import repair as services
from incidents.services.fields import worker_note
from incidents.services.incident_correct import incident_set_right
from incidents.services.reading import case_part_read
from incidents.views.doors import actor_of, asks, attempt, case_or_404, case_to
from kernel.errors import AbsentError, StaleError
from kernel.forms import GovForm
from kernel.references import reference_normalise
from kernel.when import moment_text


@asks
def note_undo(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponse:
    """Takes back a note within a minute."""
    return _undo(request, *_note(request, ref, uid), "note", services.note_undo)


@asks
def contact_undo(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponse:
    """Takes back a contact within a minute."""
    return _undo(request, *_contact(request, ref, uid), "contact", services.contact_undo)


@asks
def note_strike(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponse:
    """Strikes a note, with a reason."""
    return _strike(request, *_note(request, ref, uid), "note", services.note_strike)


@asks
def contact_strike(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponse:
    """Strikes a contact, with a reason."""
    return _strike(request, *_contact(request, ref, uid), "contact", services.contact_strike)


@asks
def contact_correct(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponse:
    """Corrects when a contact was."""
    case, contact = _contact(request, ref, uid)
    case, _ = case_to(request, ref, "add")
    if not may_strike(actor_of(request), case, contact):
        raise PermissionDenied

    def correct(form: DateCorrectForm) -> FieldCorrection:
        mark = form.cleaned_data["submission_id"]
        return services.contact_date_correct(
            actor=actor_of(request), contact=contact, data=form.corrected(), submission_id=mark
        )

    dates = {DateField.CONTACT_AT.value: contact.at}
    return _correct(request, case, dates, correct, "the date of a contact", row=contact)


@asks
def incident_correct(request: HttpRequest, ref: str, incident: str) -> HttpResponse:
    """Corrects when an incident happened or was reported."""
    found = _incident(request, ref, incident)
    case, _ = case_to(request, ref, "change")

    def correct(form: DateCorrectForm) -> FieldCorrection:
        mark = form.cleaned_data["submission_id"]
        return services.incident_date_correct(
            actor=actor_of(request), case=case, incident=found, data=form.corrected(), submission_id=mark
        )

    dates = {
        DateField.OCCURRED_FROM.value: found.occurred_from,
        DateField.OCCURRED_TO.value: found.occurred_to,
        DateField.RECEIVED_AT.value: found.received_at,
    }
    return _correct(request, case, dates, correct, f"a date of {found.ref}")


@asks
def incident_facts_correct(request: HttpRequest, ref: str, incident: str) -> HttpResponse:
    """Corrects what is recorded of an incident beside its dates, and adds to what was told."""
    actor = actor_of(request)
    case = case_or_404(request, ref)
    try:
        found, strands = incident_facts(actor=actor, case=case, ref=reference_normalise(incident, "HI") or "")
    except Incident.DoesNotExist as error:
        raise Http404 from error
    case, _ = case_to(request, ref, "change")
    access = field_access(actor, case)
    told = place_told(in_case(actor, case), found, access.shown)
    asked: dict[str, Any] = {"case": case, "incident": found, "strands": strands, "place_told": told}
    form = FactsForm(request.POST if request.method == "POST" else None, **asked)

    def correct() -> Any:
        names = ("version", "cause", "reason", "submission_id")
        sent = {name: form.cleaned_data[name] for name in names}
        return incident_set_right(actor=actor, case=case, incident=found, data=form.facts(), **sent)

    conflict = False
    try:
        if attempt(form, correct):
            messages.success(request, f"{found.ref} corrected. What it said before stays in the chronology")
            return redirect(f"{reverse('incidents:case', args=[case.ref])}#{found.ref}")
    except StaleError:
        data, conflict = request.POST.copy(), True
        data["version"] = str(case.version)
        form = FactsForm(data, **asked)
    case_part_read(actor=actor, case=case, part="incident")
    worker_note(actor=actor, case=case, access=access)
    hidden = {FactField.ACCOUNT} | (set() if told else {FactField.PLACE})
    context = {
        "case": case,
        "incident": found,
        "form": form,
        "conflict": conflict,
        "rows": [(name.label, words) for name, words in facts_words(found, strands).items() if name not in hidden],
        "place_told": told,
        "lines": [] if told else access.lines(FieldGroup.VICTIM_CONTACT),
        "hate": case.classification != Classification.ASB,
    }
    return render(request, "incidents/repair/facts.html", context, status=409 if conflict else 200)


@asks
def record_correct(request: HttpRequest, ref: str, sort: str, uid: uuid.UUID) -> HttpResponse:
    """Corrects the date of a key event, a plan, a referral or a file."""
    case, _ = case_to(request, ref, "add")
    actor = actor_of(request)
    try:
        row = record_get(actor=actor, case=case, kind=sort, uid=uid)
    except AbsentError as error:
        raise Http404 from error
    if not may_correct(actor, case, row):
        raise PermissionDenied

    def correct(form: DateCorrectForm) -> FieldCorrection:
        mark = form.cleaned_data["submission_id"]
        return services.record_date_correct(actor=actor, case=case, row=row, data=form.corrected(), submission_id=mark)

    _, field = RECORD_DATES[type(row)]
    return _correct(request, case, {field: getattr(row, field)}, correct, "a date", row=row)


def _undo(
    request: HttpRequest, case: Case, row: Note | Contact, what: str, service: Callable[..., Any]
) -> HttpResponse:
    if not wrote(actor_of(request), row):
        raise PermissionDenied
    form = GovForm(request.POST if request.method == "POST" else None)
    if attempt(form, lambda: service(actor=actor_of(request), **{what: row})):
        messages.success(request, f"{what.capitalize()} taken back")
        return redirect("incidents:case", ref=case.ref)
    context = {
        "form": form,
        "question": f"Take back this {what}?",
        "explanation": "Nobody will be able to read it. The case keeps that something was taken back, and by whom. This is"
        " possible for a minute; after that it can be struck, with a reason.",
        "warning": "Notices and e-mails to those whom it mentions are not taken back, and whoever has read it has read it.",
        "action": "Undo",
    }
    if may_strike(actor_of(request), case, row):
        strike = reverse(f"incidents:{what}_strike", args=[case.ref, row.uid])
        context["instead"] = (f"Strike the {what} instead", strike)
    return _ask(request, case, row, context)


def _strike(
    request: HttpRequest, case: Case, row: Note | Contact, what: str, service: Callable[..., Any]
) -> HttpResponse:
    if not may_strike(actor_of(request), case, row):
        raise PermissionDenied
    form = StrikeForm(request.POST if request.method == "POST" else None)
    if attempt(form, lambda: service(actor=actor_of(request), reason=form.cleaned_data["reason"], **{what: row})):
        messages.success(request, f"{what.capitalize()} struck")
        return redirect("incidents:case", ref=case.ref)
    counts = " It counts for no clock any more: deadlines that it met may run again." if what == "contact" else ""
    context = {
        "form": form,
        "question": f"Strike this {what}?",
        "explanation": f"Nobody will be able to read it or find it. The case says that a {what} was struck, when and by"
        f" whom.{counts}",
        "action": f"Strike the {what}",
        "danger": True,
    }
    return _ask(request, case, row, context)


def _ask(request: HttpRequest, case: Case, row: Note | Contact, context: dict[str, Any]) -> HttpResponse:
    case_part_read(actor=actor_of(request), case=case, part="chronology")
    rows = said_rows(actor=actor_of(request), case=case, row=row)
    return render(request, "shared/confirm.html", context | {"rows": rows, "back": f"/cases/{case.ref}/#chronology"})


def _correct(
    request: HttpRequest,
    case: Case,
    dates: dict[str, Any],
    service: Callable[[DateCorrectForm], FieldCorrection],
    what: str,
    *,
    row: Any = None,
) -> HttpResponse:
    form = DateCorrectForm(request.POST if request.method == "POST" else None, dates=dates)
    moves: list[str] = []
    if request.POST.get("step") != "save":
        # What moves is read before it is saved; where nothing does, there is nothing to look at.
        tried = attempt(form, lambda: services.correction_tried(lambda: service(form)))
        moves = effects_told(actor_of(request), case, tried or [])
    if not moves and (done := attempt(form, lambda: service(form))):
        moved = "; ".join(effects_told(actor_of(request), case, done.effects)) or "no deadline moves"
        messages.success(request, f"Date corrected: {moved}")
        return redirect("incidents:case", ref=case.ref)
    case_part_read(actor=actor_of(request), case=case, part="chronology")
    told = said_rows(actor=actor_of(request), case=case, row=row) if row else []
    rows = [
        *((label, words) for label, words in told if label != "When"),
        *(
            (f"{DateField(name).label}, as it stands", moment_text(moment) if moment else "Not given")
            for name, moment in dates.items()
        ),
    ]
    context = {
        "form": form,
        "case": case,
        "what": what,
        "rows": rows,
        "received": DateField.RECEIVED_AT.value in dates,
        "effects": moves,
    }
    return render(request, "incidents/repair/correct.html", context)


# --- What it is about ------------------------------------------------------------------------------


def _note(request: HttpRequest, ref: str, uid: uuid.UUID) -> tuple[Case, Note]:
    case = _contributes(request, ref)
    try:
        return case, note_get(actor=actor_of(request), case=case, uid=uid)
    except Note.DoesNotExist as error:
        raise Http404 from error


def _contact(request: HttpRequest, ref: str, uid: uuid.UUID) -> tuple[Case, Contact]:
    case = _contributes(request, ref)
    try:
        return case, contact_get(actor=actor_of(request), case=case, uid=uid)
    except Contact.DoesNotExist as error:
        raise Http404 from error


def _incident(request: HttpRequest, ref: str, incident: str) -> Incident:
    case = case_or_404(request, ref)
    try:
        return incident_get(actor=actor_of(request), case=case, ref=reference_normalise(incident, "HI") or "")
    except Incident.DoesNotExist as error:
        raise Http404 from error


def _contributes(request: HttpRequest, ref: str) -> Case:
    case = case_or_404(request, ref)
    if not Level.from_rank(getattr(case, "rank", 0)).covers(Level.CONTRIBUTE):
        raise PermissionDenied
    return case
