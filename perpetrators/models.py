"""Alleged perpetrators: what is known of them, kept apart from victims for every purpose.

A name is kept only where the law lets it be kept (docs/domain.md §1.4): the service decides, and until
then what was reported waits in the case's quarantine (incidents.SubjectReport).
"""

from __future__ import annotations

import uuid

from django.db import models

from agencies.models import Agency
from kernel import clock
from kernel.managers import ClosedManager
from kernel.models import Envelope
from perpetrators.choices import PerpetratorStatus, Relationship


class AllegedPerpetrator(models.Model):
    """A person complained about. Never called anything else before a finding."""

    # Made here, not by the database: whoever logs a report may not be allowed to read the row back.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ref = models.CharField(max_length=12, unique=True)
    status = models.CharField(max_length=12, choices=PerpetratorStatus, default=PerpetratorStatus.UNKNOWN)
    given_name = models.CharField(max_length=80, blank=True)
    family_name = models.CharField(max_length=80, blank=True)
    date_of_birth = models.DateField(null=True, blank=True)
    description = models.CharField(max_length=300, blank=True)
    relationship = models.CharField(max_length=12, choices=Relationship, default=Relationship.NOT_KNOWN)
    district = models.CharField(max_length=9, blank=True)
    recorded_by_agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    objects = ClosedManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="named") | models.Q(given_name="", family_name="", date_of_birth=None),
                name="perpetrator_name_only_if_named",
            )
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def display_name(self) -> str:
        """The name where one is kept, else the description, else that nothing is known."""
        name = f"{self.given_name} {self.family_name}".strip()
        return name or self.description or "Not known"


class PerpetratorAccess(Envelope):
    """The access envelope of one case, copied for one alleged perpetrator in it, to the agencies of that side.

    Written only by `hatecase_access_rebuild`. `family_key` is a digest of the family name, as with victims.
    """

    perpetrator = models.ForeignKey(AllegedPerpetrator, on_delete=models.CASCADE, related_name="access")
    case_id = models.BigIntegerField()
    family_key = models.IntegerField(null=True, editable=False)

    objects = ClosedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["perpetrator", "case_id"], name="perpetratoraccess_person_case")
        ]
        indexes = [
            models.Index(fields=["case_id"], name="perpetratoraccess_case"),
            models.Index(
                fields=["case_id", "family_key"],
                condition=models.Q(family_key__isnull=False),
                name="perpetratoraccess_family",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.perpetrator_id}/{self.case_id}"
