"""Emergency access: opening a case that cannot wait, and the review that somebody else must close."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from agencies.reauthentication import reauthentication_required
from incidents.forms.access import EmergencyForm, ReviewForm
from incidents.selectors.emergency import emergency_get, emergency_lists, is_concerned
from incidents.services.emergency import emergency_open, emergency_review, may_review
from incidents.views.doors import actor_of, asks, attempt
from kernel.middleware import nothing_found


@asks
@reauthentication_required
def emergency(request: HttpRequest) -> HttpResponse:
    """Opens a case by its exact reference, and lists what was opened."""
    actor = actor_of(request)
    if not is_concerned(actor):
        raise PermissionDenied
    form = EmergencyForm(request.POST if request.method == "POST" else None)
    case = attempt(form, lambda: emergency_open(actor=actor, **form.cleaned_data))
    if case:
        messages.success(request, f"{case.ref} is open to you. The lead agency and information governance are told.")
        return redirect("incidents:case", ref=case.ref)
    page = render(request, "incidents/emergency/emergency.html", {"form": form, "lists": emergency_lists(actor)})
    return nothing_found(page) if form.is_bound else page


@asks
def opening(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """One opening, and its review."""
    actor = actor_of(request)
    access = emergency_get(actor, uid)
    if access is None:
        raise Http404
    may = may_review(actor, access) and access.reviewed_at is None
    form = ReviewForm(request.POST if request.method == "POST" and may else None)
    if request.method == "POST" and not may:
        raise PermissionDenied
    if attempt(form, lambda: emergency_review(actor=actor, access=access, **form.cleaned_data)):
        messages.success(request, "Review closed")
        return redirect("incidents:emergency")
    return render(request, "incidents/emergency/opening.html", {"access": access, "form": form, "may_review": may})
