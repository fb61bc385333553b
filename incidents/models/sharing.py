"""Around a share: overrides of a wish, requests for access, and breaches (docs/domain.md §5.5, §6.7, §8.3).

Keys are made in Python: whoever writes a row may not always read it back.
"""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from agencies.models import Agency, User
from incidents.choices import (
    OPEN_REQUESTS,
    BreachState,
    FieldGroup,
    Gateway,
    Level,
    OverrideGround,
    OverrideState,
    RequestState,
)
from incidents.models.access import CaseGrant
from incidents.models.case import Case
from kernel import clock
from kernel.managers import ClosedManager


class WishOverride(models.Model):
    """A share against a victim's wish that waits for a supervisor, and what became of it.

    It holds the whole terms: nothing is shared before somebody else of the sharing agency has confirmed them.
    """

    uid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="overrides")
    from_agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    level = models.CharField(max_length=10, choices=Level)
    purpose = models.CharField(max_length=300)
    necessity = models.CharField(max_length=300)
    gateway = models.CharField(max_length=24, choices=Gateway)
    field_groups = ArrayField(models.CharField(max_length=20, choices=FieldGroup), default=list)
    caldicott_guardian = models.CharField(max_length=120, blank=True)
    starts_at = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    ground = models.CharField(max_length=16, choices=OverrideGround)
    reason = models.CharField(max_length=500)
    victim_told = models.BooleanField()
    not_told_reason = models.CharField(max_length=300, blank=True)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=OverrideState, default=OverrideState.WAITING)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.CharField(max_length=300, blank=True)
    grant = models.OneToOneField(CaseGrant, null=True, on_delete=models.SET_NULL, related_name="override")

    objects = ClosedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "agency"], condition=models.Q(state="waiting"), name="override_one_waiting"
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("asked_by")),
                name="override_by_somebody_else",
            ),
        ]
        indexes = [
            models.Index(fields=["from_agency"], condition=models.Q(state="waiting"), name="override_waiting"),
            models.Index(fields=["expires_at"], condition=models.Q(state="waiting"), name="override_expires"),
        ]

    def __str__(self) -> str:
        return f"override {self.uid}"

    @property
    def waits(self) -> bool:
        """Whether it can still be decided."""
        return self.state == OverrideState.WAITING and self.expires_at > clock.now()

    @property
    def standing(self) -> str:
        """Where it stands: one past its time has expired, whether the sweep has been there or not."""
        late = self.state == OverrideState.WAITING and not self.waits
        return str(OverrideState.EXPIRED.label if late else self.get_state_display())

    @property
    def group_labels(self) -> list[str]:
        """The field groups in words."""
        return [str(FieldGroup(group).label) for group in self.field_groups]


class AccessRequest(models.Model):
    """A signposted agency asks for access to a case: why, by which gateway, and where that stands."""

    uid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="access_requests")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=300)
    gateway = models.CharField(max_length=24, choices=Gateway)
    asked_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    remind_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=RequestState, default=RequestState.OPEN)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    grant = models.ForeignKey(CaseGrant, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = ClosedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "agency"], condition=models.Q(state__in=OPEN_REQUESTS), name="request_one_open"
            )
        ]
        indexes = [
            models.Index(fields=["agency", "-asked_at"], name="request_agency"),
            models.Index(fields=["expires_at"], condition=models.Q(state__in=OPEN_REQUESTS), name="request_expires"),
        ]

    def __str__(self) -> str:
        return f"request {self.uid}"


class AccessMessage(models.Model):
    """One thing said about a request: a question, its answer, the reason of a refusal."""

    class Kind(models.TextChoices):
        QUESTION = "question", "Question"
        ANSWER = "answer", "Answer"
        REFUSAL = "refusal", "Refused"

    uid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(AccessRequest, on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=8, choices=Kind)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    text = models.CharField(max_length=500)
    at = models.DateTimeField(default=clock.now)

    objects = ClosedManager()

    class Meta:
        ordering = ["at"]

    def __str__(self) -> str:
        return f"{self.kind} {self.request_id}"


class Breach(models.Model):
    """A breach of personal data, with the 72 hours to the Information Commissioner (docs/domain.md §8.3).

    It says what was disclosed in codes and references, so that information governance, who sees no case, can judge it.
    `openings` are the receiver's people who opened something meanwhile, as the audit had it at the recall.
    """

    uid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="breaches")
    case_ref = models.CharField(max_length=12)
    grant = models.OneToOneField(CaseGrant, null=True, on_delete=models.SET_NULL, related_name="breach")
    lead_agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    level = models.CharField(max_length=10, choices=Level)
    field_groups = ArrayField(models.CharField(max_length=20, choices=FieldGroup), default=list)
    shared_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    reason = models.CharField(max_length=500)
    openings = models.JSONField(default=list)
    reported_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    aware_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=BreachState, default=BreachState.OPEN)
    decision_reason = models.CharField(max_length=500, blank=True)
    ico_reference = models.CharField(max_length=40, blank=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    closing_note = models.CharField(max_length=500, blank=True)
    closed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = ClosedManager()

    class Meta:
        verbose_name_plural = "breaches"
        indexes = [
            models.Index(fields=["-aware_at"], name="breach_aware"),
            models.Index(fields=["due_at"], condition=models.Q(state="open"), name="breach_due"),
        ]

    def __str__(self) -> str:
        return f"breach {self.uid}"
