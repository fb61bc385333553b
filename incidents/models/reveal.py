"""Who opened which hidden group of fields in a case, why, and until when (docs/domain.md §5.4)."""

from __future__ import annotations

import datetime as dt

from django.db import models

from agencies.models import User
from incidents.choices import FieldGroup
from incidents.models.case import Case
from kernel.managers import ClosedManager

REVEAL_LASTS = dt.timedelta(minutes=30)


class Reveal(models.Model):
    """One person's look at one group of fields in one case. It ends by itself, and the database decides when.

    Read by nobody but that person; what governance reads is the audit.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="reveals")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    group = models.CharField(max_length=20, choices=FieldGroup)
    reason = models.CharField(max_length=300)
    at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ClosedManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until__gt=models.F("at"), until__lte=models.F("at") + REVEAL_LASTS),
                name="reveal_ends_soon",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="reveal_has_reason"),
        ]
        indexes = [models.Index(fields=["user", "case", "until"], name="reveal_user_case_until")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.group} {self.case_id}"


class WorkerShown(models.Model):
    """That somebody who works a case was shown its groups on a day: the audit says so once, not at every look."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()

    objects = ClosedManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "user", "day"], name="workershown_case_user_day")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.case_id} {self.day}"
