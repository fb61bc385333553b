"""Handing work to the worker without ever losing it.

What must happen later is a row in PostgreSQL first. The message to the broker only makes it happen
sooner: when the broker is down the page still answers, and the next sweep picks the row up.
"""

from __future__ import annotations

import logging

from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def enqueue(task: Task, *ids: int | str) -> None:
    """Send a task with ids as arguments once the present transaction has committed."""
    transaction.on_commit(lambda: _send(task, ids))


def _send(task: Task, ids: tuple[int | str, ...]) -> None:
    try:
        task.apply_async(args=ids, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("broker unreachable (%s): %s waits for the next sweep", type(error).__name__, task.name)
