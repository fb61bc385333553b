"""Saying something about a task, and the same step for several tasks of a list."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from incidents.choices import CaseStatus
from incidents.forms.task import BulkForm, CommentForm
from incidents.models import Task
from incidents.scoping import may_comment
from incidents.selectors import task as selectors
from incidents.selectors.audience import colleagues
from incidents.selectors.task_comment import mentionable
from incidents.services import task_comment as services
from incidents.services.access import level_of
from incidents.services.task_bulk import Chosen, Outcome, tasks_step
from incidents.views.doors import actor_of, asks, attempt, case_open, just_added_offer, sends
from incidents.views.task import said as shown_of
from kernel.errors import RuleError


@asks
def comment_add(request: HttpRequest, ref: str) -> HttpResponse:
    """Says something about a task, for who may; the page is the task's own with what was typed."""
    actor = actor_of(request)
    try:
        found = selectors.task_get(actor=actor, ref=ref)
    except Task.DoesNotExist:
        raise Http404 from None
    case_open(request, found.case)
    level = level_of(actor, found.case)
    if not may_comment(actor, found, level):
        raise PermissionDenied
    if request.method != "POST" or not CaseStatus(found.case.status).is_open:
        return redirect(reverse("incidents:task", args=[found.ref]) + "#comments")
    form = CommentForm(request.POST, people=mentionable(actor, found))
    if said := attempt(form, lambda: services.comment_add(actor=actor, task=found, **form.values())):
        messages.success(request, just_added_offer("Comment added", found.case.ref, "comment", said.uid))
        return redirect(reverse("incidents:task", args=[found.ref]) + "#comments")
    page = selectors.task_page(actor=actor, task=found, level=level)
    context = {"page": page, "task": found, **shown_of(actor, found, level, form)}
    return render(request, "incidents/task/task.html", context)


@sends
def tasks_selected(request: HttpRequest) -> HttpResponse:
    """Takes the same step with the selected tasks, and says of each what became of it."""
    actor = actor_of(request)
    if not actor.agency_ids:
        raise Http404
    form = BulkForm(request.POST, staff=colleagues(actor.agency_ids))
    chosen = [row for mark in request.POST.getlist("tasks") if (row := Chosen.parse(mark))]
    if form.is_valid():
        try:
            _say(request, form.cleaned_data["verb"], tasks_step(actor=actor, chosen=chosen, **form.values()))
        except RuleError as error:
            messages.warning(request, error.message)
    else:
        messages.warning(request, "Choose what to do with the selected tasks. Nothing was done.")
    return redirect(_back(request))


_DONE = {"accept": "accepted", "start": "marked as in progress", "give": "given to a colleague"}


def _say(request: HttpRequest, verb: str, outcomes: list[Outcome]) -> None:
    done = sum(not one.refusal for one in outcomes)
    if done:
        messages.success(request, f"{done} {'task' if done == 1 else 'tasks'} {_DONE[verb]}")
    for one in outcomes:
        if one.refusal:
            messages.warning(request, f"{one.ref}: {one.refusal}")


def _back(request: HttpRequest) -> str:
    """The list from which the tasks were chosen."""
    wanted = request.POST.get("back", "")
    path = reverse("incidents:tasks")
    allowed = wanted.startswith("?") and url_has_allowed_host_and_scheme(path + wanted, None)
    return path + wanted if allowed else path
