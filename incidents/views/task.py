"""Pages of tasks: one task, asking for one, and each step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from incidents.choices import CaseStatus, Level
from incidents.forms.names import names_asked
from incidents.forms.task import (
    AssigneeForm,
    CommentForm,
    DoneForm,
    ReasonForm,
    RewordForm,
    StartForm,
    TaskAddForm,
    WhoForm,
)
from incidents.models import Case, Task
from incidents.rules.task import due_default
from incidents.scoping import in_case, may_comment
from incidents.selectors import task as selectors
from incidents.selectors.audience import agencies_told, case_staff
from incidents.selectors.names import names_on_record
from incidents.selectors.progress import victim_choices
from incidents.selectors.said import said_rows
from incidents.selectors.task_comment import comments_of, mentionable
from incidents.selectors.task_steps import task_steps
from incidents.services import task as services
from incidents.services.access import level_of
from incidents.services.clock import holidays_all
from incidents.services.work import task_read
from incidents.views.doors import case_open, just_added_offer
from kernel import clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError
from kernel.forms import GovForm
from kernel.when import moment_text
from kernel.working_days import local_date

_GET_POST = ["GET", "HEAD", "POST"]


def _actor(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined]


def _data(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


@require_safe
def task(request: HttpRequest, ref: str) -> HttpResponse:
    """One task, and what the actor may do with it."""
    actor = _actor(request)
    try:
        found = task_read(actor=actor, ref=ref)
    except Task.DoesNotExist:
        raise Http404 from None
    if found.ref != ref:
        return redirect("incidents:task", ref=found.ref)
    case_open(request, found.case)
    level = level_of(actor, found.case)
    page = selectors.task_page(actor=actor, task=found, level=level)
    return render(request, "incidents/task/task.html", {"page": page, "task": found, **said(actor, found, level)})


def said(actor: Actor, found: Task, level: Level | None, form: CommentForm | None = None) -> dict[str, Any]:
    """What was done with a task and said about it, and the form to say more for who may. Three queries, and at most three
    for somebody of agencies of different sides.
    """
    people = mentionable(actor, found)
    adds = CaseStatus(found.case.status).is_open and may_comment(actor, found, level)
    return {
        "comments": comments_of(actor=actor, task=found, people=people),
        "steps": task_steps(actor=actor, task=found),
        "comment_form": (form or CommentForm(people=people)) if adds else None,
        "knows_wish": in_case(actor, found.case).sees_victims,
    }


@require_http_methods(_GET_POST)
def task_add(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask for something in a case."""
    actor = _actor(request)
    try:
        case = selectors.case_for_task(actor=actor, ref=ref)
    except Case.DoesNotExist:
        raise Http404 from None
    case_open(request, case)
    level = level_of(actor, case)
    if level is None or not level.covers(Level.CONTRIBUTE):
        raise PermissionDenied
    victims = victim_choices(actor=actor, case=case) if in_case(actor, case).sees_victims else []
    form = TaskAddForm(_data(request), initial=_due_initial(), victims=victims, **_who(actor, case))
    names_asked(form, lambda: names_on_record(actor, case))
    if request.method == "POST" and form.is_valid():
        try:
            made = services.task_create(actor=actor, case=case, **form.values())
        except ForbiddenError:
            raise PermissionDenied from None
        except RuleError as error:
            form.add_rule_error(error)
        else:
            messages.success(request, just_added_offer(f"Task {made.ref} added", case.ref, "task", made.ref))
            return redirect("incidents:task", ref=made.ref)
    closed = not CaseStatus(case.status).is_open
    return render(request, "incidents/task/add.html", {"form": form, "case": case, "closed": closed})


def _who(actor: Actor, case: Case) -> dict[str, Any]:
    ready = list(agencies_told(actor, case))
    return {"ready": ready, "staff": list(case_staff(case, ready))}


def _due_initial() -> dict[str, Any]:
    return {"due_on": local_date(due_default(clock.now(), holidays_all()))}


# --- Steps: each a question with a form, and one service ---------------------------------------------


