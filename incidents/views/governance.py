"""The audit's pages: for information governance, and for supervisors their own staff's. Nobody else finds them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from agencies.models import User
from agencies.scoping import governs, supervised
from incidents.choices import OwnName
from incidents.forms import audit as forms
from incidents.models import DipItem
from incidents.selectors import audit as selectors
from incidents.services import audit as services
from incidents.views.doors import View, actor_of, asks, attempt, reads
from kernel.actors import Actor
from kernel.clock import today_real

OFTEN = 5


def _only(allowed: Callable[[Actor], Any]) -> Callable[[View], View]:
    """A page that whoever is not allowed does not find, whatever it is about."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not allowed(actor_of(request)):
                raise Http404
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def _looks_after(actor: Actor) -> bool:
    return governs(actor) or bool(supervised(actor))


for_governance = _only(governs)
for_supervisors = _only(supervised)
for_both = _only(_looks_after)


@reads
@for_governance
def governance(request: HttpRequest) -> HttpResponse:
    """What information governance can look at."""
    return render(request, "incidents/governance/index.html", {"count": selectors.dip_open_count()})


@reads
@for_governance
def record(request: HttpRequest) -> HttpResponse:
    """Who saw a case or a person."""
    form = forms.RecordFilterForm(request.GET if "ref" in request.GET else None)
    context = _events(request, "record", form)
    return render(request, "incidents/governance/record.html", context)


@reads
@for_governance
def users(request: HttpRequest) -> HttpResponse:
    """Whom to look at."""
    form = forms.StaffSearchForm(request.GET if "q" in request.GET else None)
    found = selectors.staff_found(form.cleaned_data["q"]) if form.is_valid() else []
    context = {"form": form, "found": found, "full": len(found) == selectors.PEOPLE_SIZE}
    return render(request, "incidents/governance/users.html", context)


@reads
@for_governance
def user(request: HttpRequest, pk: int) -> HttpResponse:
    """What one person saw and did."""
    try:
        person = selectors.staff_get(pk)
    except User.DoesNotExist as error:
        raise Http404 from error
    form = forms.UserFilterForm(request.GET)
    context = _events(request, "user", form, user_id=person.pk)
    return render(request, "incidents/governance/user.html", {**context, "person": person})


@reads
@for_governance
def out_of_hours(request: HttpRequest) -> HttpResponse:
    """Reads at night, on weekends and on bank holidays."""
    form = forms.HoursFilterForm(request.GET, agencies=_agencies())
    hours: dict[str, Any] = {}
    if form.is_valid():
        opens, closes = form.cleaned_data["opens"] or forms.OPENS, form.cleaned_data["closes"] or forms.CLOSES
        hours = {"opens": opens, "closes": closes, "holidays": selectors.holidays(), "operations": selectors.READING}
    context = _events(request, "out_of_hours", form, **hours)
    return render(request, "incidents/governance/out_of_hours.html", context | hours)


@reads
@for_governance
def own_name(request: HttpRequest) -> HttpResponse:
    """Who opened a record with their own name, or searched for it."""
    form = forms.AgencyFilterForm(request.GET, agencies=_agencies())
    page = selectors.EventPage()
    if form.is_valid():
        page = services.own_name_read(actor=actor_of(request), criteria=form.criteria(), mark=_mark(request))
    context = _context(request, form, page) | {"ways": dict(OwnName.choices)}
    return render(request, "incidents/governance/own_name.html", context)


@reads
@for_governance
def often(request: HttpRequest) -> HttpResponse:
    """Records that many people looked at."""
    form = forms.OftenFilterForm(request.GET)
    rows: list[selectors.OftenRow] = []
    people = OFTEN
    if form.is_valid():
        people = form.cleaned_data["people"] or OFTEN
        criteria = form.criteria()
        criteria = criteria if criteria.until else form.criteria(until=today_real())
        rows = services.often_read(actor=actor_of(request), criteria=criteria, threshold=people)
    context = {
        "form": form,
        "rows": rows,
        "people": people,
        "full": len(rows) == selectors.OFTEN_SIZE,
        "active": form.chips(request.path) if form.is_valid() else [],
    }
    return render(request, "incidents/governance/often.html", context)


