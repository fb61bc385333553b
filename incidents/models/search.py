"""Searches that somebody keeps under a name, for themselves or for their agency."""

from __future__ import annotations

import uuid

from django.db import models

from agencies.models import Agency, User
from incidents.choices import SearchAlert
from kernel import clock
from kernel.managers import ClosedManager


class SavedSearch(models.Model):
    """A list's filters and words under a name of its owner's choosing (docs/domain.md §8.2).

    `criteria` holds codes alone; the words looked for stand beside it. `fresh_since` is up to when its owner was told
    of new cases, `checked_on` the day on which that was last looked at.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    submission_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    words = models.CharField(max_length=100, blank=True)
    criteria = models.JSONField(default=dict)
    shared = models.BooleanField(default=False)
    alert = models.CharField(max_length=5, choices=SearchAlert, default=SearchAlert.NONE)
    fresh_since = models.DateTimeField(default=clock.now)
    checked_on = models.DateField(null=True)
    created_at = models.DateTimeField(default=clock.now)

    objects = ClosedManager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["owner", "agency", "name"], name="savedsearch_own_name")]
        indexes = [
            models.Index(fields=["agency", "name"], condition=models.Q(shared=True), name="savedsearch_shared"),
            models.Index(fields=["checked_on"], condition=models.Q(alert="daily"), name="savedsearch_alert"),
        ]

    def __str__(self) -> str:
        return str(self.uid)
