"""The monthly dip sample of the audit: which events were picked, and who looked at each (docs/domain.md §8.2)."""

from __future__ import annotations

from django.db import models

from agencies.models import Agency, User
from incidents.choices import DipOutcome
from kernel import clock
from kernel.managers import ClosedManager


class DipSample(models.Model):
    """That one agency's month was sampled, once. How many events there were is for information governance alone:
    a supervisor must not be able to count what is hidden from them.
    """

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    month = models.DateField("first day of the month")
    population = models.PositiveIntegerField()
    picked = models.PositiveIntegerField()
    made_at = models.DateTimeField(default=clock.now_real)

    objects = ClosedManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency", "month"], name="dipsample_agency_month")]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.month:%Y-%m}"


class DipItem(models.Model):
    """One event to look at. The event itself stays in the audit, which no foreign key reaches."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    month = models.DateField("first day of the month")
    event_id = models.BigIntegerField()
    due_on = models.DateField()
    outcome = models.CharField(max_length=12, choices=DipOutcome, blank=True)
    note = models.CharField(max_length=300, blank=True)
    signed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True)

    objects = ClosedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agency", "event_id"], name="dipitem_agency_event"),
            models.CheckConstraint(
                condition=models.Q(outcome="", signed_by=None, signed_at=None)
                | models.Q(signed_by__isnull=False, signed_at__isnull=False) & ~models.Q(outcome=""),
                name="dipitem_signed_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["agency", "due_on", "id"], name="dipitem_agency_due"),
            models.Index(fields=["due_on", "id"], name="dipitem_due"),
            models.Index(fields=["due_on", "id"], condition=models.Q(outcome=""), name="dipitem_open"),
        ]

    def __str__(self) -> str:
        return f"sample {self.agency_id} {self.month:%Y-%m} event {self.event_id}"