@reads
@for_governance
def emergency(request: HttpRequest) -> HttpResponse:
    """Emergency access: opened, refused, reviewed."""
    form = forms.AgencyFilterForm(request.GET, agencies=_agencies())
    form.days = 365
    context = _events(request, "emergency", form, actions=selectors.EMERGENCY)
    return render(request, "incidents/governance/emergency.html", context)


@reads
@for_supervisors
def staff(request: HttpRequest) -> HttpResponse:
    """What a supervisor's own staff did."""
    actor = actor_of(request)
    agencies = selectors.agencies_supervised(actor)
    agency = next((one for one in agencies if str(one.pk) == request.GET.get("agency", "")), agencies[0])
    form = forms.StaffFilterForm(
        request.GET, agencies=[(one.pk, one.name) for one in agencies], staff=selectors.staff_of(agency)
    )
    page = selectors.EventPage()
    if form.is_valid():
        criteria = form.criteria(agency_id=None)
        page = services.staff_events_read(actor=actor, agency=agency, criteria=criteria, mark=_mark(request))
    context = _context(request, form, page) | {"agency": agency, "count": selectors.dip_open_count()}
    return render(request, "incidents/governance/staff.html", context)


@reads
@for_both
def samples(request: HttpRequest) -> HttpResponse:
    """The monthly sample: what waits for a signature, what was signed."""
    actor = actor_of(request)
    own = selectors.agencies_all() if governs(actor) else selectors.agencies_supervised(actor)
    form = forms.DipFilterForm(
        request.GET, agencies=[(one.pk, one.name) for one in own], months=selectors.dip_months()
    )
    rows: list[selectors.DipRow] = []
    mark = ""
    if form.is_valid():
        chosen = form.cleaned_data
        rows, mark = services.dips_read(
            actor=actor,
            agency_id=int(chosen["agency"]) if chosen["agency"] else None,
            month=dt.date.fromisoformat(chosen["month"]) if chosen["month"] else None,
            is_open={"": True, "done": False}.get(chosen["show"]),
            mark=_mark(request),
        )
    context = {
        "form": form,
        "rows": rows,
        "count": selectors.dip_open_count(),
        "picked": selectors.dip_samples(actor),
        "for_governance": governs(actor),
        "narrowed": any(request.GET.get(name) for name in ("show", "agency", "month")),
        **_links(request, mark),
    }
    return render(request, "incidents/governance/samples.html", context)


@asks
@for_both
def sample(request: HttpRequest, pk: int) -> HttpResponse:
    """One event of the sample, to be signed off."""
    actor = actor_of(request)
    try:
        row = services.dip_read(actor=actor, item_id=pk)
    except DipItem.DoesNotExist as error:
        raise Http404 from error
    form = forms.DipSignForm(request.POST if request.method == "POST" else None)
    if attempt(form, lambda: services.dip_sign(actor=actor, item_id=pk, **form.cleaned_data)):
        messages.success(request, "Signed off")
        return redirect("incidents:governance_samples")
    context = {"row": row, "form": form, "for_governance": governs(actor)}
    return render(request, "incidents/governance/sample.html", context)


# --- What the pages share --------------------------------------------------------------------------


def _events(request: HttpRequest, view: str, form: forms.AuditFilterForm, **fixed: Any) -> dict[str, Any]:
    page = selectors.EventPage()
    if form.is_bound and form.is_valid():
        criteria = form.criteria(**fixed)
        page = services.events_read(actor=actor_of(request), view=view, criteria=criteria, mark=_mark(request))
    return _context(request, form, page)


def _context(request: HttpRequest, form: forms.AuditFilterForm, page: selectors.EventPage) -> dict[str, Any]:
    valid = form.is_bound and form.is_valid()
    return {
        "form": form,
        "page": page,
        "asked": valid,
        "active": form.chips(request.path) if valid else [],
        "since": form.criteria().since if valid else None,
        **_links(request, page.older),
    }


def _links(request: HttpRequest, older: str) -> dict[str, str]:
    """Where the list goes on, and back to its beginning; what narrows it stays as it is."""
    query = request.GET.copy()
    here = query.pop("after", None)
    newest = f"{request.path}?{query.urlencode()}" if here else ""
    if older:
        query["after"] = older
    return {"newest": newest, "older": f"{request.path}?{query.urlencode()}" if older else ""}


def _mark(request: HttpRequest) -> str:
    return request.GET.get("after", "")


def _agencies() -> list[tuple[int, str]]:
    return [(one.pk, one.name) for one in selectors.agencies_all()]
