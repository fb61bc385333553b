"""Agencies, districts and the dated service standards."""

from __future__ import annotations

from django.conf import settings
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
    successor = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name="takes over its open cases",
    )
    # Near and past the end of its agreement, as long as it leads open cases: its people go on signing in meanwhile.
    handing_over = models.BooleanField(default=False, editable=False)
    caldicott_guardian = models.CharField(
        max_length=120,
        blank=True,
        help_text="Of a health agency: who answers there for what is shared about patients.",
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "agencies"

    def __str__(self) -> str:
        return self.name


class AgreementExtension(models.Model):
    """A wish that an agency's sharing agreement lasts longer. One person asks, another decides."""

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="extensions")
    until = models.DateField()
    reason = models.CharField(max_length=300)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)
    approved = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agency"], condition=models.Q(decided_at=None), name="extension_one_open"),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("asked_by")),
                name="extension_second_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency} until {self.until}"


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
