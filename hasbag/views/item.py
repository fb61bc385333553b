"""The chair's hand on the agenda: add a case, take one off, put it back."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from hasbag import selectors, services
from hasbag.forms import ItemForm, ReasonForm
from hasbag.services.item import is_late_now
from hasbag.views.common import actor_of, meeting_of, page, require_chair
from incidents.views.doors import case_open
from kernel.errors import RuleError


@page("GET", "HEAD", "POST")
def item_add(request: HttpRequest, ref: str) -> HttpResponse:
    """Put a case on the agenda by its reference."""
    meeting = meeting_of(request, ref)
    require_chair(request, meeting)
    late = is_late_now(meeting)
    form = ItemForm(request.POST or None, late=late)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            item = services.item_add(
                actor=actor_of(request), meeting=meeting, case_ref=data["case"], reason=data["reason"]
            )
        except RuleError as error:
            form.add_rule_error(error)
        else:
            messages.success(request, f"{item.case.ref} is on the agenda")
            return redirect("hasbag:meeting", ref=ref)
    return render(request, "hasbag/item_add.html", {"form": form, "meeting": meeting, "late": late})


@page("GET", "HEAD", "POST")
def item_remove(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponse:
    """Take a case off the agenda, with a reason."""
    meeting = meeting_of(request, ref)
    require_chair(request, meeting)
    item = selectors.item_get(actor_of(request), meeting, uid)
    case_open(request, item.case)
    form = ReasonForm(request.POST or None, label="Why it is taken off the agenda")
    if request.method == "POST" and form.is_valid():
        try:
            services.item_remove(actor=actor_of(request), item=item, reason=form.cleaned_data["reason"])
        except RuleError as error:
            form.add_rule_error(error)
        else:
            messages.success(request, f"{item.case.ref} was taken off the agenda")
            return redirect("hasbag:meeting", ref=ref)
    context = {
        "question": f"Take {item.case.ref} off the agenda?",
        "explanation": "Members who may see the case see that it was taken off, and why. You can put it back.",
        "form": form,
        "action": "Take it off",
        "back": reverse("hasbag:meeting", args=[ref]),
    }
    return render(request, "shared/confirm.html", context)


@page("GET", "HEAD", "POST")
def item_restore(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponse:
    """Put a case back on the agenda."""
    meeting = meeting_of(request, ref)
    require_chair(request, meeting)
    item = selectors.item_get(actor_of(request), meeting, uid)
    case_open(request, item.case)
    late = is_late_now(meeting)
    label = "Why it cannot wait for the next meeting" if late else "Why it is put back"
    form = ReasonForm(request.POST if request.method == "POST" else None, label=label, required=late)
    if request.method == "POST" and form.is_valid():
        try:
            services.item_restore(actor=actor_of(request), item=item, reason=form.cleaned_data["reason"])
        except RuleError as error:
            form.add_rule_error(error)
        else:
            messages.success(request, f"{item.case.ref} is back on the agenda")
            return redirect("hasbag:meeting", ref=ref)
    context = {
        "question": f"Put {item.case.ref} back on the agenda?",
        "form": form,
        "action": "Put it back",
        "back": reverse("hasbag:meeting", args=[ref]),
    }
    return render(request, "shared/confirm.html", context)
