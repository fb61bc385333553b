"""Briefing packs: ask for one, watch it being made, take it."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from agencies.reauthentication import reauthentication_required
from hasbag import selectors, services
from hasbag.forms import PackForm
from hasbag.models import Pack
from hasbag.scoping import is_chair
from hasbag.selectors.pack import PackRow
from hasbag.views.common import actor_of, meeting_of, page
from kernel.errors import RuleError
from kernel.references import reference_normalise


@page("GET", "HEAD", "POST")
def pack_new(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask for a pack: for one's own agency, or as the chair for any member."""
    actor, meeting = actor_of(request), meeting_of(request, ref)
    lines = selectors.attendance_lines(actor, meeting)
    may_any = is_chair(actor, meeting)
    offered = {line.agency_id: line.agency for line in lines if line.mine or may_any}
    own = next((line.agency_id for line in lines if line.mine), None)
    form = PackForm(request.POST or None, agencies=list(offered.items()), initial={"agency": own})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            agency = selectors.member_get(meeting, int(data["agency"]))
            made = services.pack_request(
                actor=actor, meeting=meeting, agency=agency, submission_id=data["submission_id"]
            )
        except RuleError as error:
            form.add_rule_error(error)
        else:
            return redirect("hasbag:pack", ref=ref, pack_ref=made.ref)
    return render(request, "hasbag/pack_new.html", {"form": form, "meeting": meeting, "may_any": may_any})


@page()
def pack(request: HttpRequest, ref: str, pack_ref: str) -> HttpResponse:
    """How far a pack is; its download once it is ready, for who may have it."""
    meeting = meeting_of(request, ref)
    return render(request, "hasbag/pack.html", {"meeting": meeting, "pack": _row(request, ref, pack_ref)})


@page()
def pack_state(request: HttpRequest, ref: str, pack_ref: str) -> HttpResponse:
    """The same, alone: the part of the page that is looked up again while the pack is being made."""
    meeting = meeting_of(request, ref)
    return render(request, "hasbag/parts/pack_state.html", {"meeting": meeting, "pack": _row(request, ref, pack_ref)})


def _row(request: HttpRequest, ref: str, pack_ref: str) -> PackRow:
    row = selectors.pack_row(actor_of(request), pack_ref)
    if row.meeting_ref != ref:
        raise Pack.DoesNotExist
    return row


def _pack_page(request: HttpRequest, ref: str) -> str:
    pack_ref = reference_normalise(request.GET.get("pack", ""), "HK")
    return reverse("hasbag:pack", args=[ref, pack_ref]) if pack_ref else reverse("hasbag:meeting", args=[ref])


@page()
@partial(reauthentication_required, back=_pack_page)
def pack_pdf(request: HttpRequest, ref: str) -> HttpResponse:
    """A finished pack of the actor's own agency, every case inside being open to them now; else nothing is found."""
    actor = actor_of(request)
    found = selectors.pack_for_download(actor, meeting_of(request, ref), request.GET.get("pack", ""))
    path = services.pack_downloaded(actor=actor, pack=found)
    response = HttpResponse(path.read_bytes(), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{found.ref}.pdf"'
    response["Cache-Control"] = "no-store, private"
    return response
