"""Breaches and their 72 hours: for information governance, and who decides for the lead agency."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from incidents.forms.breach import breach_form
from incidents.scoping import may_judge_breaches, may_see_breaches
from incidents.selectors.breach import breach_get
from incidents.selectors.breach import breaches as breach_rows
from incidents.services.breach import breach_close, breach_not_reportable, breach_read, breach_report
from incidents.views.doors import actor_of, asks, attempt, reads
from kernel.errors import AbsentError


@reads
def breaches(request: HttpRequest) -> HttpResponse:
    """The breaches that the asker may see, those not decided first."""
    actor = actor_of(request)
    if not may_see_breaches(actor):
        raise Http404
    return render(request, "incidents/breach/list.html", {"rows": breach_rows(actor=actor)})


@asks
def breach(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """One breach: what was disclosed, who opened what, how the hours stand; information governance decides."""
    actor = actor_of(request)
    try:
        view = breach_get(actor=actor, uid=uid)
    except AbsentError as error:
        raise Http404 from error
    judges = may_judge_breaches(actor)
    if request.method == "POST" and not judges:
        raise PermissionDenied
    form = breach_form(view.breach.state, request.POST if request.method == "POST" else None) if judges else None
    if form and attempt(form, lambda: _decide(actor, view.breach, form)):
        messages.success(request, "Saved")
        return redirect("incidents:breach", uid=uid)
    breach_read(actor=actor, breach=view.breach)
    return render(request, "incidents/breach/breach.html", {"view": view, "breach": view.breach, "form": form})


def _decide(actor: Any, found: Any, form: Any) -> Any:
    chosen = form.cleaned_data
    if chosen["decision"] == "reported":
        return breach_report(actor=actor, breach=found, ico_reference=chosen["ico_reference"] or "")
    if chosen["decision"] == "not_reportable":
        return breach_not_reportable(actor=actor, breach=found, reason=chosen["reason"])
    return breach_close(actor=actor, breach=found, note=chosen["note"])
