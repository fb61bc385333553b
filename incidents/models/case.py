"""The case: the root that agencies share, assess, task, discuss and close."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from agencies.models import Agency, District, User
from incidents.choices import OPEN_STATUSES, PAST_TRIAGE, Band, CaseStatus, Classification, Priority, Tier
from kernel import clock
from kernel.managers import ClosedManager
from kernel.models import Envelope


class Case(Envelope):
    """One or more incidents, and everything done about them. Its envelope says who may see it.

    `received_at` is the earliest receipt of its incidents. `strands` is the bit mask of all its
    incidents' strands. `summary_by_agency` wrote the summary as it stands. `version` counts saves: an
    edit that started from an older one is refused. `status`, `band`, `district`, `strands`, `lead_agency`
    and `received_at` are copied to the access rows by `hatecase_access_rebuild`, so that lists filter
    without a join. `merged_into` is the case that took all its incidents.
    """

    ref = models.CharField(max_length=12, unique=True)
    tier = models.CharField(max_length=10, choices=Tier, default=Tier.TEAM)
    status = models.CharField(max_length=10, choices=CaseStatus, default=CaseStatus.NEW)
    classification = models.CharField(max_length=16, choices=Classification, default=Classification.UNDETERMINED)
    priority = models.CharField(max_length=2, choices=Priority)
    band = models.CharField(max_length=8, choices=Band, blank=True)
    review_due_at = models.DateTimeField(null=True, blank=True)
    lead_agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="led_cases")
    lead_worker = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="led_cases")
    deputy = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="deputised_cases")
    summary = models.CharField(max_length=300, blank=True)
    summary_by_agency = models.ForeignKey(Agency, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    received_at = models.DateTimeField()
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    victim_district = models.CharField(max_length=9, blank=True)
    strands = models.PositiveIntegerField(default=0)
    repeat_victim = models.BooleanField(default=False)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.RESTRICT, related_name="+")
    triaged_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = ClosedManager()

    class Meta:
        permissions = [
            ("signpost_case", "Knows that the case exists and who leads it"),
            ("contribute_case", "Reads and adds to the case"),
            ("manage_case", "Reads, adds to, changes and shares the case"),
        ]
        indexes = [
            models.Index(fields=["lead_worker", "-updated_at"], name="case_lead_updated"),
            models.Index(fields=["lead_agency", "-updated_at"], name="case_agency_updated"),
            models.Index(fields=["classification"], name="case_classification"),
            models.Index(fields=["priority"], name="case_priority"),
            models.Index(fields=["deputy"], condition=~models.Q(deputy=None), name="case_deputy"),
            models.Index(
                fields=["lead_agency", "lead_worker", "-received_at"],
                condition=models.Q(status__in=OPEN_STATUSES),
                name="case_team",
            ),
            models.Index(
                fields=["review_due_at"], condition=models.Q(status__in=OPEN_STATUSES), name="case_review_due"
            ),
            models.Index(
                fields=["lead_agency", "priority", "received_at", "id"],
                condition=models.Q(status__in=("new", "triage")),
                name="case_to_triage",
            ),
            models.Index(
                fields=["lead_agency", "priority", "received_at", "id"],
                condition=models.Q(status__in=PAST_TRIAGE, lead_worker=None),
                name="case_unworked",
            ),
            models.Index(fields=["access_ends_at"], condition=~models.Q(access_ends_at=None), name="case_access_ends"),
        ]

    def __str__(self) -> str:
        return self.ref


class CaseSearch(models.Model):
    """What a search may find a case by: one vector for each side, so that a hidden name never decides a hit.

    Read only by `hatecase_search_cases`.
    """

    case = models.OneToOneField(Case, on_delete=models.CASCADE, primary_key=True, related_name="search")
    body = SearchVectorField(null=True)
    victims = SearchVectorField(null=True)
    perpetrators = SearchVectorField(null=True)

    objects = ClosedManager()

    class Meta:
        indexes = [
            GinIndex(fields=["body"], name="casesearch_body"),
            GinIndex(fields=["victims"], name="casesearch_victims"),
            GinIndex(fields=["perpetrators"], name="casesearch_perpetrators"),
        ]

    def __str__(self) -> str:
        return str(self.case_id)


class CaseWords(models.Model):
    """What an agency of one side wrote in a case itself, for its own search: by every word, whoever it names.

    Read only by the narrow functions of the list.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="own_words")
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="+")
    words = SearchVectorField(null=True)

    objects = ClosedManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "agency"], name="casewords_case_agency")]
        indexes = [GinIndex(fields=["words"], name="casewords_words")]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.agency_id}"


class PriorityChange(models.Model):
    """One change of the priority, with its reason where one was given; none is overwritten (docs/domain.md §2.6)."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="priority_changes")
    before = models.CharField(max_length=2, choices=Priority)
    after = models.CharField(max_length=2, choices=Priority)
    reason = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = ClosedManager()

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.before} to {self.after}"


class ClassificationChange(models.Model):
    """One decision about the classification, with its reason; none is overwritten (docs/domain.md §1.4)."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="classification_changes")
    before = models.CharField(max_length=16, choices=Classification)
    after = models.CharField(max_length=16, choices=Classification)
    reason = models.CharField(max_length=500, blank=True)
    crime_reference = models.CharField(max_length=40, blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = ClosedManager()

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.before} to {self.after}"


class CaseNames(models.Model):
    """Every name and contact detail of a case, place by place in lists of one length: its bare letters, by which a text that
    holds none of them is known at once; how it is written; what it may be told by; the agency that recorded it; and for
    one in quarantine the agency whose triagers read it.

    Read only by `hatecase_text_shown`. Where a row is missing it looks at the people themselves: triggers take the row away
    whenever one of them changes, `hatecase_search_refresh` fills it.
    """

    case = models.OneToOneField(Case, on_delete=models.CASCADE, primary_key=True, related_name="+")
    letters = ArrayField(models.TextField())
    names = ArrayField(models.TextField())
    kinds = ArrayField(models.TextField())
    sources = ArrayField(models.IntegerField(null=True))
    leads = ArrayField(models.IntegerField(null=True))

    objects = ClosedManager()

    def __str__(self) -> str:
        return str(self.case_id)
