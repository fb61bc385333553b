"""Sharing a case with an agency, and ending it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from incidents.forms.share import ShareForm
from incidents.models import CaseGrant
from incidents.selectors.share import recipients, share_get
from incidents.services.share import share_end, share_give
from incidents.views.doors import actor_of, asks, attempt, case_to
from kernel.forms import GovForm
from kernel.when import moment_text


@asks
def share_new(request: HttpRequest, ref: str) -> HttpResponse:
    """Shares the case: with whom, at which level, why, by which gateway, until when."""
    case, can = case_to(request, ref, "share")
    form = ShareForm(request.POST if request.method == "POST" else None, agencies=recipients(case), own=can.level)
    grant = attempt(
        form,
        lambda: share_give(actor=actor_of(request), case=case, **form.terms()),
        {"starts_at": "starts_on", "until": "ends_on"},
    )
    if grant:
        messages.success(request, f"Shared with {grant.agency.name}")
        return redirect(reverse("incidents:case", args=[case.ref]) + "#sharing")
    return render(request, "incidents/share_new.html", {"form": form, "case": case})


@asks
def share_stop(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponse:
    """Ends a share, after asking."""
    case, _ = case_to(request, ref, "share")
    grant = share_get(case, uid)
    if grant is None:
        raise Http404
    back = reverse("incidents:case", args=[case.ref]) + "#sharing"
    form = GovForm(request.POST if request.method == "POST" else None)
    if attempt(form, lambda: share_end(actor=actor_of(request), case=case, uid=uid)):
        messages.success(request, f"Sharing with {grant.agency.name} ended")
        return redirect(back)
    context = {
        "question": f"Do you want to end sharing {case.ref} with {grant.agency.name}?",
        "explanation": "They stop seeing the case at once. What they read already stays with them.",
        "rows": _rows(grant),
        "form": form,
        "action": "End sharing",
        "danger": True,
        "back": back,
    }
    return render(request, "shared/confirm.html", context)


def _rows(grant: CaseGrant) -> list[tuple[str, str]]:
    return [
        ("Access", grant.get_level_display()),
        ("Purpose", grant.purpose),
        ("Since", moment_text(grant.starts_at)),
    ]
