"""What is said about a task while it is done."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from agencies.models import Agency, User
from incidents.models.work import Task
from kernel import clock
from kernel.managers import ClosedManager


class TaskComment(models.Model):
    """A remark on a task, with the people whom it mentions. Shown with its author and agency; never edited."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    submission_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="comments")
    text = models.TextField()
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    agency = models.ForeignKey(Agency, null=True, on_delete=models.SET_NULL, related_name="+")
    mentioned_ids = ArrayField(models.IntegerField(), default=list)
    at = models.DateTimeField(default=clock.now)
    # Its words are then elsewhere (StruckText).
    struck_at = models.DateTimeField(null=True)
    struck_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = ClosedManager()

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["task", "at"], name="taskcomment_task_at")]

    def __str__(self) -> str:
        return f"comment {self.uid}"
