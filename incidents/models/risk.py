"""Risk assessments: the tool as versioned data, and each assessment as it was asked and answered."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from agencies.models import User
from incidents.choices import Band, VictimPresence
from incidents.models.case import Case
from kernel import clock
from kernel.managers import ClosedManager


class RiskTool(models.Model):
    """One version of the questionnaire. Old versions stay readable; history is never scored again."""

    version = models.CharField(max_length=20, unique=True)
    definition = models.JSONField()
    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return self.version


class RiskAssessment(models.Model):
    """A submitted assessment (docs/domain.md §2.2-2.4). Its score is never altered."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    submission_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="risk_assessments")
    tool = models.ForeignKey(RiskTool, on_delete=models.PROTECT, related_name="+")
    answers = models.JSONField()
    safety = models.JSONField()
    asked = models.JSONField("the questions and answers in words, as asked")
    victim_present = models.CharField(max_length=12, choices=VictimPresence, default=VictimPresence.NOT_PRESENT)
    facts = models.JSONField("what the floors looked at", default=dict)
    subtotals = models.JSONField()
    risk = models.SmallIntegerField()
    protection = models.SmallIntegerField()
    total = models.SmallIntegerField()
    gaps = models.PositiveSmallIntegerField()
    score_band = models.CharField(max_length=8, choices=Band)
    triggers = ArrayField(models.CharField(max_length=4), default=list)
    floors = ArrayField(models.CharField(max_length=4), default=list)
    computed_band = models.CharField(max_length=8, choices=Band)
    final_band = models.CharField(max_length=8, choices=Band)
    review_band = models.CharField(max_length=8, choices=Band)
    review_due_at = models.DateTimeField()
    explanation = models.TextField()
    assessed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    assessed_at = models.DateTimeField(default=clock.now)

    objects = ClosedManager()

    class Meta:
        ordering = ["-assessed_at", "-id"]
        indexes = [models.Index(fields=["case", "-assessed_at"], name="risk_case_assessed")]

    def __str__(self) -> str:
        return f"{self.final_band} ({self.total})"


class RiskDraft(models.Model):
    """A half-answered assessment, one for each person and case, shown as provisional."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="risk_drafts")
    author = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    tool = models.ForeignKey(RiskTool, on_delete=models.PROTECT, related_name="+")
    answers = models.JSONField(default=dict)
    edited_at = models.DateTimeField(default=clock.now)

    objects = ClosedManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "author"], name="riskdraft_case_author")]

    def __str__(self) -> str:
        return f"draft {self.case_id}"
