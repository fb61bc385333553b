"""The list of meetings, a new one, one meeting, its attendance and its sign-off."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from agencies.models import Agency
from hasbag import selectors, services
from hasbag.forms import AttendanceForm, MeetingForm, PlainForm
from hasbag.selectors.meeting import chair_areas
from hasbag.views.common import actor_of, meeting_of, page, require_chair
from kernel.errors import ForbiddenError, RuleError

SHOWN = (("", "To come"), ("past", "Past"), ("mine", "Chaired by us"))


@page()
def meetings(request: HttpRequest) -> HttpResponse:
    """Meetings to come, past ones, and those that the actor's own agency chairs."""
    actor = actor_of(request)
    show = request.GET.get("show", "")
    show = show if show in dict(SHOWN) else ""
    address = reverse("hasbag:meetings")
    tabs = [
        {"text": text, "href": f"{address}?show={key}" if key else address, "current": key == show}
        for key, text in SHOWN
    ]
    context = {
        "meetings": selectors.meetings_for_list(actor, show=show),
        "tabs": tabs,
        "show": show,
        "may_call": bool(chair_areas(actor)),
    }
    return render(request, "hasbag/meetings.html", context)


@page("GET", "HEAD", "POST")
def meeting_new(request: HttpRequest) -> HttpResponse:
    """Call a meeting."""
    actor = actor_of(request)
    areas = chair_areas(actor)
    if not areas:
        raise ForbiddenError("Only a chair can call a meeting.")
    offered = [agency for agency in selectors.member_choices() if agency.pk not in actor.agency_ids]
    form = MeetingForm(request.POST or None, areas=areas, offered=offered)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = services.meeting_create(
                actor=actor,
                area=data["area"],
                starts_at=data["starts_at"],
                venue=data["venue"],
                agency_ids=data["agencies"],
                submission_id=data["submission_id"],
            )
        except RuleError as error:
            form.add_rule_error(error)
        else:
            messages.success(request, f"Meeting {made.ref} called. The agenda is being chosen.")
            return redirect("hasbag:meeting", ref=made.ref)
    return render(request, "hasbag/meeting_new.html", {"form": form})


@page()
def meeting(request: HttpRequest, ref: str) -> HttpResponse:
    """One meeting: when, who, the agenda as the actor may see it, the actor's packs."""
    return render(request, "hasbag/meeting.html", {"page": services.meeting_read(actor=actor_of(request), ref=ref)})


@page("GET", "HEAD", "POST")
def attendance(request: HttpRequest, ref: str, code: str) -> HttpResponse:
    """Answer the invitation for one's own agency."""
    actor, found = actor_of(request), meeting_of(request, ref)
    lines = {line.code: line for line in selectors.attendance_lines(actor, found)}
    if code not in lines:
        raise Agency.DoesNotExist
    line = lines[code]
    if not line.mine:
        raise ForbiddenError("You can answer for your own agency only.")
    initial = {"state": line.state, "name": line.name or actor.name}
    form = AttendanceForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.attendance_set(actor=actor, meeting=found, agency_id=line.agency_id, **form.cleaned_data)
        except RuleError as error:
            form.add_rule_error(error)
        else:
            messages.success(request, "Your answer is saved")
            return redirect("hasbag:meeting", ref=ref)
    return render(request, "hasbag/attendance.html", {"form": form, "meeting": found, "line": line})


@page("GET", "HEAD", "POST")
def sign(request: HttpRequest, ref: str) -> HttpResponse:
    """Sign the minutes off."""
    found = meeting_of(request, ref)
    require_chair(request, found)
    form = PlainForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.minutes_sign(actor=actor_of(request), meeting=found)
        except RuleError as error:
            form.add_rule_error(error)
        else:
            messages.success(request, "Minutes signed")
            return redirect("hasbag:meeting", ref=ref)
    context = {
        "question": f"Sign the minutes of {ref}?",
        "explanation": "Nothing of the meeting can be changed after that. The members’ view of the cases that were"
        " released to it ends at 5pm on the 20th working day from now.",
        "form": form,
        "action": "Sign the minutes",
        "back": reverse("hasbag:meeting", args=[ref]),
    }
    return render(request, "shared/confirm.html", context)
