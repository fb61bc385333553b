"""Closing a case by hand, what follows from it, and opening it again (docs/domain.md §1.6, §2.3, §12)."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import transaction

from incidents.choices import CaseStatus, Level, TaskState
from incidents.choices.changes import ChangeKind, DecisionKind
from incidents.choices.progress import ClosingReason, HateStopped, VictimView
from incidents.models import Case, CaseClosure, Clock, Contact, RiskAssessment, Task
from incidents.rules import clocks as rules
from incidents.rules.closing import closing_blocks, reason_error, stopped_error
from incidents.rules.told import tried_at, with_victims
from incidents.rules.triage_routes import reopening_shut
from incidents.scoping import in_case
from incidents.selectors.audience import case_staff
from incidents.selectors.triage import route_facts
from incidents.services.access import access_rebuild, require_level
from incidents.services.case import case_for_change
from incidents.services.change import change_tell
from incidents.services.clock import clock_row, holidays_all, standards_all
from incidents.services.closure import clocks_end, clocks_run_again, closing_plan, closure_end
from incidents.services.closure_contact import closure_of, closure_settle
from incidents.services.common import agency_acting, case_hold, insert_once, submitted_before
from incidents.services.contact_clocks import told_of
from incidents.services.decision_keep import decision_keep, standing_of
from incidents.services.task_access import workers_empty
from incidents.services.task_end import tasks_end
from incidents.services.update_clock import update_clock_start
from incidents.services.victim_clock import victim_reachable
from incidents.services.words import case_words
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError, StaleError
from kernel.references import reference_normalise

NOTE_LIMIT = 4000
REASON_LIMIT = 300


@dataclass(frozen=True)
class ClosingData:
    """Why a case is closed and what came of it. `duplicate_of` is the reference of the other case, for R10."""

    reason: str
    victim_view: str = VictimView.UNKNOWN
    hate_stopped: str = HateStopped.UNKNOWN
    note: str = ""
    duplicate_of: str = ""


@dataclass(frozen=True)
class Following:
    """What closing a case now would set in motion, and what stands against it."""

    blocks: list[str]
    tasks: list[Task]
    stopping: list[Clock]
    missed: list[Clock]
    contact_due: dt.datetime | None
    assessed_at: dt.datetime | None

    @property
    def may(self) -> bool:
        """Whether nothing stands against it."""
        return not self.blocks


def closing_following(*, actor: Actor, case: Case) -> Following:
    """What closing a case would set in motion, for a case that the actor may see. Five queries."""
    now, holidays = clock.now(), holidays_all()
    latest = RiskAssessment.objects.visible_to(actor).filter(case=case).order_by("-assessed_at", "-pk").first()
    tasks = list(
        Task.objects.visible_to(actor)
        .filter(case=case, state__in=[state.value for state in TaskState if state.is_open])
        .select_related("agency")
    )
    running = list(Clock.objects.visible_to(actor).filter(case=case, met_at=None, closed_at=None))
    plan = closing_plan(now, holidays)
    return Following(
        blocks=closing_blocks(
            status=case.status,
            classification=case.classification,
            band=case.band,
            assessed_at=latest.assessed_at if latest else None,
            open_tasks=len(tasks),
            now=now,
            holidays=holidays,
        ),
        tasks=tasks,
        stopping=[row for row in running if row.due_at is not None and row.due_at > now],
        missed=[row for row in running if row.due_at is not None and row.due_at <= now],
        contact_due=plan.due_at if plan else None,
        assessed_at=latest.assessed_at if latest else None,
    )


def case_close(
    *, actor: Actor, case: Case, version: int, data: ClosingData, submission_id: uuid.UUID | None = None
) -> CaseClosure:
    """Close a case that the actor's agency leads. K11 starts: the victim is told, and gets the outcome in writing. Tasks
    of which the closer is not told are withdrawn, and those who do them are told: nothing stays open in it.

    Clocks that still run stop; those that are overdue stay missed. The same `submission_id` twice gives the first
    closing. Raises StaleError where `version` is not the case's own any more, ForbiddenError for anybody else, RuleError
    where something stands against it (`rules.closing`) or with the field.
    """
    with transaction.atomic():
        submission_id = submission_id or uuid.uuid4()
        earlier = submitted_before(actor, CaseClosure, case, submission_id)
        if earlier is not None:
            return earlier
        held = case_for_change(actor, case, version)
        _lead(actor, held)
        following = closing_following(actor=actor, case=held)
        if not following.may:
            raise RuleError(following.blocks[0])
        stood = standing_of(held)
        tasks_end(actor=actor, case=held, why="The case was closed.")
        now = clock.now()
        closure = _closure(actor, held, data, submission_id, now)
        closure.clock = clocks_end(held, now)
        insert_once(closure)
        before = {"status": held.status}
        held.status, held.closed_at, held.updated_at = CaseStatus.CLOSED, now, now
        held.version += 1
        held.save(update_fields=["status", "closed_at", "updated_at", "version"])
        closure_settle(held, closure)
        decision_keep(actor, held, DecisionKind.CLOSED, stood)
        access_rebuild([held.pk])
        audit.record(
            actor, "case.close", held, before=before, after={"status": held.status}, detail={"reason": closure.reason}
        )
        return closure


def _lead(actor: Actor, case: Case) -> None:
    if case.lead_agency_id not in actor.agency_ids or not in_case(actor, case).sees_victims:
        raise ForbiddenError("Only the lead agency can close a case or open it again, if it works with victims.")


def _closure(actor: Actor, case: Case, data: ClosingData, submission_id: uuid.UUID, now: dt.datetime) -> CaseClosure:
    _check(reason_error(data.reason, case.classification), "reason")
    if data.victim_view not in VictimView.values:
        raise RuleError("Select how the victim sees it.", "victim_view")
    if data.hate_stopped not in HateStopped.values:
        raise RuleError("Select whether the hate has stopped.", "hate_stopped")
    _check(stopped_error(data.reason, data.hate_stopped), "hate_stopped")
    tried = _attempts_end(case) if data.reason == ClosingReason.R6 else None
    return CaseClosure(
        submission_id=submission_id,
        case=case,
        reason=data.reason,
        victim_view=data.victim_view,
        hate_stopped=data.hate_stopped,
        note=case_words(actor, case, data.note, name="Note", field="note", limit=NOTE_LIMIT, required=False),
        duplicate_of=_duplicate(actor, case, data),
        closed_at=now,
        contact_at=now if tried else None,
        contact_attempted=tried is not None,
        by_id=actor.user_id,
        agency_id=agency_acting(actor, case),
        created_at=now,
    )


def _attempts_end(case: Case) -> dt.datetime:
    """When the third attempt at one victim was made since any of the case was last reached. Raises RuleError where there were fewer."""
    told = with_victims(told_of(case), None)
    spoken = max((one.at for one in told if one.two_way), default=case.received_at)
    done = tried_at(told, spoken)
    if done is None:
        raise RuleError(
            "This reason needs three attempts to reach the same victim, on three days and by two methods.", "reason"
        )
    return done


def _duplicate(actor: Actor, case: Case, data: ClosingData) -> Case | None:
    if data.reason != ClosingReason.R10:
        return None
    ref = reference_normalise(data.duplicate_of, "HC") or ""
    found = Case.objects.visible_to(actor).filter(ref=ref).exclude(pk=case.pk).first()
    if found is None:
        raise RuleError(
            "Enter the reference of the case that this one repeats. You must be able to see it.", "duplicate_of"
        )
    return found


def closure_outcome_record(
    *, actor: Actor, case: Case, sent_at: dt.datetime, contact: Contact | None = None
) -> CaseClosure:
    """Record that the written outcome was sent, perhaps by a letter that became a contact. With the contact it meets K11;
    where nobody can be reached, alone.

    Raises ForbiddenError for anybody but the lead agency, RuleError where the case is not closed, or with the field.
    """
    with transaction.atomic():
        held = case_hold(actor, case, Level.CONTRIBUTE, open_only=False)
        _lead(actor, held)
        closure = closure_of(held)
        if closure is None:
            raise RuleError(f"{held.ref} is not closed.")
        if closure.outcome_sent_at is not None:
            return closure
        if sent_at > clock.now() + dt.timedelta(minutes=1):
            raise RuleError("When it was sent must be in the past.", "sent_at")
        if sent_at < rules.minute_of(closure.closed_at):
            raise RuleError("The outcome is sent after the case was closed.", "sent_at")
        closure.outcome_sent_at, closure.outcome_contact = sent_at, contact
        if closure.contact_at is None and not victim_reachable(held):
            closure.contact_at = closure.closed_at
        closure.save(update_fields=["outcome_sent_at", "outcome_contact", "contact_at"])
        closure_settle(held, closure)
        audit.record(actor, "case.outcome_sent", held)
        change_tell(actor, held, ChangeKind.OUTCOME_SENT)
        return closure


def case_reopen(*, actor: Actor, case: Case, version: int, reason: str) -> Case:
    """Open a closed case again, with a reason. What the closing stopped runs again with the deadlines that it had; the
    review (K9) and the updates (K7) start anew; K11 ends.

    Raises StaleError, ForbiddenError for anybody but the lead agency, and of what two people decided for anybody but
    its triagers; RuleError with the field.
    """
    with transaction.atomic():
        held = Case.objects.visible_to(actor).select_for_update(of=("self",)).get(pk=case.pk)
        require_level(actor, held, Level.MANAGE)
        _lead(actor, held)
        shut = reopening_shut(route_facts(actor, held))
        if shut is not None:
            raise ForbiddenError(shut.otherwise)
        if held.version != version:
            raise StaleError("Somebody else changed this case while you were working on it.", held)
        if held.status != CaseStatus.CLOSED:
            raise RuleError(f"{held.ref} is not closed.")
        words = case_words(actor, held, reason, name="Reason", field="reason", limit=REASON_LIMIT)
        now = clock.now()
        stopped_at = held.closed_at
        closure_end(actor, held, words, now)
        held.status, held.closed_at, held.updated_at = CaseStatus.REOPENED, None, now
        held.version += 1
        if stopped_at is not None:
            clocks_run_again(held, stopped_at, now)
        held.review_due_at = _clocks_again(held, now)
        held.save(update_fields=["status", "closed_at", "updated_at", "version", "review_due_at"])
        _workers_left(actor, held)
        access_rebuild([held.pk])
        audit.record(
            actor, "case.reopen", held, before={"status": "closed"}, after={"status": held.status}, reason=words
        )
        return held


def _workers_left(actor: Actor, case: Case) -> None:
    """Nobody leads a reopened case who has left the lead agency, or can no longer open it: it stands in the triage inbox
    then, as a case that nobody works. One query, and two for each place that is empty now."""
    people = [pk for pk in (case.lead_worker_id, case.deputy_id) if pk is not None]
    if people:
        here = set(case_staff(case, [case.lead_agency]).filter(pk__in=people).values_list("pk", flat=True))
        workers_empty(actor, case, set(people) - here)


def _clocks_again(case: Case, now: dt.datetime) -> dt.datetime | None:
    """Start K9 by the latest assessment, and K7 if the victim was ever spoken to; answers when the review is due."""
    latest = RiskAssessment.objects.unscoped(reason="the review of the case that the service holds")
    assessment = latest.filter(case=case).order_by("-assessed_at", "-pk").first()
    if case.contacts.filter(victim__isnull=False, struck_at=None, result="two_way").exists():
        update_clock_start(case, now)
    if assessment is None:
        return case.review_due_at
    plan = rules.review_clock(assessment.review_band, now, standards_all(), holidays_all())
    if plan is None:
        return case.review_due_at
    clock_row(case, plan).save(force_insert=True)
    return plan.due_at


def _check(problem: str, field: str) -> None:
    if problem:
        raise RuleError(problem, field)
