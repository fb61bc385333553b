"""What the lead agency decides: a proposal, a release to all members, a referral."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from hasbag import selectors, services
from hasbag.forms import ProposalForm, ReferralForm, ReleaseFields
from hasbag.views.common import actor_of, meeting_of, page
from incidents.views.doors import case_open
from kernel.errors import RuleError


@page("GET", "HEAD", "POST")
def proposal(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Release a case to a meeting, or refuse with a reason."""
    actor = actor_of(request)
    shown = services.proposal_read(actor=actor, uid=uid)
    case_open(request, shown.case)
    form = ProposalForm(
        request.POST or None,
        newcomers=shown.release.newcomers,
        suggested=shown.release.suggested,
        meeting_ref=shown.meeting.ref,
    )
    if request.method == "POST" and form.is_valid():
        try:
            if form.cleaned_data["decision"] == "release":
                services.proposal_release(actor=actor, proposal=shown.proposal, **form.terms())
                messages.success(request, f"{shown.case.ref} is released to {shown.meeting.ref}")
            else:
                services.proposal_refuse(actor=actor, proposal=shown.proposal, reason=form.cleaned_data["reason"])
                messages.success(request, f"{shown.case.ref} is not released")
        except RuleError as error:
            form.add_rule_error(error)
        else:
            return redirect("incidents:work")
    return render(request, "hasbag/proposal.html", {"page": shown, "form": form})


@page("GET", "HEAD", "POST")
def item_release(request: HttpRequest, ref: str, uid: uuid.UUID) -> HttpResponse:
    """Open a case that is on the agenda to all members of the meeting."""
    actor, meeting = actor_of(request), meeting_of(request, ref)
    shown = services.release_read(actor=actor, meeting=meeting, uid=uid)
    case_open(request, shown.case)
    form = ReleaseFields(
        request.POST or None,
        newcomers=shown.release.newcomers,
        suggested=shown.release.suggested,
        meeting_ref=meeting.ref,
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.item_release(actor=actor, item=shown.item, **form.terms())
        except RuleError as error:
            form.add_rule_error(error)
        else:
            messages.success(request, f"{shown.case.ref} is released to the meeting’s members")
            return redirect("hasbag:meeting", ref=ref)
    return render(request, "hasbag/item_release.html", {"page": shown, "form": form})


@page("GET", "HEAD", "POST")
def refer(request: HttpRequest, ref: str) -> HttpResponse:
    """Refer a case to the next meeting of an area."""
    actor = actor_of(request)
    shown = selectors.referral_page(actor, ref)
    case_open(request, shown.case)
    form = ReferralForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.case_refer(actor=actor, case=shown.case, **form.cleaned_data)
        except RuleError as error:
            form.add_rule_error(error)
        else:
            messages.success(request, f"{ref} is referred to the next meeting")
            return redirect("incidents:case", ref=ref)
    return render(request, "hasbag/refer.html", {"page": shown, "form": form})
