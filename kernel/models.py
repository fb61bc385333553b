"""Base records: the envelope of access, the audit trail, history, bank holidays.

Nothing here knows of cases or people. Foreign keys never leave the audit tables.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from kernel import clock


class Envelope(models.Model):
    """Who may see a record, carried on the row so that row-level security can read it in one step.

    It is derived from grants, named people and exclusions, and rewritten in the same transaction as
    they are (`hatecase_access_rebuild`). `access_ends_at` is the first end among the grants counted in:
    past it, the policy asks the grants themselves, so an expired grant refuses at once.
    """

    agency_ids = ArrayField(models.IntegerField(), default=list, editable=False)
    user_ids = ArrayField(models.IntegerField(), default=list, editable=False)
    excluded_agency_ids = ArrayField(models.IntegerField(), default=list, editable=False)
    excluded_user_ids = ArrayField(models.IntegerField(), default=list, editable=False)
    access_ends_at = models.DateTimeField(null=True, editable=False)
    restricted = models.BooleanField(default=False, editable=False)

    class Meta:
        abstract = True


class AuditOperation(models.TextChoices):
    """The kinds of processing that section 62 of the Data Protection Act 2018 asks to be logged."""

    COLLECTION = "collection", "Collection"
    ALTERATION = "alteration", "Alteration"
    CONSULTATION = "consultation", "Consultation"
    DISCLOSURE = "disclosure", "Disclosure"
    COMBINATION = "combination", "Combination"
    ERASURE = "erasure", "Erasure"
    ACCESS = "access", "Sign-in and refused access"


class AuditEvent(models.Model):
    """One event. Written by insert only; no role but the owner may change it, and a trigger refuses that too."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor_id = models.IntegerField(null=True)
    actor_agencies = ArrayField(models.IntegerField(), default=list)
    operation = models.CharField(max_length=12, choices=AuditOperation)
    action = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40, blank=True)
    subject_id = models.CharField(max_length=40, blank=True)
    subject_ref = models.CharField(max_length=20, blank=True)
    case_id = models.BigIntegerField(null=True)
    fields = ArrayField(models.CharField(max_length=60), default=list)
    detail = models.JSONField(default=dict)
    reason = models.CharField(max_length=300, blank=True)
    hmac = models.CharField(max_length=64)

    class Meta:
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "at"], name="audit_subject"),
            models.Index(fields=["actor_id", "at"], name="audit_actor"),
            models.Index(fields=["case_id", "at"], name="audit_case"),
            models.Index(fields=["subject_ref", "at"], condition=~models.Q(subject_ref=""), name="audit_ref"),
            models.Index(fields=["at", "id"], name="audit_at"),
            # Who looked at what, for the pages that go through many looks: answered without the rows themselves.
            models.Index(
                fields=["at", "id"],
                include=["actor_id", "case_id", "subject_type", "subject_id"],
                condition=models.Q(operation__in=("consultation", "disclosure"), actor_id__isnull=False),
                name="audit_read",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.subject_ref}"


class AuditSeal(models.Model):
    """The link of one event into the chain: position, hash of the link before, hash of this one."""

    seq = models.BigIntegerField(primary_key=True)
    event_id = models.BigIntegerField(unique=True)
    sealed_at = models.DateTimeField()
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"seal {self.seq}"


class SubjectKey(models.Model):
    """The key under which a subject's old and new values are digested in the audit. Erasure destroys it."""

    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=40)
    key = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject_type", "subject_id"], name="subjectkey_subject")]

    def __str__(self) -> str:
        return f"{self.subject_type} {self.subject_id}"


class History(models.Model):
    """The old and the new value of a changed field. Kept apart from the audit, so that erasure can clear it."""

    id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()
    actor_id = models.IntegerField(null=True)
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=40)
    case_id = models.BigIntegerField(null=True)
    field = models.CharField(max_length=60)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "at"], name="history_subject"),
            models.Index(fields=["case_id"], name="history_case"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_type} {self.subject_id} {self.field}"


class BankHoliday(models.Model):
    """A day that is not a working day in England and Wales (docs/domain.md §3.2). Editable: one-off days happen."""

    date = models.DateField(unique=True)
    name = models.CharField(max_length=80)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["date"]

    def __str__(self) -> str:
        return f"{self.date:%d %B %Y} {self.name}"
