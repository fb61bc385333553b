"""Tasks: something asked of an agency in a case, by a time (docs/domain.md §6.5).

Every step takes the task's row first, so that two clicks, or two people, do it once. Who is concerned gets a
notice in the same transaction.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import IntegrityError, transaction

from agencies.models import Agency, User
from incidents.choices import TASK_STEPS, CaseStatus, Level, TaskKind, TaskState
from incidents.choices.changes import TaskStepKind
from incidents.models import Case, Task
from incidents.rules.task import due_default
from incidents.scoping import asked_for_task, does_task, may_direct_task
from incidents.services.access import require_level
from incidents.services.clock import holidays_all
from incidents.services.common import agency_acting, case_hold, case_touch, shut_words, submitted_before
from incidents.services.notice_end import task_untell
from incidents.services.strike import fresh_check
from incidents.services.task_checks import check_doer, check_due, check_referral, check_words, text_required
from incidents.services.task_referral import referral_follow, referral_unsend
from incidents.services.task_trace import asker_tell, before_tell, doers_tell, step_keep, task_record
from kernel import clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError
from kernel.models import AuditOperation
from kernel.references import reference_make

_TRIES = 5
TAKEN_BACK = "Taken back at once by who had asked for it."


def task_create(
    *,
    actor: Actor,
    case: Case,
    title: str,
    agency: Agency,
    due_at: dt.datetime | None = None,
    detail: str = "",
    assignee: User | None = None,
    kind: str = TaskKind.TASK,
    service: str = "",
    wish: str = "",
    victim: str = "",
    submission_id: uuid.UUID | None = None,
) -> Task:
    """Ask an agency to do something in a case; `due_at` is the close of the fifth working day unless given.

    A referral names the `service`, and whether the victim wants it; one that a victim (by reference) wants of a support
    service is the support referral too, and meets K5.

    What the actor's own agency is to do is accepted at once, by the actor where no colleague is named. The same
    `submission_id` twice gives the first task. Raises ForbiddenError below the level *contribute*, RuleError with
    the field where the agency or the person cannot see the case, or the time is past.
    """
    with transaction.atomic():
        held = case_hold(actor, case, Level.CONTRIBUTE, open_only=False)
        submission_id = submission_id or uuid.uuid4()
        if (earlier := submitted_before(actor, Task, held, submission_id)) is not None:
            return earlier
        if not CaseStatus(held.status).is_open:
            merged = held.status == CaseStatus.MERGED
            raise RuleError(
                shut_words(actor, held) if merged else f"{held.ref} is closed. Reopen it before you add a task."
            )
        due_at = due_at or due_default(clock.now(), holidays_all())
        title, detail = check_words(actor, held, title, detail)
        service, wish = check_referral(kind, service, wish, detail)
        check_due(due_at)
        check_doer(actor, held, agency, assignee)
        own = agency.pk in actor.agency_ids
        values = {
            "case": held,
            "submission_id": submission_id,
            "title": title,
            "detail": detail,
            "kind": kind,
            "service": service,
            "wish": wish,
            "agency": agency,
            "assignee_id": assignee.pk if assignee else actor.user_id if own else None,
            "asked_by_id": actor.user_id,
            "asked_by_agency_id": agency_acting(actor, held),
            "due_at": due_at,
            "state": TaskState.ACCEPTED if own else TaskState.OFFERED,
            "accepted_at": clock.now() if own else None,
            "created_at": clock.now(),
        }
        task, made = _insert(actor, values)
        if made:
            case_touch(held)
            referral_follow(actor, task, victim)
            doers_tell(actor, task)
            task_record(actor, "task.create", task, AuditOperation.COLLECTION)
    return task


def task_accept(*, actor: Actor, task: Task, assignee: User | None = None) -> Task:
    """Take a task on: oneself, or a colleague who can see the case. Raises RuleError where somebody was first."""
    with transaction.atomic():
        task = _locked(actor, task)
        _require_doer(actor, task)
        wanted = assignee.pk if assignee else actor.user_id
        if task.state == TaskState.ACCEPTED and task.assignee_id == wanted:
            return task
        _require_step(task, TaskState.ACCEPTED)
        if assignee is not None:
            check_doer(actor, task.case, task.agency, assignee)
        before = task.assignee_id
        task.assignee_id, task.accepted_at = wanted, clock.now()
        _step(actor, task, TaskState.ACCEPTED, "task.accept", "assignee", "accepted_at")
        step_keep(actor, task, TaskStepKind.ACCEPTED, person_id=wanted if assignee else None)
        doers_tell(actor, task)
        before_tell(actor, task, before)
        asker_tell(actor, task, "was accepted", mail=False)
    return task


def task_start(*, actor: Actor, task: Task) -> Task:
    """Say that an accepted task is being worked on; where nobody was named, it is the actor's from then on."""
    with transaction.atomic():
        task = _locked(actor, task)
        _require_doer(actor, task)
        if task.state == TaskState.IN_PROGRESS and task.assignee_id == actor.user_id:
            return task
        if task.state == TaskState.OFFERED:
            raise RuleError("Accept the task before you mark it as in progress.")
        _require_step(task, TaskState.IN_PROGRESS)
        task.assignee_id = task.assignee_id or actor.user_id
        _step(actor, task, TaskState.IN_PROGRESS, "task.start", "assignee")
        step_keep(actor, task, TaskStepKind.STARTED)
        asker_tell(actor, task, "is in progress", mail=False)
    return task


