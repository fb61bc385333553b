"""What was just decided about a case, and how the case stood before, so that it can be taken back within a minute."""

from __future__ import annotations

import uuid

from django.db import models

from agencies.models import User
from incidents.choices.changes import DecisionKind
from incidents.models.case import Case
from kernel import clock
from kernel.managers import ClosedManager


class JustDecided(models.Model):
    """A closing, a triage decision, a handover or a recorded crime, for who did it. `kept` is how the case, its clocks and
    its open tasks stood before and after, in codes, keys and times; `version` is that of the case once it was done.

    The chronology, the histories and the audit tell of it; nothing is read here but to take it back.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="just_decided")
    kind = models.CharField(max_length=8, choices=DecisionKind)
    version = models.PositiveIntegerField()
    kept = models.JSONField(default=dict)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=clock.now)
    undone_at = models.DateTimeField(null=True)

    objects = ClosedManager()

    class Meta:
        verbose_name_plural = "just decided"
        indexes = [models.Index(fields=["case", "-at"], name="justdecided_case_at")]

    def __str__(self) -> str:
        return f"{self.kind} {self.uid}"
