"""Who is still here: the quarterly page of an agency's points of contact."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from agencies import selectors
from agencies.forms import ConfirmForm
from agencies.selectors import ConfirmRow
from agencies.services import upkeep as services
from kernel.actors import Actor
from kernel.when import date_text


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Say of each person of the agency whether they still work there."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    mine = list(selectors.agencies_confirmed(actor))
    code = request.GET.get("agency", "")
    agency = next((one for one in mine if code in ("", one.code)), None)
    if agency is None:
        raise Http404
    rows = selectors.confirmations(agency, without=actor.user_id)
    people = [(row.membership.pk, row.membership.user.name, _hint(row)) for row in rows]
    form = ConfirmForm(request.POST if request.method == "POST" else None, people=people)
    if request.method == "POST" and form.is_valid():
        here, left = services.people_confirm(actor=actor, agency=agency, answers=form.answers())
        messages.success(request, f"Saved: {here} still here, {left} left")
        return redirect(f"{reverse('agencies:people_confirm')}?agency={agency.code}")
    context = {
        "form": form,
        "agency": agency,
        "agencies": mine,
        "due": sum(row.due for row in rows),
        "overdue": sum(row.overdue for row in rows),
    }
    return render(request, "agencies/confirm.html", context)


def _hint(row: ConfirmRow) -> str:
    place = row.membership
    roles = ", ".join(row.roles)
    if place.confirmed_at is None:
        said = f"here since {date_text(place.started_at)}, not confirmed yet"
    else:
        said = f"confirmed on {date_text(place.confirmed_at)}"
    late = "Overdue: " if row.overdue else ""
    return f"{late}{roles}; {said}"
