"""A supervisor's pages: the team, one person's work, giving cases on, the sign-off queue, the chair's list."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from incidents.choices import Band
from incidents.forms.allocation import ReassignForm
from incidents.scoping import supervises
from incidents.selectors.audience import colleagues
from incidents.selectors.escalation import chair_list, is_chair
from incidents.selectors.team import Marks, WorkerPage, team_page
from incidents.services.allocation import ChosenCase, cases_reassign
from incidents.services.task_bulk import Outcome
from incidents.services.team import worker_read
from incidents.views.doors import actor_of, asks, attempt, reads
from kernel import clock
from kernel.actors import Actor
from kernel.errors import AbsentError
from kernel.sign_offs import sign_off_labels, sign_offs_for, signs_off

SIGN_OFFS_SHOWN = 50
"""So many of all kinds stand on the sign-off queue; of one kind, all that it lists."""
_MARKS = ("after", "before", "tasks_after", "tasks_before")
_BANDS = {**dict(Band.choices), "none": "Not assessed"}


def _supervisor(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if not supervises(actor):
        raise Http404
    return actor


@reads
def team(request: HttpRequest) -> HttpResponse:
    """Who has what, what is late, where the risk sits. Four queries at most."""
    rows = team_page(actor=_supervisor(request))
    return render(request, "incidents/team/team.html", {"rows": rows})


@asks
def team_worker(request: HttpRequest, user_id: int) -> HttpResponse:
    """What one person of the team holds, and giving several cases on. Four queries, five for somebody who has left."""
    actor = _supervisor(request)
    mine = list(colleagues(supervises(actor)))
    staff = [person for person in mine if person.pk != user_id]
    form = ReassignForm(request.POST if request.method == "POST" else None, staff=staff)
    page = _worker(request, actor, user_id, "".join(person.name for person in mine if person.pk == user_id))
    chosen = [row for mark in request.POST.getlist("cases") if (row := ChosenCase.parse(mark))]
    outcomes = attempt(
        form,
        lambda: cases_reassign(actor=actor, chosen=chosen, to=form.person(), reason=form.cleaned_data["reason"]),
        {"cases": ""},
    )
    if outcomes is not None:
        _say(request, outcomes)
        return redirect("incidents:team_worker", user_id=user_id)
    context: dict[str, Any] = {
        "page": page,
        "form": form,
        "chosen": {row.ref for row in chosen},
        "band": _BANDS.get(page.band, ""),
        "newer": page.cases.newer and _query(page, before=page.cases.newer),
        "older": page.cases.older and _query(page, after=page.cases.older),
        "tasks_newer": page.tasks.newer and f"{_query(page, tasks_before=page.tasks.newer)}#tasks",
        "tasks_older": page.tasks.older and f"{_query(page, tasks_after=page.tasks.older)}#tasks",
        "now": clock.now(),
    }
    return render(request, "incidents/team/worker.html", context)


def _worker(request: HttpRequest, actor: Actor, user_id: int, name: str) -> WorkerPage:
    wanted = request.GET.get("band", "")
    try:
        return worker_read(
            actor=actor,
            user_id=user_id,
            name=name,
            band=wanted if wanted in _BANDS else "",
            late=bool(request.GET.get("late")),
            marks=Marks(**{name: request.GET.get(name, "") for name in _MARKS}),
        )
    except AbsentError:
        raise Http404 from None


def _query(page: WorkerPage, **marks: str) -> str:
    kept = ({"band": page.band} if page.band else {}) | ({"late": "1"} if page.late else {})
    return "?" + urlencode({**kept, **marks})


def _say(request: HttpRequest, outcomes: list[Outcome]) -> None:
    done = sum(not one.refusal for one in outcomes)
    if done:
        messages.success(request, f"{done} {'case' if done == 1 else 'cases'} handed over")
    for one in outcomes:
        if one.refusal:
            messages.warning(request, f"{one.ref}: {one.refusal}")


@reads
def sign_off(request: HttpRequest) -> HttpResponse:
    """What waits for the asker's second signature or review. One query."""
    actor, now = actor_of(request), clock.now()
    if not signs_off(actor, now):
        raise Http404
    found = sign_offs_for(actor, now)
    kinds = {row.kind: row.label for row in found}
    kind = request.GET.get("kind", "")
    rows = [row for row in found if row.kind == kind] if kind in kinds else found[:SIGN_OFFS_SHOWN]
    context = {"rows": rows, "kinds": kinds if len(found) > SIGN_OFFS_SHOWN else {}, "kind": kinds.get(kind, "")}
    context |= {"listed_here": f"What is listed here: {', '.join(sign_off_labels(actor, now)).lower()}."}
    return render(request, "incidents/team/sign_off.html", context)


@reads
def overdue(request: HttpRequest) -> HttpResponse:
    """The HASBAG chair's list: what is five working days over. Two queries."""
    actor = actor_of(request)
    if not is_chair(actor):
        raise Http404
    return render(request, "incidents/team/overdue.html", {"rows": chair_list(actor=actor)})
