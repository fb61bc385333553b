"""Meetings: agenda, proposals to lead agencies, attendance, packs. A meeting discusses cases; a case need not know."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from agencies.choices import Area
from agencies.models import Agency, User
from hasbag.choices import AgendaState, AttendanceState, ItemState, PackState, ProposalState
from incidents.models import Case
from kernel import clock
from kernel.managers import ClosedManager


class Meeting(models.Model):
    """A HASBAG meeting for an area. `agency_ids` are its members, carried on the row for row-level security."""

    ref = models.CharField(max_length=12, unique=True)
    submission_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    area = models.CharField(max_length=8, choices=Area)
    starts_at = models.DateTimeField()
    venue = models.CharField(max_length=200, blank=True)
    chair_agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    chair = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    agency_ids = ArrayField(models.IntegerField(), default=list, editable=False)
    agenda_state = models.CharField(max_length=10, choices=AgendaState, default=AgendaState.QUEUED)
    agenda_chosen_at = models.DateTimeField(null=True, blank=True)
    minutes_signed_at = models.DateTimeField(null=True, blank=True)
    minutes_signed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    objects = ClosedManager()

    class Meta:
        ordering = ["-starts_at"]
        indexes = [models.Index(fields=["area", "-starts_at"], name="meeting_area_starts")]

    def __str__(self) -> str:
        return self.ref


class Attendance(models.Model):
    """A member agency's place at a meeting: invited, attending, apologies."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="attendances")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=AttendanceState, default=AttendanceState.INVITED)
    name = models.CharField("who attends", max_length=120, blank=True)

    objects = ClosedManager()

    class Meta:
        ordering = ["agency__name"]
        constraints = [models.UniqueConstraint(fields=["meeting", "agency"], name="attendance_meeting_agency")]

    def __str__(self) -> str:
        return f"{self.agency} {self.state}"


class AgendaItem(models.Model):
    """A case on the agenda. Whoever may not see the case sees no line for it, and no gap."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="items")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="agenda_items")
    criteria = ArrayField(models.CharField(max_length=20), default=list)
    reason = models.CharField(max_length=300, blank=True)
    late = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=ItemState, default=ItemState.LISTED)
    added_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField(default=clock.now)
    removed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    removed_reason = models.CharField(max_length=300, blank=True)

    objects = ClosedManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["meeting", "case"], name="item_meeting_case")]

    def __str__(self) -> str:
        return f"item {self.uid}"


class AgendaProposal(models.Model):
    """A case that §6.3 chose but the chair's agency may not see: the lead agency decides; the chair learns nothing."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="proposals")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="agenda_proposals")
    lead_agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="+")
    criteria = ArrayField(models.CharField(max_length=20), default=list)
    state = models.CharField(max_length=10, choices=ProposalState, default=ProposalState.WAITING)
    reason = models.CharField(max_length=300, blank=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    objects = ClosedManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["meeting", "case"], name="proposal_meeting_case")]

    def __str__(self) -> str:
        return f"proposal {self.uid}"


class Referral(models.Model):
    """A lead agency's point of contact asks that a case come before the next meeting of an area (docs/domain.md §6.3).

    The row comes first: whoever refers need not see the area's meetings, and there may be none yet. `meeting` is the
    one that took it.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    submission_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="referrals")
    area = models.CharField(max_length=8, choices=Area)
    reason = models.CharField(max_length=300)
    referred_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    meeting = models.ForeignKey(Meeting, null=True, on_delete=models.SET_NULL, related_name="referrals")

    objects = ClosedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "area"], condition=models.Q(meeting=None), name="referral_one_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"referral {self.uid}"


class Pack(models.Model):
    """A briefing pack for one recipient agency, made by the worker from what that agency may see.

    `case_ids` are the cases inside: a download needs all of them to be visible to the downloader at that moment.
    """

    ref = models.CharField(max_length=12, unique=True)
    submission_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="packs")
    recipient = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    requested_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    requested_by_agency = models.ForeignKey(Agency, null=True, on_delete=models.SET_NULL, related_name="+")
    requested_at = models.DateTimeField(default=clock.now)
    state = models.CharField(max_length=8, choices=PackState, default=PackState.QUEUED)
    claimed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField(null=True)
    case_ids = ArrayField(models.BigIntegerField(), default=list)
    file_name = models.CharField(max_length=80, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    pages = models.PositiveIntegerField(null=True)
    problem = models.CharField(max_length=200, blank=True)

    objects = ClosedManager()

    class Meta:
        ordering = ["-requested_at"]

    def __str__(self) -> str:
        return self.ref
