"""Grants, named people, exclusions, and the access rows derived from them (docs/permissions.md)."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from guardian.models import GroupObjectPermissionBase

from agencies.models import Agency, User
from incidents.choices import CaseStatus, FieldGroup, Gateway, Level, ShareBasis
from incidents.models.case import Case
from incidents.rules.sharing import KEPT_PURPOSE
from kernel import clock
from kernel.managers import ClosedManager


class CaseGrant(GroupObjectPermissionBase):
    """An agency's access to a case: who gave it, at which level, why, by which gateway, from when until when.

    A django-guardian group permission on a direct foreign key, extended by the terms of the disclosure.
    An agency may hold several (a share and a meeting's release): the highest in force counts. `from_agency` is the
    agency in whose name it was shared; `field_groups` are what it covers beyond what all in the case may read.
    """

    class Source(models.TextChoices):
        LEAD = "lead", "Lead agency"
        REPORT = "report", "Made the report"
        SHARE = "share", "Shared"
        MEETING = "meeting", "Released to a meeting"

        @property
        def can_be_recalled(self) -> bool:
            """Whether somebody chose to disclose the case by it, so that it may have been a mistake."""
            return self.value in ("share", "meeting")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    content_object = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="grants")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="case_grants")
    level = models.CharField(max_length=10, choices=Level)
    rank = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=8, choices=Source)
    source_ref = models.CharField(max_length=12, blank=True)
    purpose = models.CharField(max_length=300, blank=True)
    gateway = models.CharField(max_length=24, choices=Gateway, blank=True)
    field_groups = ArrayField(models.CharField(max_length=20, choices=FieldGroup), default=list)
    necessity = models.CharField(max_length=300, blank=True)
    basis = models.CharField(max_length=10, choices=ShareBasis, blank=True)
    caldicott_guardian = models.CharField(max_length=120, blank=True)
    from_agency = models.ForeignKey(Agency, null=True, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    given_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    recalled_at = models.DateTimeField(null=True, blank=True)

    objects = ClosedManager()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(until__gt=models.F("starts_at")), name="grant_ends_later"
            ),
            models.UniqueConstraint(
                fields=["content_object", "agency", "source", "source_ref"],
                condition=models.Q(ended_at=None),
                name="grant_one_in_force_per_source",
            ),
        ]
        indexes = [
            models.Index(fields=["content_object", "agency"], name="grant_case_agency"),
            models.Index(fields=["until"], condition=~models.Q(until=None), name="grant_until"),
            models.Index(
                fields=["starts_at"],
                condition=models.Q(starts_at__gt=models.F("created_at"), ended_at=None),
                name="grant_starts_later",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.level} {self.content_object_id}"

    @property
    def source_words(self) -> str:
        """From where the access comes; an agency that led the case before made no report by that."""
        return "Led the case before" if self.purpose == KEPT_PURPOSE else str(self.get_source_display())


class CasePerson(models.Model):
    """Access of one named person to a case: the only way into an OWN or a RESTRICTED one.

    The lead worker and the points of contact of a case of the OWN tier are named by `hatecase_access_rebuild`; a row of
    emergency access ends by itself, and information governance's passes a conflict of interest (docs/domain.md §5.5).
    """

    class Source(models.TextChoices):
        NAMED = "named", "Named"
        OWN = "own", "Works or answers for it in the lead agency"
        COVER = "cover", "Covers for who works it"
        EMERGENCY = "emergency", "Emergency access"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="people")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    level = models.CharField(max_length=10, choices=Level)
    rank = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=10, choices=Source, default=Source.NAMED)
    passes_exclusion = models.BooleanField(default=False)
    reason = models.CharField(max_length=300)
    starts_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    given_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ClosedManager()

    class Meta:
        indexes = [models.Index(fields=["case", "user"], name="caseperson_case_user")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.level} {self.case_id}"


class CaseExclusion(models.Model):
    """A conflict of interest: a person or an agency that must find no trace of the case. It beats every grant."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="exclusions")
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    agency = models.ForeignKey(Agency, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=300)
    declared = models.BooleanField("declared by the person", default=False)
    set_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = ClosedManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(user=None, agency__isnull=False) | models.Q(user__isnull=False, agency=None),
                name="exclusion_of_user_or_agency",
            )
        ]

    def __str__(self) -> str:
        return f"exclusion {self.case_id}"


class CaseAccess(models.Model):
    """One row for each agency (or named person) with access to a case, with the sort key and the filters of lists.

    Derived: written only by `hatecase_access_rebuild`, checked by `./manage.py access_check`. `level` is the
    rank of the highest grant in force; past `ends_at` the grants themselves are asked.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="access_rows")
    agency = models.ForeignKey(Agency, null=True, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    level = models.PositiveSmallIntegerField()
    ends_at = models.DateTimeField(null=True)
    excluded_user_ids = ArrayField(models.IntegerField(), default=list)
    excluded_agency_ids = ArrayField(models.IntegerField(), default=list)
    sort_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=CaseStatus)
    band = models.CharField(max_length=8, blank=True)
    district = models.CharField(max_length=9)
    strands = models.PositiveIntegerField()
    lead_agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="+")
    case_ref = models.CharField(max_length=12)
    # Whether the agency is told the names of alleged perpetrators, and whether texts come to it as they were written:
    # a trigger fills both from the grants (incidents/migrations/0172_names_by_group.py).
    tells_subjects = models.BooleanField(db_default=False)
    texts_whole = models.BooleanField(db_default=False)

    objects = ClosedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "agency"], name="caseaccess_case_agency"),
            models.UniqueConstraint(fields=["case", "user"], name="caseaccess_case_user"),
        ]
        indexes = [
            models.Index(fields=["agency", "-sort_at", "-case"], name="caseaccess_agency_sort"),
            models.Index(
                fields=["user", "-sort_at", "-case"], condition=~models.Q(user=None), name="caseaccess_user_sort"
            ),
            # Signposts are few among many: without this, the list of an agency that sees most cases reads them all.
            models.Index(fields=["agency", "-sort_at"], condition=models.Q(level=1), name="caseaccess_signpost"),
        ]

    def __str__(self) -> str:
        return f"{self.case_ref} level {self.level}"
