"""Notices go with what they tell of: of a note, a comment or a task that was struck or taken back nobody is told any more
(docs/decisions/0026-just-added.md)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from incidents.models import Note, Task, TaskComment
from incidents.selectors.audience import spoc_ids


def note_key(note: Note) -> str:
    """By which key those whom a note mentions are told."""
    return f"note:{note.uid.hex}"


def comment_key(comment: TaskComment) -> str:
    """By which key people are told of a comment on a task."""
    return f"comment:{comment.uid.hex}"


def task_key(task: Task) -> str:
    """How the keys of everything that people are told of a task begin."""
    return f"task:{task.pk}:"


def note_untell(note: Note) -> None:
    """Take back that a note mentions people. One query, none where it mentions nobody."""
    _end(note.mentioned_ids, note_key(note))


def comment_untell(comment: TaskComment) -> None:
    """Take back what people were told of a comment. Two queries."""
    task = comment.task
    doers = [task.assignee_id] if task.assignee_id else spoc_ids(task.agency_id)
    _end([*comment.mentioned_ids, task.asked_by_id, *doers], comment_key(comment))


def task_untell(task: Task) -> None:
    """Take back that a task was offered or given to somebody. Two queries."""
    _end([task.assignee_id, *spoc_ids(task.agency_id)], task_key(task))


def _end(people: Iterable[int | None], *started: str) -> None:
    told = sorted({person for person in people if person is not None})
    if told:
        with connection.cursor() as cursor:
            cursor.execute("select hatecase_notices_end(%s, %s)", [told, list(started)])
