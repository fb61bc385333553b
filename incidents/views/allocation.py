"""Pages about who works a case, and who stands in for whom."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from incidents.choices.changes import DecisionKind
from incidents.forms.allocation import CoverForm, DeputyForm, HandoverForm
from incidents.models import Case, Cover
from incidents.scoping import allocates, may_end_cover, supervises
from incidents.selectors.allocation import cover_agencies, cover_get, covers_listed, takers
from incidents.selectors.audience import colleagues
from incidents.services.access import level_of
from incidents.services.allocation import case_deputy_set, case_handover
from incidents.services.cover import cover_end, cover_set
from incidents.views.doors import actor_of, asks, attempt, case_to, decided_offer
from kernel import clock
from kernel.actors import Actor
from kernel.errors import AbsentError, StaleError
from kernel.forms import GovForm


def _allocated(request: HttpRequest, ref: str) -> Case:
    case, _ = case_to(request, ref, "change")
    if not allocates(actor_of(request), case):
        raise PermissionDenied
    return case


@asks
def case_handed_over(request: HttpRequest, ref: str) -> HttpResponse:
    """Gives the case to another lead worker, with a note."""
    case = _allocated(request, ref)
    staff = list(takers(case))
    form = HandoverForm(request.POST if request.method == "POST" else None, case=case, staff=staff)

    def hand() -> Case:
        data = form.cleaned_data
        to = form.staff[data["to"]]
        return case_handover(actor=actor_of(request), case=case, version=data["version"], to=to, note=data["note"])

    context: dict[str, Any] = {"case": case, "form": form, "what": "handover"}
    try:
        if attempt(form, hand):
            messages.success(request, decided_offer(request, f"{case.ref} handed over", case, DecisionKind.HANDED))
            # Whoever hands on a case that only its own people open may not see it any more.
            still = level_of(actor_of(request), case) is not None
            return redirect("incidents:case", ref=case.ref) if still else redirect("incidents:work")
    except StaleError as error:
        return _stale(request, error, context, HandoverForm, staff)
    return render(request, "incidents/allocation/case.html", context)


@asks
def case_deputy(request: HttpRequest, ref: str) -> HttpResponse:
    """Names the deputy worker of a case, or nobody."""
    case = _allocated(request, ref)
    staff = list(takers(case))
    form = DeputyForm(request.POST if request.method == "POST" else None, case=case, staff=staff)

    def name() -> Case:
        version = form.cleaned_data["version"]
        return case_deputy_set(actor=actor_of(request), case=case, version=version, deputy=form.person())

    context: dict[str, Any] = {"case": case, "form": form, "what": "deputy"}
    try:
        if attempt(form, name):
            messages.success(request, "Deputy worker changed")
            return redirect("incidents:case", ref=case.ref)
    except StaleError as error:
        return _stale(request, error, context, DeputyForm, staff)
    return render(request, "incidents/allocation/case.html", context)


def _stale(
    request: HttpRequest, error: StaleError, context: dict[str, Any], form: type[Any], staff: list[Any]
) -> HttpResponse:
    """The case as it stands now, with what was typed as an edit of it."""
    current: Any = error.current
    data = request.POST.copy()
    data["version"] = str(current.version)
    context |= {"case": current, "form": form(data, case=current, staff=staff), "conflict": True}
    return render(request, "incidents/allocation/case.html", context, status=409)


@asks
def covers(request: HttpRequest) -> HttpResponse:
    """Who stands in for whom, and setting it: for oneself, or as a supervisor for the team."""
    actor = actor_of(request)
    if not actor.agency_ids:
        raise Http404
    staff = list(colleagues(actor.agency_ids))
    supervised = supervises(actor)
    away = staff if supervised else [person for person in staff if person.pk == actor.user_id]
    today = clock.today()
    form = CoverForm(
        request.POST if request.method == "POST" else None,
        agencies=cover_agencies(actor),
        away=away,
        staff=staff,
        initial={"away": actor.user_id, "starts_on": today},
    )
    if row := attempt(form, lambda: cover_set(actor=actor, **form.values())):
        messages.success(request, f"Cover set. {_told(actor, row)} been told.")
        return redirect("incidents:covers")
    rows = [
        {"cover": row, "now": row.starts_on <= today, "may_end": may_end_cover(actor, row)}
        for row in covers_listed(actor=actor)
    ]
    return render(request, "incidents/allocation/covers.html", {"form": form, "rows": rows, "team": bool(supervised)})


def _told(actor: Actor, cover: Cover) -> str:
    """Who was told of a cover: nobody is told of what they set themself."""
    if actor.user_id == cover.away_id:
        return f"{cover.covering.name} has"
    return f"{cover.away.name} has" if actor.user_id == cover.covering_id else "Both of them have"


@asks
def cover_stop(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Ends cover, or calls it off."""
    actor = actor_of(request)
    try:
        cover = cover_get(actor=actor, uid=uid)
    except AbsentError:
        raise Http404 from None
    if not may_end_cover(actor, cover):
        raise PermissionDenied
    form = GovForm(request.POST if request.method == "POST" else None)
    if attempt(form, lambda: cover_end(actor=actor, cover=cover)):
        messages.success(request, "Cover ended")
        return redirect("incidents:covers")
    context = {
        "question": "End this cover?",
        "form": form,
        "rows": [("Away", cover.away.name), ("Stands in", cover.covering.name)],
        "action": "End the cover",
        "back": reverse("incidents:covers"),
    }
    return render(request, "shared/confirm.html", context)
