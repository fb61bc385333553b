"""Evidence on a case: files as they came in, and the log of whoever had them (docs/domain.md §8.6).

A row says what a file is; the bytes lie in the storage `evidence`, under a name that tells nothing.
"""

from __future__ import annotations

import uuid

from django.db import models

from agencies.models import Agency, User
from incidents.choices import CopyState, CustodyKind, EvidenceKind, EvidenceOrigin, MalwareState, ReleasedTo
from incidents.models.case import Case
from kernel import clock
from kernel.managers import ClosedManager


class Evidence(models.Model):
    """One file on a case, kept byte for byte. Never changed: it can be withdrawn, with a reason.

    `original_name` is a text and never a path. `copy_…` is the picture without location that is shown to everybody
    but the agency that added it. A redacted copy is a file of its own, `redacted_from` another; only such a copy can be
    released to more agencies (docs/permissions.md, "Evidence").
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    submission_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="evidence")
    kind = models.CharField(max_length=8, choices=EvidenceKind)
    original_name = models.CharField(max_length=200)
    file_name = models.CharField(max_length=80, unique=True)
    size = models.PositiveBigIntegerField("bytes")
    sha256 = models.CharField(max_length=64)
    description = models.CharField("what it shows", max_length=500)
    source = models.CharField("where it came from", max_length=300)
    obtained_at = models.DateTimeField("taken or received at")
    origin = models.CharField(max_length=8, choices=EvidenceOrigin, default=EvidenceOrigin.PAGE)
    added_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=clock.now)
    malware = models.CharField(max_length=12, choices=MalwareState, default=MalwareState.NOT_SCANNED)
    malware_name = models.CharField("what the scanner called it", max_length=200, blank=True)
    scanned_at = models.DateTimeField(null=True, blank=True)
    copy_state = models.CharField(max_length=8, choices=CopyState, default=CopyState.NONE)
    copy_name = models.CharField(max_length=80, blank=True)
    copy_kind = models.CharField(max_length=8, choices=EvidenceKind, blank=True)
    copy_size = models.PositiveBigIntegerField(null=True, blank=True)
    copy_sha256 = models.CharField(max_length=64, blank=True)
    claimed_at = models.DateTimeField("a worker is at it since", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("attempts at the copy", default=0)
    redacted_from = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="redacted_copies"
    )
    released_to = models.CharField(max_length=12, choices=ReleasedTo, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    withdrawn_reason = models.CharField(max_length=300, blank=True)

    objects = ClosedManager()

    class Meta:
        verbose_name_plural = "evidence"
        ordering = ["-added_at", "-id"]
        indexes = [
            models.Index(fields=["case", "-added_at"], name="evidence_case_added"),
            models.Index(fields=["malware"], condition=~models.Q(malware="clean"), name="evidence_unscanned"),
            models.Index(fields=["copy_state"], condition=models.Q(copy_state="waiting"), name="evidence_copy_waits"),
            models.Index(fields=["redacted_from"], condition=~models.Q(redacted_from=None), name="evidence_redacted"),
            models.Index(fields=["copy_name"], condition=~models.Q(copy_name=""), name="evidence_copy_name"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(released_to="") | models.Q(redacted_from__isnull=False),
                name="evidence_release_is_redacted",
            )
        ]

    def __str__(self) -> str:
        return f"evidence {self.uid}"


class CustodyEvent(models.Model):
    """One line of a file's custody log. Written once: neither the web nor the worker may change or remove it."""

    evidence = models.ForeignKey(Evidence, on_delete=models.CASCADE, related_name="custody")
    kind = models.CharField(max_length=12, choices=CustodyKind)
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300, blank=True)

    objects = ClosedManager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["evidence", "-at"], name="custody_evidence_at")]

    def __str__(self) -> str:
        return f"{self.kind} {self.evidence_id}"
