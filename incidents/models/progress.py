"""What moves a case on for the victim: a referral, an agreed plan, agreed updates, key events, pauses, the closing.

Each record meets, starts, pauses or ends a clock (docs/domain.md §3).
"""

from __future__ import annotations

import uuid

from django.db import models

from agencies.models import Agency, User
from incidents.choices.progress import ClosingReason, HateStopped, KeyEventKind, VictimView
from incidents.choices.work import PauseReason
from incidents.models.case import Case
from incidents.models.work import Clock, Contact, Task
from kernel import clock
from kernel.managers import ClosedManager


class CaseRecord(models.Model):
    """What every record of this kind has: a case, who made it in whose name and when, once however often it is sent."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    submission_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="%(class)s_rows")
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    agency = models.ForeignKey(Agency, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    objects = ClosedManager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.uid}"


class Struck(models.Model):
    """What can be taken back by who has just added it, and struck later: its words are elsewhere from then on."""

    struck_at = models.DateTimeField(null=True)
    struck_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        abstract = True


class SupportReferral(Struck, CaseRecord):
    """A referral to a support service, or that the victim wants none (K5). For who may know victims.

    Sent by a `task`, its outcome is the task's.
    """

    victim = models.ForeignKey("victims.Victim", on_delete=models.PROTECT, related_name="+")
    wished = models.BooleanField("the victim wants support")
    to_agency = models.ForeignKey(Agency, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    service = models.CharField("another service", max_length=120, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    task = models.ForeignKey(Task, null=True, blank=True, on_delete=models.SET_NULL, related_name="support_referrals")

    class Meta:
        indexes = [models.Index(fields=["case", "-created_at"], name="supportreferral_case")]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "to_agency"],
                condition=models.Q(task__isnull=False),
                name="supportreferral_once_per_task",
            ),
            models.CheckConstraint(
                condition=models.Q(wished=False, sent_at=None, to_agency=None, service="")
                | (models.Q(wished=True, sent_at__isnull=False) & (~models.Q(to_agency=None) | ~models.Q(service=""))),
                name="supportreferral_sent_if_wished",
            ),
        ]


class ActionPlan(Struck, CaseRecord):
    """What was agreed with the victim (K6). A new plan takes the place of the one before it; none is edited."""

    victim = models.ForeignKey("victims.Victim", on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    agreed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["case", "-agreed_at"], name="actionplan_case")]


class UpdateAgreement(Struck, CaseRecord):
    """How often the victim wants to hear from us, or that they said in writing that they do not (K7)."""

    every_days = models.PositiveSmallIntegerField("working days between updates", null=True, blank=True)
    agreed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["case", "-created_at"], name="updateagreement_case")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(every_days=None) | models.Q(every_days__range=(1, 20)),
                name="updateagreement_within_limit",
            )
        ]

    @property
    def opted_out(self) -> bool:
        """Whether the victim wants no routine updates."""
        return self.every_days is None


class KeyEvent(Struck, CaseRecord):
    """Something of which the victim is told at once (K8)."""

    kind = models.CharField(max_length=16, choices=KeyEventKind)
    happened_at = models.DateTimeField()
    note = models.TextField(blank=True)
    clock = models.OneToOneField(Clock, null=True, on_delete=models.PROTECT, related_name="key_event")

    class Meta:
        indexes = [models.Index(fields=["case", "-happened_at"], name="keyevent_case")]


class ClockPause(CaseRecord):
    """A clock that waits for the victim: an exception, never a way of meeting the limit (docs/domain.md §3.3)."""

    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="pauses")
    reason = models.CharField(max_length=16, choices=PauseReason)
    paused_at = models.DateTimeField()
    until = models.DateField()
    due_before = models.DateTimeField()
    resumed_at = models.DateTimeField(null=True, blank=True)
    resumed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    due_after = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["case", "-paused_at"], name="clockpause_case")]
        constraints = [
            models.UniqueConstraint(
                fields=["clock"], condition=models.Q(resumed_at=None), name="clockpause_one_at_a_time"
            )
        ]


class CaseClosure(CaseRecord):
    """That a case was closed, why, and what the victim was told of it (K11); and that it was opened again."""

    reason = models.CharField(max_length=4, choices=ClosingReason)
    victim_view = models.CharField(max_length=10, choices=VictimView)
    hate_stopped = models.CharField(max_length=8, choices=HateStopped)
    note = models.TextField(blank=True)
    duplicate_of = models.ForeignKey(Case, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    clock = models.OneToOneField(Clock, null=True, on_delete=models.PROTECT, related_name="closure")
    closed_at = models.DateTimeField()
    contact_at = models.DateTimeField("the victim was told", null=True, blank=True)
    contact_attempted = models.BooleanField("or could not be reached", default=False)
    outcome_sent_at = models.DateTimeField("the written outcome was sent", null=True, blank=True)
    # The letter or message that was the outcome, as the contact that it became: struck, it was not sent.
    outcome_contact = models.OneToOneField(Contact, null=True, on_delete=models.SET_NULL, related_name="+")
    reopened_at = models.DateTimeField(null=True, blank=True)
    reopened_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    reopened_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["case", "-closed_at"], name="caseclosure_case")]
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(reopened_at=None), name="caseclosure_one_in_force"
            )
        ]
