"""Notices (in-app, exactly once) and the mail that carries them (reference and link only)."""

from __future__ import annotations

from django.db import models

from agencies.choices import Delivery
from agencies.models.notification import Digest
from agencies.models.user import User
from kernel import clock
from kernel.managers import ClosedManager


class Notice(models.Model):
    """Something a person must know. `key` makes it unique: a sweep that runs twice tells once.

    The text names references, never people. `case_id` is kept without a foreign key: agencies know no cases.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices")
    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=30)
    text = models.CharField(max_length=200)
    url = models.CharField(max_length=200)
    case_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(default=clock.now)
    read_at = models.DateTimeField(null=True)
    # How its person wanted to be told when it was written; a digest takes it once.
    delivery = models.CharField(max_length=8, choices=Delivery, default=Delivery.AT_ONCE)
    digest = models.ForeignKey(Digest, null=True, on_delete=models.SET_NULL, related_name="notices")

    objects = ClosedManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="notice_user_key")]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="notice_user_created"),
            models.Index(
                fields=["delivery", "created_at"],
                condition=models.Q(digest=None, delivery__in=["daily", "weekly"]),
                name="notice_for_digest",
            ),
        ]

    def __str__(self) -> str:
        return self.text


class Mail(models.Model):
    """A mail still to be handed over, or handed over. Its Message-ID never changes, also when it is sent again."""

    notice = models.OneToOneField(Notice, on_delete=models.CASCADE, related_name="mail")
    message_id = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField(default=clock.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(sent_at=None, given_up_at=None),
                name="mail_waiting",
            )
        ]

    def __str__(self) -> str:
        return self.message_id
