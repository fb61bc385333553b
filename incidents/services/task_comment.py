"""Saying something about a task. Whoever is concerned, or mentioned, is told in the same transaction."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator

from django.db import transaction

from agencies.services.notice import NoticeData, notices_create
from incidents.choices import CaseStatus
from incidents.choices.changes import TaskStepKind
from incidents.models import Task, TaskComment
from incidents.scoping import may_comment
from incidents.selectors.audience import spoc_ids
from incidents.selectors.task_comment import mentionable
from incidents.services.access import level_of
from incidents.services.common import agency_acting, case_touch, insert_once, shut_words
from incidents.services.mention import mentions_checked
from incidents.services.notice_end import comment_key
from incidents.services.task_trace import step_keep
from incidents.services.words import case_words
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError
from kernel.models import AuditOperation

TEXT_LIMIT = 4000


def comment_add(
    *,
    actor: Actor,
    task: Task,
    text: str,
    mentioned: Collection[int] = (),
    submission_id: uuid.UUID | None = None,
) -> TaskComment:
    """Say something about a task, and mention people: chosen by key, or typed as "@Name" in the text.

    For the agencies that asked for it and do it, and who may contribute to the case. The same `submission_id` twice
    gives the first comment. Raises ForbiddenError, RuleError with the field where the case is closed, there are no
    words, or somebody is mentioned who may not see the task.
    """
    submission_id = submission_id or uuid.uuid4()
    with transaction.atomic():
        task = _held(actor, task)
        earlier = TaskComment.objects.visible_to(actor).filter(submission_id=submission_id, task=task).first()
        if earlier is not None:
            return earlier
        if not may_comment(actor, task, level_of(actor, task.case)):
            raise ForbiddenError("Your agency only reads this case.")
        if not CaseStatus(task.case.status).is_open:
            raise RuleError(shut_words(actor, task.case))
        text = case_words(actor, task.case, text, name="Your comment", field="text", limit=TEXT_LIMIT)
        people = _people(actor, task, text, mentioned)
        comment = TaskComment(
            task=task,
            submission_id=submission_id,
            text=text,
            author_id=actor.user_id,
            agency_id=agency_acting(actor, task.case),
            mentioned_ids=people,
            at=clock.now(),
        )
        insert_once(comment)
        case_touch(task.case)
        step_keep(actor, task, TaskStepKind.COMMENTED, by_agency=comment.agency_id)
        detail = {"case": task.case.ref, "mentioned": people}
        audit.record(actor, "task.comment", task, operation=AuditOperation.COLLECTION, detail=detail)
        notices_create(_notices(actor, task, comment))
    return comment


def _held(actor: Actor, task: Task) -> Task:
    rows = Task.objects.visible_to(actor).select_related("case", "agency", "asked_by")
    found: Task = rows.select_for_update(of=("self",)).get(pk=task.pk)
    return found


def _people(actor: Actor, task: Task, text: str, mentioned: Collection[int]) -> list[int]:
    if not mentioned and "@" not in text:
        return []
    names = {person.pk: person.name for person in mentionable(actor, task)}
    return mentions_checked(text, mentioned, names, "this task")


def _notices(actor: Actor, task: Task, comment: TaskComment) -> Iterator[NoticeData]:
    """Who is mentioned, by mail as well; and whoever asks and does, in the service alone."""
    told = set(comment.mentioned_ids) | {actor.user_id}
    for user_id in comment.mentioned_ids:
        yield _notice(task, comment, user_id, "mention", f"You were mentioned in {task.ref} in {task.case.ref}")
    asked_by = task.asked_by_id if task.asked_by is not None and task.asked_by.is_active else None
    concerned = {task.assignee_id, asked_by} if task.assignee_id else {asked_by, *spoc_ids(task.agency_id)}
    for one in concerned - told - {None}:
        yield _notice(task, comment, one or 0, "comment", f"{task.ref} in {task.case.ref} has a new comment")


def _notice(task: Task, comment: TaskComment, user_id: int, kind: str, text: str) -> NoticeData:
    key, url = comment_key(comment), f"/tasks/{task.ref}/#comments"
    return NoticeData(user_id, key, kind, text, url, task.case_id, mail=kind == "mention")
