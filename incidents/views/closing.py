"""Closing a case, what is owed to the victim then, and opening it again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from incidents.choices.changes import DecisionKind
from incidents.forms.progress import CloseForm, OutcomeForm, ReopenForm
from incidents.scoping import in_case
from incidents.selectors.case_page import abilities
from incidents.selectors.closing import closing_get, duplicate_ref
from incidents.services.closing import case_close, case_reopen, closing_following, closure_outcome_record
from incidents.services.reading import case_part_read
from incidents.views.doors import actor_of, asks, attempt, case_or_404, case_to, decided_offer
from kernel.errors import StaleError


@asks
def close(request: HttpRequest, ref: str) -> HttpResponse:
    """Closes a case. Above the form stands what follows, or what stands against it."""
    actor = actor_of(request)
    case, can = case_to(request, ref, "close")
    form = CloseForm(request.POST if request.method == "POST" else None, case=case)

    def act() -> Any:
        return case_close(
            actor=actor,
            case=case,
            version=form.cleaned_data["version"],
            data=form.closing(),
            submission_id=form.cleaned_data["submission_id"],
        )

    status = 200
    try:
        if attempt(form, act):
            messages.success(request, decided_offer(request, "Case closed", case, DecisionKind.CLOSED))
            return redirect("incidents:closure", ref=case.ref)
    except StaleError as error:
        form, case, status = _again(request, error, CloseForm), error.current, 409  # type: ignore[assignment]
    following = closing_following(actor=actor, case=case)
    context = {"case": case, "can": can, "form": form, "following": following, "conflict": status == 409}
    return render(request, "incidents/progress/close.html", context, status=status)


@asks
def closure(request: HttpRequest, ref: str) -> HttpResponse:
    """How a case was closed and what the victim was told; sending it records the written outcome."""
    actor = actor_of(request)
    case = case_or_404(request, ref)
    can = abilities(actor, case)
    closing = closing_get(actor=actor, case=case)
    if closing is None:
        raise Http404
    if request.method == "POST" and not can.outcome:
        raise PermissionDenied
    form = OutcomeForm(request.POST if request.method == "POST" else None)

    def act() -> Any:
        return closure_outcome_record(actor=actor, case=case, sent_at=form.cleaned_data["sent_at"])

    if attempt(form, act):
        messages.success(request, "Written outcome recorded")
        return redirect("incidents:closure", ref=case.ref)
    case_part_read(actor=actor, case=case, part="closing")
    context = {
        "case": case,
        "can": can,
        "closing": closing,
        "form": form,
        "told": in_case(actor, case).sees_victims,
        "duplicate": duplicate_ref(actor=actor, closing=closing),
    }
    return render(request, "incidents/progress/closure.html", context)


@asks
def reopen(request: HttpRequest, ref: str) -> HttpResponse:
    """Opens a closed case again, with a reason."""
    actor = actor_of(request)
    case, _ = case_to(request, ref, "reopen")
    form = ReopenForm(request.POST if request.method == "POST" else None, case=case)

    def act() -> Any:
        entered = form.cleaned_data
        return case_reopen(actor=actor, case=case, version=entered["version"], reason=entered["reason"])

    status = 200
    try:
        if attempt(form, act):
            messages.success(request, "Case opened again")
            return redirect("incidents:case", ref=case.ref)
    except StaleError as error:
        form, case, status = _again(request, error, ReopenForm), error.current, 409  # type: ignore[assignment]
    context = {"case": case, "form": form, "conflict": status == 409}
    return render(request, "incidents/progress/reopen.html", context, status=status)


def _again(request: HttpRequest, error: StaleError, form: Any) -> Any:
    """The page as it was filled in, to be sent once more over what stands now."""
    current: Any = error.current
    data = request.POST.copy()
    data["version"] = str(current.version)
    return form(data, case=current)
