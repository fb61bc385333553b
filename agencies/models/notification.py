"""How somebody wants to be told: per group of notices, when not, and the digests that gather what waited."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from agencies.choices import Delivery, NoticeGroup
from agencies.models.user import User
from kernel import clock
from kernel.managers import ClosedManager


class NoticePreference(models.Model):
    """How one person is told of one group of notices. Without a row: at once. Safety-critical kinds have no group."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    group = models.CharField(max_length=12, choices=NoticeGroup)
    delivery = models.CharField(max_length=8, choices=Delivery)

    objects = ClosedManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "group"], name="noticepreference_user_group")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.group} {self.delivery}"


class QuietHours(models.Model):
    """When one person gets no mail: from one London time up to another, on some days (Monday is 0).

    What runs over midnight belongs to the day on which it begins.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    starts = models.TimeField()
    ends = models.TimeField()
    days = ArrayField(models.SmallIntegerField())

    objects = ClosedManager()

    def __str__(self) -> str:
        return f"{self.user_id} {self.starts:%H:%M} to {self.ends:%H:%M}"


class Digest(models.Model):
    """One mail that gathers notices: one a person and day, one a person and week. A row first, sent afterwards.

    `period` is the day or the week that it closes: the unique key lets a sweep that runs twice make one.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    delivery = models.CharField(max_length=8, choices=[(d.value, d.label) for d in (Delivery.DAILY, Delivery.WEEKLY)])
    period = models.DateField()
    message_id = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField(default=clock.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    objects = ClosedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "delivery", "period"], name="digest_user_delivery_period")
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=models.Q(sent_at=None, given_up_at=None), name="digest_waiting"
            )
        ]

    def __str__(self) -> str:
        return self.message_id
