"""Emergency access ("break-glass"): a case opened for a few hours by somebody who had no grant (docs/domain.md §5.5)."""

from __future__ import annotations

import uuid

from django.db import models

from agencies.models import Agency, User
from incidents.models.case import Case
from kernel import clock
from kernel.managers import ClosedManager


class EmergencyAccess(models.Model):
    """One opening: who, which case, why, until when, and what somebody else found when they looked at it again.

    The access itself is a `CasePerson` row; this is what is reviewed. Only `hatecase_emergency_open` inserts.
    """

    class Outcome(models.TextChoices):
        JUSTIFIED = "justified", "It was needed"
        LEARNING = "learning", "It was not needed, and was an honest mistake"
        CONCERN = "concern", "It was not needed, and is passed on as a concern"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="emergency_openings")
    # Copied, because who reviews may not read the case.
    case_ref = models.CharField(max_length=12)
    lead_agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=300)
    opened_at = models.DateTimeField(default=clock.now)
    until = models.DateTimeField()
    review_due_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    review_note = models.CharField(max_length=300, blank=True)

    objects = ClosedManager()

    class Meta:
        indexes = [
            models.Index(fields=["user", "-opened_at"], name="emergency_user"),
            models.Index(fields=["case"], name="emergency_case"),
            models.Index(fields=["review_due_at"], condition=models.Q(reviewed_at=None), name="emergency_unreviewed"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reviewed_at=None)
                | models.Q(reviewed_by=None)
                | ~models.Q(reviewed_by=models.F("user")),
                name="emergency_reviewed_by_another",
            )
        ]

    def __str__(self) -> str:
        return f"emergency access {self.uid}"
