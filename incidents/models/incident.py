"""Incidents: one event each, the characteristics it was aimed at, and the parties of the case."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from agencies.choices import DistrictSource
from agencies.models import Agency, District, User
from incidents.choices import Behaviour, Channel, PartyRole, PerceivedBy, PlaceType, Priority, ReporterKind, Strand
from incidents.models.case import Case
from kernel import clock
from kernel.managers import ClosedManager
from perpetrators.models import AllegedPerpetrator
from victims.models import Victim

PLACE_KEY = models.Func(
    Lower("location"), models.Value("[^[:alnum:]]+"), models.Value(""), models.Value("g"), function="regexp_replace"
)
"""A named place without case, spaces and signs, as `rules.likeness.place_key` compares it."""


class Incident(models.Model):
    """One event as reported: what, when, where, to whom, by whom it is perceived as hate.

    `received_at` is when the first partner agency got the report, `entered_at` when it was keyed: clocks
    run from receipt. The reporter is not the victim; their name is source-protected (docs/domain.md §5.4).
    """

    ref = models.CharField(max_length=12, unique=True)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="incidents")
    submission_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    received_at = models.DateTimeField()
    entered_at = models.DateTimeField(default=clock.now)
    occurred_from = models.DateTimeField()
    occurred_to = models.DateTimeField(null=True, blank=True)
    ongoing = models.BooleanField(default=False)
    channel = models.CharField(max_length=12, choices=Channel)
    narrative = models.TextField()
    perceived_by = models.CharField(max_length=16, choices=PerceivedBy)
    behaviours = ArrayField(models.CharField(max_length=30, choices=Behaviour), default=list)
    place_type = models.CharField(max_length=30, choices=PlaceType, blank=True)
    location = models.CharField(max_length=200, blank=True)
    postcode = models.CharField(max_length=10, blank=True)
    # Metres on the national grid, of a full postcode that is known: filled by the database whenever the postcode is
    # written, so that a corrected one takes its point along (incidents/migrations/0103_points.py).
    easting = models.PositiveIntegerField(null=True, blank=True, editable=False)
    northing = models.PositiveIntegerField(null=True, blank=True, editable=False)
    # Kept, because an expression is not compared along an index under the walls.
    place_key = models.GeneratedField(
        expression=PLACE_KEY, output_field=models.CharField(max_length=200), db_persist=True
    )
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    district_source = models.CharField(max_length=10, choices=DistrictSource, default=DistrictSource.CONFIRMED)
    online = models.BooleanField(default=False)

    reporter_kind = models.CharField(max_length=20, choices=ReporterKind, default=ReporterKind.VICTIM)
    reporter_name = models.CharField(max_length=120, blank=True)
    reporter_contact = models.CharField(max_length=200, blank=True)
    reporter_no_contact = models.BooleanField("reporter asked for no contact", default=False)

    # Answers that set the priority (docs/domain.md §2.6): {"danger_now": true, …}
    triage_answers = models.JSONField(default=dict, blank=True)
    # Why the priority was suggested, in the rule's sentences; then what whoever logged it chose instead, and why.
    priority_reasons = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    priority_set = models.CharField(max_length=2, choices=Priority, blank=True)
    priority_set_reason = models.CharField(max_length=200, blank=True)
    # Another report of the same event names the one that came in first, which alone is counted (docs/domain.md §10.2).
    same_as = models.ForeignKey("self", null=True, blank=True, on_delete=models.RESTRICT, related_name="reports")
    reporting_agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    entered_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    # When somebody of the lead agency first looked at it. The duty check counts it, also where that is asked for later.
    looked_at = models.DateTimeField(null=True, editable=False)

    objects = ClosedManager()

    class Meta:
        ordering = ["-occurred_from"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(same_as=None) | ~models.Q(same_as=models.F("id")),
                name="incident_not_its_own_report",
            )
        ]
        indexes = [
            models.Index(fields=["case", "-occurred_from"], name="incident_case_occurred"),
            models.Index(fields=["occurred_from"], name="incident_occurred"),
            models.Index(fields=["postcode", "occurred_from"], name="incident_postcode_occurred"),
            models.Index(fields=["place_key", "occurred_from"], name="incident_place_occurred"),
            models.Index(fields=["easting", "northing"], name="incident_point"),
        ]

    def __str__(self) -> str:
        return self.ref


class Characteristic(models.Model):
    """One characteristic an incident was aimed at, as perceived; not how the victim describes themself."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="characteristics")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(max_length=3, choices=Strand)
    sub = models.CharField(max_length=60, blank=True)
    other = models.CharField(max_length=120, blank=True)
    by_association = models.BooleanField(default=False)

    objects = ClosedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "code", "sub"], name="characteristic_incident_code_sub")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.sub}".strip()


class Party(models.Model):
    """Somebody's part in a case. A role, never a verdict.

    The key is made here: whoever logs a report may write a party that they may not read back.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="parties")
    incident = models.ForeignKey(Incident, null=True, blank=True, on_delete=models.CASCADE, related_name="parties")
    role = models.CharField(max_length=20, choices=PartyRole)
    victim = models.ForeignKey(Victim, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    perpetrator = models.ForeignKey(
        AllegedPerpetrator, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=clock.now)

    objects = ClosedManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role="victim", victim__isnull=False, perpetrator=None)
                | models.Q(role="alleged_perpetrator", perpetrator__isnull=False, victim=None),
                name="party_record_by_role",
            ),
            models.UniqueConstraint(fields=["incident", "victim"], name="party_incident_victim"),
            models.UniqueConstraint(fields=["incident", "perpetrator"], name="party_incident_perpetrator"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.case_id}"


class SubjectReport(models.Model):
    """The quarantine: what was reported of an alleged perpetrator whose name may not be kept yet.

    Only the lead agency's triagers read it; it is never searched, shared or printed, and is erased on
    `erase_on` (20 working days; docs/domain.md §1.4). The primary key is made here, because whoever logs
    the report may write it without being able to read it back.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="subject_reports")
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="subject_reports")
    lead_agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="+")
    # None for an account that posted something: nobody is recorded whose it is.
    perpetrator = models.ForeignKey(
        AllegedPerpetrator, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    # Whose agency told of an account: what it brings in itself fills no gap of its own readers.
    told_by = models.ForeignKey(Agency, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # Who told of it: they know it, so they may be told that a text of theirs says it.
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    subject_as_reported = models.JSONField()
    erase_on = models.DateField()
    created_at = models.DateTimeField(default=clock.now)

    objects = ClosedManager()

    class Meta:
        indexes = [models.Index(fields=["erase_on"], name="subjectreport_erase")]

    def __str__(self) -> str:
        return str(self.id)
