"""What is done in a case: notes, tasks, contacts and the clocks that run."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from agencies.models import Agency, User
from incidents.choices import (
    ClockKind,
    ContactDirection,
    ContactMethod,
    ContactResult,
    PauseReason,
    ReferralService,
    ReferralWish,
    TaskKind,
    TaskState,
)
from incidents.models.case import Case
from incidents.models.incident import Incident
from kernel import clock
from kernel.managers import ClosedManager


class Note(models.Model):
    """A note in the case's chronology. Shown with its author and agency; never edited, but perhaps struck."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    submission_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField()
    mentioned_ids = ArrayField(models.IntegerField(), default=list)
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    agency = models.ForeignKey(Agency, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=clock.now)
    # By the database's own clock, which says how long it can be taken back.
    added_at = models.DateTimeField(null=True, db_default=Now(), editable=False)
    # Its words are then elsewhere (StruckText).
    struck_at = models.DateTimeField(null=True)
    struck_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = ClosedManager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["case", "-at"], name="note_case_at")]

    def __str__(self) -> str:
        return f"note {self.uid}"


class Task(models.Model):
    """Something one agency asks of another (or of itself) in a case, by a time.

    A referral is a task that names a service, and whether the victim wants it.
    """

    ref = models.CharField(max_length=12, unique=True)
    submission_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="tasks")
    title = models.CharField(max_length=200)
    detail = models.TextField(blank=True)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="tasks")
    assignee = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="tasks")
    asked_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_by_agency = models.ForeignKey(Agency, null=True, on_delete=models.PROTECT, related_name="asked_tasks")
    due_at = models.DateTimeField()
    kind = models.CharField(max_length=8, choices=TaskKind, default=TaskKind.TASK)
    service = models.CharField(max_length=12, choices=ReferralService, blank=True)
    wish = models.CharField("whether the victim wants it", max_length=10, choices=ReferralWish, blank=True)
    state = models.CharField(max_length=12, choices=TaskState, default=TaskState.OFFERED)
    outcome = models.TextField("what was achieved, or why it was declined", blank=True)
    created_at = models.DateTimeField(default=clock.now)
    accepted_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = ClosedManager()

    class Meta:
        ordering = ["due_at"]
        indexes = [
            models.Index(fields=["case", "due_at"], name="task_case_due"),
            models.Index(fields=["agency", "due_at"], condition=models.Q(closed_at=None), name="task_agency_open_due"),
            models.Index(
                fields=["assignee", "due_at"], condition=models.Q(closed_at=None), name="task_assignee_open_due"
            ),
            # A declined one waits for whoever asked.
            models.Index(
                fields=["asked_by_agency", "created_at"],
                condition=models.Q(closed_at=None) | models.Q(state=TaskState.DECLINED),
                name="task_asked_open",
            ),
            models.Index(
                fields=["asked_by", "due_at"], condition=models.Q(state=TaskState.DECLINED), name="task_handed_back"
            ),
            models.Index(fields=["due_at"], condition=models.Q(closed_at=None), name="task_open_due"),
            models.Index(
                fields=["agency", "-closed_at"], condition=~models.Q(closed_at=None), name="task_agency_closed"
            ),
            models.Index(
                fields=["assignee", "-closed_at"], condition=~models.Q(closed_at=None), name="task_assignee_closed"
            ),
            models.Index(
                fields=["asked_by_agency", "-closed_at"], condition=~models.Q(closed_at=None), name="task_asked_closed"
            ),
        ]

    def __str__(self) -> str:
        return self.ref


class Contact(models.Model):
    """A contact with the victim or the reporter: two-way, or an attempt (docs/domain.md §3.3)."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    submission_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="contacts")
    victim = models.ForeignKey("victims.Victim", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    with_reporter = models.BooleanField(default=False)
    at = models.DateTimeField()
    method = models.CharField(max_length=12, choices=ContactMethod)
    direction = models.CharField(max_length=10, choices=ContactDirection)
    result = models.CharField(max_length=10, choices=ContactResult)
    acknowledgement = models.BooleanField("acknowledges the report to the reporter", default=False)
    note = models.TextField(blank=True)
    emergency_reason = models.CharField("why outside the safe times", max_length=300, blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    agency = models.ForeignKey(Agency, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    added_at = models.DateTimeField(null=True, db_default=Now(), editable=False)
    # It counts for nothing from then on, and its words are elsewhere (StruckText).
    struck_at = models.DateTimeField(null=True)
    struck_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = ClosedManager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["case", "-at"], name="contact_case_at")]

    def __str__(self) -> str:
        return f"contact {self.uid}"


class Clock(models.Model):
    """One deadline. Its state is computed from the stored instants, never counted (docs/domain.md §3).

    `outcome` holds what the instants cannot tell: `met`, `attempted` or `not_applicable`. It keeps the
    version of the standards under which its due time was computed.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="clocks")
    incident = models.ForeignKey(Incident, null=True, blank=True, on_delete=models.CASCADE, related_name="clocks")
    lead_agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=4, choices=ClockKind)
    level = models.CharField("priority or band it was computed for", max_length=8)
    rule_version = models.CharField(max_length=20)
    starts_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    amber_at = models.DateTimeField(null=True)
    met_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=14, blank=True)
    paused_at = models.DateTimeField(null=True)
    pause_reason = models.CharField(max_length=16, choices=PauseReason, blank=True)
    paused_until = models.DateField(null=True)
    exception_days = models.PositiveSmallIntegerField("working days by which pauses moved it", default=0)
    closed_at = models.DateTimeField("stopped being watched", null=True)
    # It may lie in the past then. Whoever has to know of an overdue deadline is told of one that was set only now.
    set_at = models.DateTimeField("when this due time was set", null=True)

    objects = ClosedManager()

    class Meta:
        ordering = ["due_at", "kind"]
        indexes = [
            models.Index(fields=["case", "kind"], name="clock_case_kind"),
            models.Index(fields=["due_at"], condition=models.Q(closed_at=None), name="clock_open_due"),
            models.Index(fields=["amber_at"], condition=models.Q(closed_at=None), name="clock_open_amber"),
            models.Index(fields=["set_at"], condition=models.Q(closed_at=None), name="clock_open_set"),
            models.Index(
                fields=["lead_agency", "due_at"], condition=models.Q(closed_at=None), name="clock_agency_open_due"
            ),
            models.Index(
                fields=["case", "due_at"],
                condition=models.Q(closed_at=None, met_at=None, paused_at=None),
                name="clock_runs",
            ),
            models.Index(
                fields=["lead_agency", "case"],
                condition=models.Q(kind=ClockKind.K2, closed_at=None, met_at=None, paused_at=None),
                name="clock_to_sort",
            ),
            models.Index(
                fields=["lead_agency", "due_at"],
                condition=models.Q(kind=ClockKind.K11, closed_at=None, met_at=None, paused_at=None),
                name="clock_after_closing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.case_id}"
