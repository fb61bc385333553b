"""Drafts of incidents being logged: saved on the server after every step."""

from __future__ import annotations

import uuid

from django.db import models

from agencies.models import Agency, User
from kernel import clock
from kernel.managers import ClosedManager


class IncidentDraft(models.Model):
    """What has been keyed so far. For its author and the SPOC; erased 20 working days after the last edit."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    author = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="+")
    answers = models.JSONField(default=dict)
    step = models.CharField(max_length=30, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now)
    edited_at = models.DateTimeField(default=clock.now)
    erase_on = models.DateField()

    objects = ClosedManager()

    class Meta:
        ordering = ["-edited_at"]
        indexes = [
            models.Index(fields=["author", "-edited_at"], name="draft_author"),
            models.Index(fields=["agency", "-edited_at"], name="draft_agency"),
            models.Index(fields=["erase_on"], name="draft_erase"),
        ]

    def __str__(self) -> str:
        return str(self.uid)