def _step(
    request: HttpRequest,
    ref: str,
    verb: str,
    service: Callable[..., Task],
    make_form: Callable[[Any, Any], GovForm],
    **words: Any,
) -> HttpResponse:
    actor = _actor(request)
    try:
        found = selectors.task_get(actor=actor, ref=ref)
    except Task.DoesNotExist:
        raise Http404 from None
    case_open(request, found.case)
    level = level_of(actor, found.case)
    if verb not in selectors.steps_of(actor, found, level):
        raise PermissionDenied
    page = selectors.task_page(actor=actor, task=found, level=level)
    if verb not in page.may and request.method != "POST":
        return redirect("incidents:task", ref=found.ref)
    form = make_form(found, _data(request))
    if request.method == "POST" and form.is_valid():
        try:
            service(actor=actor, task=found, **form.values())  # type: ignore[attr-defined]
        except ForbiddenError:
            raise PermissionDenied from None
        except RuleError as error:
            form.add_rule_error(error)
        else:
            messages.success(request, words["done"])
            return redirect("incidents:task", ref=found.ref)
    context = {
        "form": form,
        "back": reverse("incidents:task", kwargs={"ref": found.ref}),
        "rows": [
            ("Case", found.case.ref),
            *said_rows(actor=actor, case=found.case, row=found),
            ("Due", moment_text(found.due_at)),
        ],
        **words,
    }
    return render(request, "shared/confirm.html", context)


@require_http_methods(_GET_POST)
def task_accept(request: HttpRequest, ref: str) -> HttpResponse:
    """Take a task on, or name the colleague who does."""
    return _step(
        request,
        ref,
        selectors.ACCEPT,
        services.task_accept,
        lambda found, data: AssigneeForm(
            data, staff=_staff(found), nobody=False, initial={"assignee": _actor(request).user_id}
        ),
        question="Who will do this task?",
        action="Accept the task",
        done="Task accepted",
    )


@require_http_methods(_GET_POST)
def task_start(request: HttpRequest, ref: str) -> HttpResponse:
    """Say that the work has begun."""
    return _step(
        request,
        ref,
        selectors.START,
        services.task_start,
        lambda found, data: StartForm(data),
        question="Mark this task as in progress?",
        explanation="The agency that asked will see that somebody is working on it.",
        action="Mark as in progress",
        done="Task marked as in progress",
    )


@require_http_methods(_GET_POST)
def task_decline(request: HttpRequest, ref: str) -> HttpResponse:
    """Hand a task back with a reason."""
    return _step(
        request,
        ref,
        selectors.DECLINE,
        services.task_decline,
        lambda found, data: ReasonForm(data),
        question="Why do you decline this task?",
        explanation="The agency that asked will read it, and can offer the task to somebody else.",
        action="Decline the task",
        done="Task declined",
    )


@require_http_methods(_GET_POST)
def task_complete(request: HttpRequest, ref: str) -> HttpResponse:
    """Finish a task, saying what was achieved."""
    return _step(
        request,
        ref,
        selectors.COMPLETE,
        services.task_complete,
        lambda found, data: DoneForm(data),
        question="Mark this task as done",
        action="Mark as done",
        done="Task marked as done",
    )


@require_http_methods(_GET_POST)
def task_withdraw(request: HttpRequest, ref: str) -> HttpResponse:
    """Take back what was asked for."""
    return _step(
        request,
        ref,
        selectors.WITHDRAW,
        services.task_withdraw,
        lambda found, data: ReasonForm(data),
        question="Why do you withdraw this task?",
        explanation="It will be closed, and whoever was to do it will be told.",
        action="Withdraw the task",
        done="Task withdrawn",
    )


@require_http_methods(_GET_POST)
def task_reassign(request: HttpRequest, ref: str) -> HttpResponse:
    """Give a task to a colleague."""
    return _step(
        request,
        ref,
        selectors.REASSIGN,
        services.task_reassign,
        lambda found, data: AssigneeForm(data, staff=_staff(found), initial={"assignee": found.assignee_id}),
        question="Who is to do this task?",
        action="Save",
        done="Task given on",
    )


@require_http_methods(_GET_POST)
def task_offer(request: HttpRequest, ref: str) -> HttpResponse:
    """Offer a declined task again."""
    return _step(
        request,
        ref,
        selectors.OFFER,
        services.task_offer,
        lambda found, data: WhoForm(data, initial=_due_initial(), **_who(_actor(request), found.case)),
        question="Offer this task again",
        action="Offer the task",
        done="Task offered",
    )


@require_http_methods(_GET_POST)
def task_reword(request: HttpRequest, ref: str) -> HttpResponse:
    """Say more clearly what a task asks for."""
    return _step(
        request,
        ref,
        selectors.REWORD,
        services.task_reword,
        lambda found, data: names_asked(
            RewordForm(data, initial={"title": found.title_shown, "detail": found.detail_shown}),
            lambda: names_on_record(_actor(request), found.case),
        ),
        question="Change what this task asks for",
        action="Save",
        done="Task changed",
    )


def _staff(found: Task) -> list[Any]:
    return list(case_staff(found.case, [found.agency]))
