"""Writing a letter or message in a case, printing it, recording that it was sent."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from incidents.choices import FieldGroup, Level
from incidents.forms.letters import LetterForm, RecordForm, TemplateChoiceForm, ToForm
from incidents.models import Case, Letter
from incidents.rules.letters import acknowledges
from incidents.scoping.repair import may_strike
from incidents.selectors.case_page import abilities
from incidents.selectors.closing import closing_view
from incidents.selectors.fields import field_access
from incidents.selectors.letters import (
    LetterView,
    Preview,
    letter_view,
    letters_of,
    offers,
    preview,
)
from incidents.selectors.recipients import recipient_get, recipients, safe_first
from incidents.services import letters as services
from incidents.services.letters import LetterData
from incidents.services.reading import case_part_read
from incidents.views.doors import actor_of, asks, attempt, case_or_404, case_to, reads, sends, undo_offer
from incidents.views.export import attachment, file_name
from kernel.errors import RuleError


@reads
def letters(request: HttpRequest, ref: str) -> HttpResponse:
    """What one’s agency wrote in the case. Eight queries at most."""
    case = _writes(request, ref)
    case_part_read(actor=actor_of(request), case=case, part="letters")
    can = abilities(actor_of(request), case)
    rows = letters_of(actor_of(request), case)
    return render(request, "incidents/letters/list.html", {"case": case, "can": can, "rows": rows})


@asks
def letter_new(request: HttpRequest, ref: str) -> HttpResponse:
    """To whom, and which template. By plain GET steps; nothing is kept yet."""
    actor = actor_of(request)
    case, _ = case_to(request, ref, "contact")
    people = recipients(actor, case)
    to = ToForm(request.GET if "to" in request.GET else None, people=people)
    chosen = next((one for one in people if to.is_valid() and one.key == to.cleaned_data["to"]), None)
    source = field_access(actor, case).line(FieldGroup.REPORTER_IDENTITY)
    context: dict[str, Any] = {"case": case, "form": to, "people": people, "chosen": chosen, "source": source}
    if chosen is not None:
        offered = offers(actor, case, chosen)
        form = TemplateChoiceForm(request.POST if request.method == "POST" else None, offers=offered)
        if form.is_bound and form.is_valid():
            onward = reverse("incidents:letter_write", args=[case.ref, form.cleaned_data["template"]])
            return redirect(f"{onward}?{urlencode({'to': chosen.key})}")
        context |= {"form": form, "offered": offered}
    case_part_read(actor=actor, case=case, part="letters")
    return render(request, "incidents/letters/new.html", context)


@asks
def letter_write(request: HttpRequest, ref: str, template: uuid.UUID) -> HttpResponse:
    """The letter as it would be; written when it is sent with `save`."""
    actor = actor_of(request)
    case, _ = case_to(request, ref, "contact")
    to = request.GET.get("to", "")
    recipient = recipient_get(actor, case, to)
    typed = {name: request.POST.get(name, "")[:5000] for name in ("message", "address")}
    seen = recipient and preview(actor=actor, case=case, recipient=recipient, template_uid=template, **typed)
    if not seen:
        raise Http404
    form = LetterForm(
        request.POST if request.method == "POST" else None,
        asks_message=seen.asks_message,
        asks_address=seen.asks_address,
        unsafe=bool(seen.problems),
    )

    def write() -> Letter:
        said = form.cleaned_data
        data = LetterData(
            to, template, said.get("message", ""), said.get("emergency_reason", ""), said.get("address", "")
        )
        return services.letter_write(actor=actor, case=case, data=data, submission_id=said["submission_id"])

    if "save" in request.POST and (letter := attempt(form, write)):
        messages.success(request, "Written. It is not sent yet")
        return redirect("incidents:letter", ref=case.ref, uid=letter.uid)
    case_part_read(actor=actor, case=case, part="letters")
    return render(request, "incidents/letters/write.html", _write_context(case, form, seen))


def _write_context(case: Case, form: LetterForm, seen: Preview) -> dict[str, Any]:
    return {
        "case": case,
        "form": form,
        "seen": seen,
        "no_address": "address" in seen.unmerged and not seen.asks_address,
        "safe_contacts": safe_first(seen.recipient),
        "back": f"{reverse('incidents:letter_new', args=[case.ref])}?{urlencode({'to': seen.recipient.key})}",
    }


@asks
def letter(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponse:
    """One letter: its words, and recording that it was sent."""
    actor = actor_of(request)
    case = _writes(request, ref)
    view = _letter(request, case, uid)
    can, closing = abilities(actor, case), closing_view(getattr(case, "closing_rows", []))
    owed = closing is not None and closing.outcome_sent_at is None and can.outcome and view.row.victim is not None
    form = RecordForm(
        request.POST if request.method == "POST" else None,
        outcome=owed,
        acknowledges=view.row.to_reporter and acknowledges(view.row.template.topic),
    )
    if request.method == "POST":
        case_to(request, ref, "contact")

    def record() -> Letter:
        said = form.cleaned_data
        return services.letter_record(
            actor=actor,
            letter=view.row,
            at=said["at"],
            acknowledgement=said["acknowledgement"],
            emergency_reason=said["emergency_reason"],
            outcome=said.get("outcome", False),
        )

    if sent := attempt(form, record, {"sent_at": "at"}):
        messages.success(request, _recorded(case, sent, outcome=form.cleaned_data.get("outcome", False)))
        return redirect("incidents:case", ref=case.ref)
    case_part_read(actor=actor, case=case, part="letters")
    context = {
        "case": case,
        "view": view,
        "letter": view.row,
        "form": form,
        "can": can,
        "may_strike": can.level.covers(Level.CONTRIBUTE) and may_strike(actor, case, view.row),
    }
    return render(request, "incidents/letters/letter.html", context)


def _recorded(case: Case, sent: Letter, *, outcome: bool) -> str:
    """What is said of it, with the way back of the contact that it became."""
    if sent.contact is None:
        return "Recorded as sent"
    words = "Recorded as sent, and as the written outcome" if outcome else "Recorded as sent, as an attempt at contact"
    return undo_offer(words, "incidents:contact_undo", case.ref, sent.contact.uid)


@sends
def letter_print(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponse:
    """Makes the PDF, and comes back to the letter."""
    case, _ = case_to(request, ref, "contact")
    view = _readable(request, case, uid)
    try:
        services.letter_print(actor=actor_of(request), letter=view.row)
    except RuleError as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, "The PDF is ready. Record it when it is posted")
    return redirect("incidents:letter", ref=case.ref, uid=uid)


@reads
def letter_pdf(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponse:
    """The PDF as it was printed first."""
    case = _writes(request, ref)
    view = _readable(request, case, uid)
    if view.row.pdf is None:
        raise Http404
    content = services.letter_taken(actor=actor_of(request), letter=view.row)
    return attachment(content, "application/pdf", file_name(f"{case.ref}-letter", "pdf"))


def _writes(request: HttpRequest, ref: str) -> Case:
    """The case of a page about letters, also once it is closed: for who contributes and may know victims in it."""
    case = case_or_404(request, ref)
    if not abilities(actor_of(request), case, even_closed=True).contact:
        raise PermissionDenied
    return case


def _letter(request: HttpRequest, case: Case, uid: uuid.UUID) -> LetterView:
    try:
        return letter_view(actor=actor_of(request), case=case, uid=uid)
    except Letter.DoesNotExist as error:
        raise Http404 from error


def _readable(request: HttpRequest, case: Case, uid: uuid.UUID) -> LetterView:
    view = _letter(request, case, uid)
    if not view.readable:
        raise PermissionDenied
    return view
