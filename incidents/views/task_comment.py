"""Saying something about a task."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from incidents.choices import CaseStatus
from incidents.forms.names import names_asked
from incidents.forms.task import CommentForm
from incidents.models import Task
from incidents.scoping import may_comment
from incidents.selectors import task as selectors
from incidents.selectors.names import names_on_record
from incidents.selectors.task_comment import mentionable
from incidents.services import task_comment as services
from incidents.services.access import level_of
from incidents.views.doors import actor_of, asks, attempt, case_open, just_added_offer
from incidents.views.task import said as shown_of


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
    names_asked(form, lambda: names_on_record(actor, found.case))
    if said := attempt(form, lambda: services.comment_add(actor=actor, task=found, **form.values())):
        messages.success(request, just_added_offer("Comment added", found.case.ref, "comment", said.uid))
        return redirect(reverse("incidents:task", args=[found.ref]) + "#comments")
    page = selectors.task_page(actor=actor, task=found, level=level)
    context = {"page": page, "task": found, **shown_of(actor, found, level, form)}
    return render(request, "incidents/task/task.html", context)
