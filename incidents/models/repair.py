"""What was struck out of a case, and what was corrected in it."""

from __future__ import annotations

import uuid

from django.db import models

from agencies.models import Agency, User
from incidents.choices import CorrectionCause, DateField, FactField, FieldGroup, StruckKind
from incidents.models.case import Case
from incidents.models.evidence import Evidence
from incidents.models.incident import Incident
from incidents.models.involved import one_of
from incidents.models.progress import ActionPlan, KeyEvent, SupportReferral
from incidents.models.work import Contact
from kernel import clock
from kernel.managers import ClosedManager


class StruckText(models.Model):
    """The words of a note, contact, comment and the like that was struck: moved here out of its row, where no page and no search finds them.

    No role of the web or the worker reads it (incidents/migrations/0081_letters_walls.py).
    """

    # Made here, not by the database: whoever strikes something may not read the row back.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=StruckKind)
    row_id = models.BigIntegerField()
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    words = models.JSONField(default=dict)
    reason = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = ClosedManager()

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id}"


class FieldCorrection(models.Model):
    """One thing that was recorded wrong: what it said, what it says, why, and which deadlines moved with it.

    A date stands in `before` and `after`, a fact of an incident in words. `needs_victim` says that the words are told
    with the victims, `group` which group of fields they belong to, as what they correct does (docs/domain.md §5.4).
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    submission_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="corrections")
    incident = models.ForeignKey(Incident, null=True, on_delete=models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.CASCADE, related_name="+")
    evidence = models.ForeignKey(Evidence, null=True, on_delete=models.CASCADE, related_name="+")
    event = models.ForeignKey(KeyEvent, null=True, on_delete=models.CASCADE, related_name="+")
    plan = models.ForeignKey(ActionPlan, null=True, on_delete=models.CASCADE, related_name="+")
    referral = models.ForeignKey(SupportReferral, null=True, on_delete=models.CASCADE, related_name="+")
    field = models.CharField(max_length=16, choices=[*DateField.choices, *FactField.choices])
    before = models.DateTimeField(null=True)
    after = models.DateTimeField(null=True)
    words_before = models.TextField("what it said", blank=True)
    words_after = models.TextField("what it says", blank=True)
    cause = models.CharField(max_length=8, choices=CorrectionCause, blank=True)
    needs_victim = models.BooleanField("tells of the victim’s side", default=False)
    group = models.CharField("belongs to", max_length=20, choices=FieldGroup, blank=True)
    reason = models.CharField(max_length=300)
    # ["K1 due 3 December 2026 at 5pm (was …)"]: the product's own sentences
    effects = models.JSONField(default=list)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    agency = models.ForeignKey(Agency, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = ClosedManager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["case", "-at"], name="correction_case_at")]
        constraints = [
            models.CheckConstraint(
                condition=one_of("incident", "contact", "evidence", "event", "plan", "referral"),
                name="correction_of_one_thing",
            )
        ]

    def __str__(self) -> str:
        return f"{self.field} {self.uid}"
