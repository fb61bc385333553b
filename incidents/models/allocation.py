"""Who works a case: how it passed from one to another, and who stands in while somebody is away."""

from __future__ import annotations

import uuid

from django.db import models

from agencies.models import Agency, User
from incidents.models.case import Case
from incidents.models.progress import Struck
from kernel import clock
from kernel.managers import ClosedManager


class Handover(Struck, models.Model):
    """A case passed from one lead worker to another, with what the next one has to know. Never changed, but perhaps
    struck: that it passed stays, and the note is elsewhere (StruckText)."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="handovers")
    from_user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    to_user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    note = models.TextField()
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    agency = models.ForeignKey(Agency, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = ClosedManager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["case", "-at"], name="handover_case_at")]

    def __str__(self) -> str:
        return f"handover {self.uid}"


class Cover(models.Model):
    """Somebody of an agency stands in for a colleague from one day to another, both included.

    `applied_at` says that the cases which only the agency's own people open have followed it.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="covers")
    away = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    covering = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField()
    note = models.CharField(max_length=300, blank=True)
    set_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    applied_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = ClosedManager()

    class Meta:
        ordering = ["starts_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(ends_on__gte=models.F("starts_on")), name="cover_ends_later"),
            models.CheckConstraint(condition=~models.Q(away=models.F("covering")), name="cover_by_another"),
        ]
        indexes = [
            models.Index(fields=["covering", "ends_on"], condition=models.Q(ended_at=None), name="cover_covering"),
            models.Index(fields=["agency", "ends_on"], condition=models.Q(ended_at=None), name="cover_agency"),
        ]

    def __str__(self) -> str:
        return f"cover {self.uid}"
