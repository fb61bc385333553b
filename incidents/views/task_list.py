"""The list of tasks, and the same step for several of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from incidents.forms.task import BulkForm, TaskFilterForm
from incidents.selectors import task as selectors
from incidents.selectors.audience import colleagues
from incidents.services.task_bulk import Chosen, Outcome, tasks_step
from incidents.views.doors import actor_of, attempt, reads, sends
from kernel import clock
from kernel.actors import Actor


@reads
def tasks(request: HttpRequest) -> HttpResponse:
    """The actor's tasks, the agency's, and those asked of others; open or finished. Three queries."""
    return _list(request, _worker(request), request.GET)


@sends
def tasks_selected(request: HttpRequest) -> HttpResponse:
    """Takes the same step with the selected tasks, and says of each what became of it.

    Where something is missing it is the list again, with what was chosen.
    """
    actor, asked = _worker(request), _asked(request)
    marks = request.POST.getlist("tasks")
    chosen = [row for mark in marks if (row := Chosen.parse(mark))]
    form = BulkForm(request.POST, staff=colleagues(actor.agency_ids))
    outcomes = attempt(form, lambda: tasks_step(actor=actor, chosen=chosen, **form.values()), {"tasks": ""})
    if outcomes is None:
        return _list(request, actor, asked, form, {row.ref for row in chosen})
    _say(request, form.cleaned_data["verb"], outcomes)
    return redirect(f"{reverse('incidents:tasks')}?{asked.urlencode()}" if asked else "incidents:tasks")


def _worker(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if not actor.agency_ids:
        raise Http404
    return actor


def _asked(request: HttpRequest) -> QueryDict:
    """The list from which the tasks were chosen: the query of its address."""
    return QueryDict(request.POST.get("back", "").removeprefix("?"))


_DONE = {"accept": "accepted", "start": "marked as in progress", "give": "given to a colleague"}


def _say(request: HttpRequest, verb: str, outcomes: list[Outcome]) -> None:
    done = sum(not one.refusal for one in outcomes)
    if done:
        messages.success(request, f"{done} {'task' if done == 1 else 'tasks'} {_DONE[verb]}")
    for one in outcomes:
        if one.refusal:
            messages.warning(request, f"{one.ref}: {one.refusal}")


def _list(
    request: HttpRequest,
    actor: Actor,
    asked: QueryDict,
    form: BulkForm | None = None,
    chosen: Collection[str] = (),
) -> HttpResponse:
    box, state = _choice(asked.get("box"), selectors.BOXES), _choice(asked.get("state"), selectors.STATES)
    bulk = form or BulkForm(staff=colleagues(actor.agency_ids))
    who, late = _narrowed(asked) if box == selectors.AGENCY else (None, False)
    page = selectors.tasks_page(
        actor=actor,
        box=box,
        state=state,
        who=who,
        late=late,
        after=asked.get("after", ""),
        before=asked.get("before", ""),
    )
    kept = {"box": box, "state": state} | ({} if who is None else {"who": str(who)}) | ({"late": "1"} if late else {})
    now = clock.now()
    rows = [selectors.task_row(task, now) for task in page.rows]
    context = {
        "rows": rows,
        "chosen": chosen,
        "box": box,
        "state": state,
        "boxes": _counted(_links(selectors.BOXES, box, "box", {"state": state}), selectors.tasks_counts(actor=actor)),
        "bulk": bulk if form or (box != selectors.ASKED and state != selectors.DONE and rows) else None,
        "narrow": _filter(bulk, rows, who, late) if box == selectors.AGENCY else None,
        "narrowed": who is not None or late,
        "states": _links(selectors.STATES, state, "state", kept),
        "here": f"?{asked.urlencode()}",
        "earlier": "Asked earlier" if box == selectors.ASKED else "Due earlier",
        "later": "Asked later" if box == selectors.ASKED else "Due later",
        "newer": page.newer and _address(**kept, before=page.newer),
        "older": page.older and _address(**kept, after=page.older),
    }
    return render(request, "incidents/task/list.html", context)


def _narrowed(asked: QueryDict) -> tuple[int | None, bool]:
    """Whose tasks are wanted (0 for nobody's yet, None for all), and whether only those that are late."""
    who = asked.get("who", "")
    return int(who) if who.isdecimal() and len(who) < 10 else None, bool(asked.get("late"))


def _filter(bulk: BulkForm, rows: list[selectors.TaskRow], who: int | None, late: bool) -> TaskFilterForm:
    """The filter of the agency's list; who has left with work in hand is named by that work."""
    people = {person.pk: person.name for person in bulk.staff.values()}
    if who and who not in people:
        people[who] = rows[0].assignee if rows else "Somebody else"
    return TaskFilterForm(people=people, initial={"who": "" if who is None else who, "late": late})


def _choice(value: str | None, choices: tuple[tuple[str, str], ...]) -> str:
    return value if value in dict(choices) and value is not None else choices[0][0]


def _links(choices: tuple[tuple[str, str], ...], chosen: str, name: str, kept: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {"text": text, "href": _address(**{**kept, name: value}), "current": value == chosen}
        for value, text in choices
    ]


def _counted(links: list[dict[str, Any]], counts: dict[str, int]) -> list[dict[str, Any]]:
    most = selectors.COUNTED
    for (box, _), link in zip(selectors.BOXES, links, strict=True):
        link["count"] = f"{most}+" if counts[box] > most else str(counts[box])
    return links


def _address(**parameters: str) -> str:
    return f"{reverse('incidents:tasks')}?{urlencode(parameters)}"
