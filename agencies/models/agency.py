"""Agencies, districts and the dated service standards."""

from __future__ import annotations

from django.contrib.auth.models import Group
from django.contrib.postgres.fields import ArrayField
from django.db import models

from agencies.choices import AgencyType, Area, Side


class Agency(models.Model):
    """A partner agency. Its group is what grants on cases are given to."""

    id = models.AutoField(primary_key=True)
    code = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=120)
    type = models.CharField(max_length=8, choices=AgencyType)
    group = models.OneToOneField(Group, on_delete=models.PROTECT, related_name="agency")
    side = models.CharField("people it may know", max_length=12, choices=Side)
    areas = ArrayField(models.CharField(max_length=8, choices=Area), default=list, blank=True)
    isa_signed_on = models.DateField("sharing agreement signed on", null=True, blank=True)
    isa_expires_on = models.DateField("sharing agreement ends on", null=True, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "agencies"

    def __str__(self) -> str:
        return self.name


class District(models.Model):
    """One of the seven former districts, with the unitary council that serves it today (docs/domain.md §5.2)."""

    code = models.CharField(max_length=9, primary_key=True)
    name = models.CharField(max_length=60)
    unitary_code = models.CharField(max_length=9)
    area = models.CharField(max_length=8, choices=Area)
    council = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="districts")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ServiceStandard(models.Model):
    """How long one clock runs for one level, between two dates (docs/domain.md §3.1).

    A stored deadline keeps the version it was computed under: a new standard never rewrites an old one.
    """

    class Unit(models.TextChoices):
        WORKING_DAYS = "working_days", "working days"
        HOURS = "hours", "hours"

    version = models.CharField(max_length=20)
    kind = models.CharField(max_length=4)
    level = models.CharField(max_length=8)
    amount = models.PositiveSmallIntegerField()
    unit = models.CharField(max_length=12, choices=Unit)
    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["kind", "level", "effective_from"]
        constraints = [
            models.UniqueConstraint(fields=["version", "kind", "level"], name="standard_version_kind_level")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.level}: {self.amount} {self.get_unit_display()} ({self.version})"