def task_decline(*, actor: Actor, task: Task, reason: str) -> Task:
    """Hand a task back, with the reason for the agency that asked."""
    with transaction.atomic():
        task = _locked(actor, task)
        reason = text_required(actor, task.case, reason, "reason", "Enter why you decline the task.")
        _require_doer(actor, task)
        if _done_before(actor, task, TaskState.DECLINED):
            return task
        _require_step(task, TaskState.DECLINED)
        _close(actor, task, TaskState.DECLINED, "task.decline", reason)
        asker_tell(actor, task, "was declined")
    return task


def task_complete(*, actor: Actor, task: Task, achieved: str) -> Task:
    """Finish an accepted task, saying what was achieved (docs/domain.md §6.5: an evidence note is mandatory)."""
    with transaction.atomic():
        task = _locked(actor, task)
        achieved = text_required(actor, task.case, achieved, "achieved", "Enter what was achieved.")
        _require_doer(actor, task)
        if _done_before(actor, task, TaskState.DONE):
            return task
        if task.state == TaskState.OFFERED:
            raise RuleError("Accept the task before you mark it as done.")
        _require_step(task, TaskState.DONE)
        _close(actor, task, TaskState.DONE, "task.complete", achieved)
        asker_tell(actor, task, "is done")
    return task


def task_withdraw(*, actor: Actor, task: Task, reason: str) -> Task:
    """Take a task back that was asked for: the agency that asked, or the lead agency.

    One that nobody had accepted was no support referral in effect: K5 runs again. Of a declined one nobody is told.
    """
    with transaction.atomic():
        task = _locked(actor, task)
        reason = text_required(actor, task.case, reason, "reason", "Enter why you withdraw the task.")
        _require_director(actor, task)
        if _done_before(actor, task, TaskState.WITHDRAWN):
            return task
        _require_step(task, TaskState.WITHDRAWN)
        if TaskState(task.state).is_open:
            doers_tell(actor, task, "was withdrawn")
        waiting = task.state == TaskState.OFFERED
        _close(actor, task, TaskState.WITHDRAWN, "task.withdraw", reason)
        if waiting:
            referral_unsend(actor, task, to_agency=task.agency_id)
    return task


def task_undo(*, actor: Actor, task: Task) -> Task:
    """Withdraw a task that the actor has just asked for, and the support referral that it was: K5 runs again.

    Raises ForbiddenError for anybody else, RuleError after the minute, and where somebody else has taken it on.
    """
    with transaction.atomic():
        task = _locked(actor, task)
        fresh_check(actor, task.asked_by_id, task.created_at)
        if task.state == TaskState.WITHDRAWN:
            return task
        started = TaskState.IN_PROGRESS, TaskState.DONE, TaskState.DECLINED
        if task.state in started or (task.accepted_at is not None and task.accepted_at > task.created_at):
            raise RuleError(_refusal(task))
        task_untell(task)
        doers_tell(actor, task, "was withdrawn")
        _close(actor, task, TaskState.WITHDRAWN, "task.withdraw", TAKEN_BACK)
        referral_unsend(actor, task)
    return task


def task_reassign(*, actor: Actor, task: Task, assignee: User | None) -> Task:
    """Give an open task to a colleague of the agency that does it, or back to whoever the agency chooses."""
    with transaction.atomic():
        task = _locked(actor, task)
        _require_doer(actor, task)
        if not TaskState(task.state).is_open:
            raise RuleError(_refusal(task))
        wanted = assignee.pk if assignee else None
        if task.assignee_id == wanted:
            return task
        check_doer(actor, task.case, task.agency, assignee)
        before = {"assignee": task.assignee_id}
        task.assignee = assignee
        task.save(update_fields=["assignee"])
        case_touch(task.case)
        task_record(actor, "task.reassign", task, before=before, after={"assignee": wanted})
        step_keep(actor, task, TaskStepKind.GIVEN, person_id=wanted)
        doers_tell(actor, task)
        before_tell(actor, task, before["assignee"])
    return task


