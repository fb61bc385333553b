"""Asking back about a report that is being sorted (docs/domain.md §10.2): a task carries the question."""

from __future__ import annotations

import uuid

from django.db import transaction

from agencies.models import Agency
from incidents.choices import CaseStatus, Level
from incidents.choices.changes import ChangeKind
from incidents.models import Case, Task
from incidents.rules.triage_routes import Route
from incidents.selectors.triage import askable
from incidents.services.access import access_rebuild
from incidents.services.change import change_tell
from incidents.services.common import case_hold, submitted_before
from incidents.services.task import task_create
from incidents.services.ways import way_require
from incidents.services.words import case_words
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import RuleError

QUESTION_LIMIT = 2000
_OWN = "Ask the reporter about the report and write the answer down"
_OTHER = "Answer a question about your report"


def report_ask_back(
    *, actor: Actor, case: Case, agency: Agency, question: str, submission_id: uuid.UUID | None = None
) -> Task:
    """Ask the agency that reported it, or one's own to ask the reporter. The report waits in triage; no clock pauses.

    The same `submission_id` twice gives the first task. Raises ForbiddenError for who does not sort for the lead
    agency, RuleError with the field.
    """
    with transaction.atomic():
        held = case_hold(actor, case, Level.MANAGE)
        whom = askable(actor=actor, case=held)
        way_require(actor, held, Route.ASK_BACK, "agency", askable=bool(whom))
        submission_id = submission_id or uuid.uuid4()
        earlier = submitted_before(actor, Task, held, submission_id)
        if earlier is not None:
            return earlier
        question = case_words(actor, held, question, name="Question", field="question", limit=QUESTION_LIMIT)
        if agency.pk not in {one.pk for one in whom}:
            raise RuleError("Choose whom to ask from the list.", "agency")
        own = agency.pk == held.lead_agency_id
        task = task_create(
            actor=actor,
            case=held,
            title=_OWN if own else _OTHER,
            agency=agency,
            detail=question,
            submission_id=submission_id,
        )
        if held.status == CaseStatus.NEW:
            change_tell(actor, held, ChangeKind.STATUS, before=held.status, after=CaseStatus.TRIAGE)
            held.status = CaseStatus.TRIAGE
            held.version += 1
            held.updated_at = clock.now()
            held.save(update_fields=["status", "version", "updated_at"])
            access_rebuild([held.pk])
        audit.record(actor, "case.ask_back", held, detail={"task": task.ref, "agency": agency.code})
        return task
