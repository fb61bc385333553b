"""Traces of looking at one's work: the visit, and a task that was read."""

from __future__ import annotations

import datetime as dt
from typing import Any

from agencies.models import User
from incidents.models import Task
from incidents.selectors.task import task_get
from kernel import audit, clock
from kernel.actors import Actor
from kernel.models import AuditOperation

VISIT = dt.timedelta(minutes=30)
"""Two looks within this time are one visit."""


def visit_record(*, actor: Actor, user: Any) -> dt.datetime | None:
    """Note that the actor looks at their work, at most once in half an hour; answers when they did before.

    `user` is the actor's own account, as the request has read it. No query, and one for a new visit.
    """
    now = clock.now()
    if user.seen_at is not None and now - VISIT < user.seen_at <= now:
        return user.previous_seen_at
    User.objects.filter(pk=user.pk).update(seen_at=now, previous_seen_at=user.seen_at)
    return user.seen_at


def task_read(*, actor: Actor, ref: str) -> Task:
    """A task for somebody who opens it; the audit knows. Raises Task.DoesNotExist. Two queries."""
    task = task_get(actor=actor, ref=ref)
    audit.record(actor, "task.read", task, operation=AuditOperation.CONSULTATION, detail={"case": task.case.ref})
    return task
