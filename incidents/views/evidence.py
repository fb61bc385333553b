"""Evidence of a case: the list, adding files, one file with its custody log, and the ways out."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from agencies.reauthentication import reauthentication_required
from agencies.services.sign_in import recently_confirmed
from incidents.choices import Level
from incidents.downloads import file_response
from incidents.forms.evidence import EvidenceForm, OriginalForm, WithdrawForm
from incidents.forms.names import names_asked
from incidents.models import Case, Evidence
from incidents.selectors.audience import agencies_told
from incidents.selectors.case_page import abilities
from incidents.selectors.evidence import (
    EvidenceView,
    custody_log,
    evidence_beside,
    evidence_get,
    evidence_list,
    evidence_told,
)
from incidents.selectors.names import names_on_record
from incidents.selectors.said import said_rows
from incidents.services import evidence as services
from incidents.services.reading import case_part_read
from incidents.views.doors import actor_of, asks, attempt, case_or_404, case_to, just_added_offer, reads
from kernel.errors import RuleError

BY_SCRIPT = "Hatecase-Upload"


TAKE = "take"
"""What the address of a file’s page says where its download waited for a proof of who one is."""


@reads
def evidence_all(request: HttpRequest, ref: str) -> HttpResponse:
    """Every file of the case that the reader may know of."""
    actor, case = actor_of(request), case_or_404(request, ref)
    case_part_read(actor=actor, case=case, part="evidence")
    context = {
        "case": case,
        "can": abilities(actor, case),
        "rows": evidence_list(actor=actor, case=case),
        "scanner": bool(settings.CLAMD),
    }
    return render(request, "incidents/evidence/list.html", context)


@asks
def evidence_new(request: HttpRequest, ref: str) -> HttpResponse:
    """Adds files. The page's script asks for the next address instead of a redirect, so that it can show progress."""
    actor = actor_of(request)
    case, _ = case_to(request, ref, "add")
    form = EvidenceForm(request.POST, request.FILES) if request.method == "POST" else EvidenceForm()
    names_asked(form, lambda: names_on_record(actor, case))

    def add() -> list[Evidence]:
        mark = form.cleaned_data["submission_id"]
        data = form.evidence()
        return services.evidence_add(actor=actor, case=case, data=data, files=form.sent(), submission_id=mark)

    if added := attempt(form, add):
        several = f"{len(added)} files added as evidence"
        one = just_added_offer("Evidence added", case.ref, "evidence", added[0].uid)
        messages.success(request, one if len(added) == 1 else several)
        onward = reverse("incidents:evidence", args=[case.ref])
        if len(added) == 1:
            onward = reverse("incidents:evidence_item", args=[case.ref, added[0].uid])
        if BY_SCRIPT in request.headers:
            return HttpResponse(status=204, headers={"Location": onward})
        return redirect(onward)
    if BY_SCRIPT not in request.headers:
        form.files_again()
    readers = [
        agency.name
        for agency in agencies_told(actor, case)
        if agency.side == "both" and agency.pk not in actor.agency_ids
    ]
    context = {"form": form, "case": case, "readers": readers, "scanner": bool(settings.CLAMD)}
    return render(request, "incidents/evidence/new.html", context)


@reads
def evidence(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponse:
    """One file: what it is, its picture where it is one, its SHA-256 and its custody log."""
    case, view = evidence_item(request, ref, uid)
    services.evidence_read(actor=actor_of(request), case=case, evidence=view.row)
    context = {
        "case": case,
        "view": view,
        "item": view.row,
        "beside": evidence_beside(actor=actor_of(request), case=case, evidence=view.row),
        "custody": custody_log(actor=actor_of(request), case=case, evidence=view.row),
        "scanner": bool(settings.CLAMD),
        # Only where it would not be asked again, which would go round in a circle.
        "take": TAKE in request.GET and view.downloadable and recently_confirmed(getattr(request, "sign_in", None)),
    }
    return render(request, "incidents/evidence/item.html", context)


@reads
def picture(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponseBase:
    """The copy without location, for the page to show."""
    case, view = evidence_item(request, ref, uid)
    try:
        handed = services.evidence_view(actor=actor_of(request), case=case, evidence=view.row)
    except RuleError as error:
        raise Http404 from error
    return file_response(handed, inline=True)


def _item_page(request: HttpRequest, ref: str, uid: uuid.UUID) -> str:
    """The page of the file, which then begins the download that was asked for."""
    return f"{reverse('incidents:evidence_item', args=[ref, uid])}?{TAKE}=yes"


@reads
@partial(reauthentication_required, back=_item_page)
def download(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponseBase:
    """The file to take away; access is decided anew each time."""
    case, view = evidence_item(request, ref, uid)
    return _hand_over(
        request,
        case,
        view,
        lambda: services.evidence_download(actor=actor_of(request), case=case, evidence=view.row),
    )


@asks
@reauthentication_required
def original(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponseBase:
    """The original of a picture, for who decides for the lead agency, with a reason."""
    case, view = evidence_item(request, ref, uid)
    if not view.may_original:
        raise PermissionDenied
    form = OriginalForm(request.POST if request.method == "POST" else None)
    actor = actor_of(request)

    def take() -> services.Handed:
        reason = form.cleaned_data["reason"]
        return services.evidence_original(actor=actor, case=case, evidence=view.row, reason=reason)

    if handed := attempt(form, take):
        return file_response(handed)
    context = {
        "form": form,
        "question": "Download the original",
        "explanation": "The original can tell where and with what the picture was taken, and by whom. Everybody else sees"
        " the copy without it. Use the copy unless you need the original.",
        "action": "Download the original",
        "back": evidence_address(case, view),
    }
    return render(request, "shared/confirm.html", context)


@asks
def withdraw(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponse:
    """Withdraws a file, with a reason."""
    case, view = evidence_item(request, ref, uid)
    if not view.may_withdraw:
        raise PermissionDenied
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    actor = actor_of(request)

    def take_back() -> Evidence:
        reason = form.cleaned_data["reason"]
        return services.evidence_withdraw(actor=actor, case=case, evidence=view.row, reason=reason)

    if attempt(form, take_back):
        messages.success(request, "Evidence withdrawn")
        return redirect(evidence_address(case, view))
    context = {
        "form": form,
        "question": "Withdraw this evidence?",
        "rows": [("File", view.row.original_name), *said_rows(actor=actor, case=case, row=view.row)],
        "explanation": "Nobody will be able to open the file any more. Its record, its custody log and your reason stay in"
        " the case.",
        "action": "Withdraw evidence",
        "danger": True,
        "back": evidence_address(case, view),
    }
    return render(request, "shared/confirm.html", context)


def evidence_item(request: HttpRequest, ref: str, uid: uuid.UUID) -> tuple[Case, EvidenceView]:
    """A file as the asker may know it now. Raises Http404, the same for hidden and for absent."""
    actor, case = actor_of(request), case_or_404(request, ref)
    try:
        row = evidence_get(actor=actor, case=case, uid=uid)
    except Evidence.DoesNotExist as error:
        raise Http404 from error
    works = abilities(actor, case).level.covers(Level.CONTRIBUTE)
    return case, evidence_told(actor, case, row, works=works)


def _hand_over(
    request: HttpRequest, case: Case, view: EvidenceView, take: Callable[[], services.Handed]
) -> HttpResponseBase:
    try:
        return file_response(take())
    except RuleError as error:
        messages.warning(request, error.message)
        return redirect(evidence_address(case, view))


def evidence_address(case: Case, view: EvidenceView) -> str:
    """Where the page of a file is."""
    return reverse("incidents:evidence_item", args=[case.ref, view.row.uid])