def task_offer(
    *, actor: Actor, task: Task, agency: Agency, assignee: User | None = None, due_at: dt.datetime | None = None
) -> Task:
    """Offer a declined task again, to the same agency or to another, with a new time. Why it was declined stays among
    its steps. Raises RuleError where the case is closed."""
    with transaction.atomic():
        case_hold(actor, task.case, Level.CONTRIBUTE)
        task = _locked(actor, task)
        _require_director(actor, task)
        _require_step(task, TaskState.OFFERED)
        due_at = due_at or due_default(clock.now(), holidays_all())
        check_due(due_at)
        check_doer(actor, task.case, agency, assignee)
        own = agency.pk in actor.agency_ids
        task.agency, task.due_at, task.outcome = agency, due_at, ""
        task.assignee_id = assignee.pk if assignee else actor.user_id if own else None
        task.accepted_at = clock.now() if own else None
        task.closed_at, task.closed_by = None, None
        state = TaskState.ACCEPTED if own else TaskState.OFFERED
        fields = ("agency", "due_at", "outcome", "assignee", "accepted_at", "closed_at", "closed_by")
        _step(actor, task, state, "task.offer", *fields)
        step_keep(actor, task, TaskStepKind.OFFERED, agency_id=agency.pk)
        referral_follow(actor, task)
        doers_tell(actor, task)
    return task


def task_reword(*, actor: Actor, task: Task, title: str, detail: str = "") -> Task:
    """Say more clearly what an open task asks for: the agency that asked, in its own words."""
    with transaction.atomic():
        task = _locked(actor, task)
        if not asked_for_task(actor, task):
            raise ForbiddenError("Only the agency that asked for the task can change its words.")
        require_level(actor, task.case, Level.CONTRIBUTE)
        if not TaskState(task.state).is_open:
            raise RuleError(_refusal(task))
        before = {"title": task.title, "detail": task.detail}
        task.title, task.detail = check_words(actor, task.case, title, detail)
        after = {"title": task.title, "detail": task.detail}
        if before != after:
            task.save(update_fields=["title", "detail"])
            case_touch(task.case)
            words = "\n".join(filter(None, before.values()))
            step_keep(actor, task, TaskStepKind.REWORDED, words, by_agency=task.asked_by_agency_id)
            task_record(actor, "task.reword", task, before=before, after=after)
            doers_tell(actor, task, "was reworded")
    return task


# --- Steps ---------------------------------------------------------------------------------------


def _locked(actor: Actor, task: Task) -> Task:
    return (
        Task.objects.visible_to(actor)
        .select_related("case", "agency", "assignee", "asked_by", "closed_by")
        .select_for_update(of=("self",))
        .get(pk=task.pk)
    )


def _step(actor: Actor, task: Task, state: TaskState, action: str, *fields: str) -> None:
    before = {"state": task.state}
    task.state = state
    task.save(update_fields=["state", *fields])
    case_touch(task.case)
    task_record(actor, action, task, before=before, after={"state": task.state})


def _close(actor: Actor, task: Task, state: TaskState, action: str, outcome: str) -> None:
    task.outcome, task.closed_at, task.closed_by_id = outcome, clock.now(), actor.user_id
    _step(actor, task, state, action, "outcome", "closed_at", "closed_by")
    step_keep(actor, task, _ENDS[state], outcome)


_ENDS = {
    TaskState.DONE: TaskStepKind.DONE,
    TaskState.DECLINED: TaskStepKind.DECLINED,
    TaskState.WITHDRAWN: TaskStepKind.WITHDRAWN,
}


def _done_before(actor: Actor, task: Task, state: TaskState) -> bool:
    """Whether this person has done just this already: a second click answers like the first."""
    return task.state == state and task.closed_by_id == actor.user_id


def _require_doer(actor: Actor, task: Task) -> None:
    if not does_task(actor, task):
        raise ForbiddenError(f"Only {task.agency.name} can do this: the task was given to them.")


def _require_director(actor: Actor, task: Task) -> None:
    if not may_direct_task(actor, task):
        raise ForbiddenError("Only the agency that asked for the task, or the lead agency, can do this.")
    require_level(actor, task.case, Level.CONTRIBUTE)


def _require_step(task: Task, state: TaskState) -> None:
    if state not in TASK_STEPS[TaskState(task.state)]:
        raise RuleError(_refusal(task))


def _refusal(task: Task) -> str:
    if task.state == TaskState.OFFERED:
        return "This task is waiting to be accepted."
    if task.state == TaskState.ACCEPTED:
        return f"{task.assignee.name if task.assignee else task.agency.name} has accepted this task already."
    if task.state == TaskState.IN_PROGRESS:
        return f"{task.assignee.name if task.assignee else task.agency.name} is working on this task already."
    by = f" by {task.closed_by.name}" if task.closed_by else ""
    words = {TaskState.DONE: "marked as done", TaskState.DECLINED: "declined", TaskState.WITHDRAWN: "withdrawn"}
    return f"This task was {words[TaskState(task.state)]} already{by}."


def _insert(actor: Actor, values: dict[str, Any]) -> tuple[Task, bool]:
    """The new task; or the one that the same submission made a moment ago, and False."""
    for _ in range(_TRIES):
        task = Task(ref=reference_make("HT", clock.now().year), **values)
        try:
            with transaction.atomic():
                task.save(force_insert=True)
        except IntegrityError:
            earlier = submitted_before(actor, Task, task.case, task.submission_id)
            if earlier is not None:
                return earlier, False
            continue
        return task, True
    raise RuleError("This page was sent before. Open it again and check what was saved.")
