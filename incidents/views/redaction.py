"""The pages of a PDF inside the page, redacted copies, and who sees them."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from incidents.choices import EvidenceKind, ReleasedTo
from incidents.downloads import picture_response
from incidents.forms.names import names_asked
from incidents.forms.redaction import RedactForm, ReleaseForm
from incidents.models import Evidence
from incidents.selectors.names import names_on_record
from incidents.services import redaction as services
from incidents.views.doors import actor_of, asks, attempt, reads
from incidents.views.evidence import evidence_address, evidence_item
from kernel.errors import RuleError


@reads
def page(request: HttpRequest, ref: str, uid: uuid.UUID, number: int) -> HttpResponse:
    """One page of a PDF, with the way to the others."""
    case, view = evidence_item(request, ref, uid)
    if view.kind != EvidenceKind.PDF:
        raise Http404
    try:
        pages = services.evidence_pages(case=case, evidence=view.row)
    except RuleError as error:
        messages.warning(request, error.message)
        return redirect(evidence_address(case, view))
    if not 1 <= number <= pages:
        raise Http404
    context = {"case": case, "view": view, "item": view.row, "number": number, "pages": pages}
    return render(request, "incidents/evidence/page.html", context)


@reads
def page_picture(request: HttpRequest, ref: str, uid: uuid.UUID, number: int) -> HttpResponse:
    """One page of a PDF as a picture; each is on record."""
    case, view = evidence_item(request, ref, uid)
    try:
        drawn = services.evidence_page(actor=actor_of(request), case=case, evidence=view.row, page=number)
    except RuleError as error:
        raise Http404 from error
    return picture_response(drawn)


@asks
def redact(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponse:
    """Makes a copy of a file with parts covered."""
    case, view = evidence_item(request, ref, uid)
    if not view.may_redact:
        raise PermissionDenied
    form = RedactForm(request.POST if request.method == "POST" else None)
    names_asked(form, lambda: names_on_record(actor_of(request), case))
    actor = actor_of(request)

    def cover() -> Evidence:
        sent = form.cleaned_data
        return services.evidence_redact(
            actor=actor,
            case=case,
            evidence=view.row,
            boxes=sent["boxes"],
            description=sent["description"],
            submission_id=sent["submission_id"],
        )

    if made := attempt(form, cover):
        messages.success(request, "Redacted copy made. Look at it, then choose who sees it.")
        return redirect(reverse("incidents:evidence_item", args=[case.ref, made.uid]))
    try:
        sheets = services.evidence_sizes(case=case, evidence=view.row)
    except RuleError as error:
        messages.warning(request, error.message)
        return redirect(evidence_address(case, view))
    paged = view.kind == EvidenceKind.PDF
    context = {"form": form, "case": case, "view": view, "item": view.row, "sheets": sheets, "paged": paged}
    return render(request, "incidents/evidence/redact.html", context)


@asks
def release(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponse:
    """Shows a redacted copy to more agencies, or takes that back."""
    case, view = evidence_item(request, ref, uid)
    if not view.may_release:
        raise PermissionDenied
    form = ReleaseForm(request.POST if request.method == "POST" else None, released_to=view.row.released_to)
    actor = actor_of(request)

    def give() -> Evidence:
        sent = form.cleaned_data
        return services.evidence_release(
            actor=actor, case=case, evidence=view.row, to=sent["released_to"], reason=sent["reason"]
        )

    if attempt(form, give):
        to = ReleasedTo(form.cleaned_data["released_to"])
        shown = f"The copy is now also shown to: {to.label.lower()}"
        messages.success(request, shown if to.value else "The copy is shown to nobody else now")
        return redirect(evidence_address(case, view))
    context = {
        "form": form,
        "question": "Who may see this redacted copy?",
        "rows": [("What it shows", view.description), ("Shown to", view.released_to)],
        "warning": "Look at every page of the copy first. What can still be read tells who it is about.",
        "action": "Save",
        "back": evidence_address(case, view),
    }
    return render(request, "shared/confirm.html", context)
