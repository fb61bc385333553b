"""What a machine adds to a case: notes, contacts, assessments, tasks; and what it does with tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api import idempotent
from incidents.api import doors
from incidents.api.warnings import names_told, names_warned
from incidents.forms.names import TITLE_READ
from incidents.models import Task
from incidents.scoping import does_task
from incidents.selectors import case_api
from incidents.selectors.task_api import task_by_ref, tasks_open
from incidents.serializers.case import NoteOut
from incidents.serializers.work import (
    AssessmentOut,
    CompleteIn,
    ContactIn,
    ContactOut,
    DeclineIn,
    NoteIn,
    RiskIn,
    TaskAskedOut,
    TaskIn,
    TaskOut,
)
from incidents.services.contact import ContactData, contact_log
from incidents.services.note import note_add
from incidents.services.risk import assessment_submit
from incidents.services.task import task_accept, task_complete, task_create, task_decline
from kernel.api import PAGE_SIZE, ActorView, cursor_of, page_of
from kernel.cursor import Cursor
from kernel.errors import ForbiddenError


class CaseChildView(ActorView):
    """Adding something to a case, once for an Idempotency-Key. `ability` is what it takes (`Abilities`)."""

    ability = "add"

    def admit(self, request: Request, **kwargs: Any) -> None:
        self.case = doors.case_to(self.actor, kwargs["ref"], self.ability)

    def add(self, request: Request, incoming: serializers.Serializer, children: str, make: Callable[[], Any]) -> Any:
        """Validate, make, and on a repeated key find what was made."""
        incoming.is_valid(raise_exception=True)
        return idempotent(
            request,
            self.actor,
            make,
            identify=lambda made: str(made.uid),
            find=lambda uid: case_api.made_before(self.case, children, uid),
        )


class NotesView(CaseChildView):
    @extend_schema(operation_id="note_add", request=NoteIn, responses={201: NoteOut})
    def post(self, request: Request, ref: str) -> Response:
        """Adds a note to the case."""
        incoming = NoteIn(data=request.data)
        note = self.add(
            request,
            incoming,
            "notes",
            lambda: note_add(actor=self.actor, case=self.case, text=incoming.validated_data["text"]),
        )
        return Response(NoteOut(case_api.note_told(self.actor, self.case, note)).data, status=201)


class ContactsView(CaseChildView):
    ability = "contact"

    @extend_schema(operation_id="contact_log", request=ContactIn, responses={201: ContactOut})
    def post(self, request: Request, ref: str) -> Response:
        """Logs a contact with the victim, or an acknowledgement to the reporter."""
        incoming = ContactIn(data=request.data)
        contact = self.add(
            request,
            incoming,
            "contacts",
            lambda: contact_log(actor=self.actor, case=self.case, data=ContactData(**incoming.validated_data)),
        )
        return Response(ContactOut(contact).data, status=201)


class AssessmentsView(CaseChildView):
    ability = "assess"

    @extend_schema(operation_id="risk_assess", request=RiskIn, responses={201: AssessmentOut})
    def post(self, request: Request, ref: str) -> Response:
        """Submits a complete HIRA-1 assessment."""
        incoming = RiskIn(data=request.data)
        assessment = self.add(
            request,
            incoming,
            "risk_assessments",
            lambda: assessment_submit(actor=self.actor, case=self.case, **incoming.validated_data),
        )
        return Response(AssessmentOut(assessment).data, status=201)


class CaseTasksView(CaseChildView):
    @extend_schema(operation_id="task_create", request=TaskIn, responses={201: TaskAskedOut})
    def post(self, request: Request, ref: str) -> Response:
        """Asks an agency that can see the case to do something in it. A name in `title` is taken, and told
        in `warnings`."""
        incoming = TaskIn(data=request.data)
        incoming.is_valid(raise_exception=True)
        wanted = dict(incoming.validated_data)

        def make() -> Task:
            agency = case_api.agency_by_code(wanted["agency"])
            return task_create(
                actor=self.actor,
                case=self.case,
                title=wanted["title"],
                detail=wanted.get("detail", ""),
                agency=agency,
                due_at=wanted["due_at"],
                assignee=case_api.colleague_by_email(wanted.get("assignee"), agency, "assignee"),
            )

        task = idempotent(
            request, self.actor, make, identify=lambda t: t.ref, find=lambda found: task_by_ref(self.actor, found)
        )
        warnings = names_warned(wanted, {"title": TITLE_READ}, lambda: names_told(self.actor, self.case))
        asked = TaskAskedOut(task_by_ref(self.actor, task.ref), context={"warnings": warnings})
        return Response(asked.data, status=201)


_TASKS = inline_serializer("TaskPage", {"results": TaskOut(many=True), "next": serializers.URLField(allow_null=True)})


class TasksView(ActorView):
    @extend_schema(
        operation_id="task_list", responses=_TASKS, parameters=[OpenApiParameter("cursor", OpenApiTypes.STR)]
    )
    def get(self, request: Request) -> Response:
        """The open tasks of the caller's agencies, soonest due first."""
        rows = tasks_open(self.actor, after=cursor_of(request), size=PAGE_SIZE + 1)
        page = rows[:PAGE_SIZE]
        following = Cursor(page[-1].due_at, page[-1].pk) if len(rows) > PAGE_SIZE else None
        return Response(page_of(request, TaskOut(page, many=True).data, following))


class TaskView(ActorView):
    """A task, and the steps that may be taken with it by whoever is to do it."""

    def admit(self, request: Request, **kwargs: Any) -> None:
        self.task = doors.task_or_404(self.actor, kwargs["ref"])
        if not does_task(self.actor, self.task):
            raise ForbiddenError(f"Only {self.task.agency.name} can do this: the task was given to them.")

    def answer(self, task: Task) -> Response:
        return Response(TaskOut(task_by_ref(self.actor, task.ref)).data)


class TaskAcceptView(TaskView):
    @extend_schema(operation_id="task_accept", request=None, responses=TaskOut)
    def post(self, request: Request, ref: str) -> Response:
        """Takes the task on, in the caller's own name."""
        return self.answer(task_accept(actor=self.actor, task=self.task))


class TaskCompleteView(TaskView):
    @extend_schema(operation_id="task_complete", request=CompleteIn, responses=TaskOut)
    def post(self, request: Request, ref: str) -> Response:
        """Finishes the task, saying what was achieved."""
        incoming = CompleteIn(data=request.data)
        incoming.is_valid(raise_exception=True)
        return self.answer(task_complete(actor=self.actor, task=self.task, achieved=incoming.validated_data["note"]))


class TaskDeclineView(TaskView):
    @extend_schema(operation_id="task_decline", request=DeclineIn, responses=TaskOut)
    def post(self, request: Request, ref: str) -> Response:
        """Hands the task back, with a reason."""
        incoming = DeclineIn(data=request.data)
        incoming.is_valid(raise_exception=True)
        return self.answer(task_decline(actor=self.actor, task=self.task, reason=incoming.validated_data["reason"]))
