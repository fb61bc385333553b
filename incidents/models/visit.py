"""When somebody looked at a case before: so that its page can say what is new to them."""

from __future__ import annotations

from django.db import models

from agencies.models import User
from incidents.models.case import Case
from kernel import clock
from kernel.managers import ClosedManager


class CaseVisit(models.Model):
    """One person's looks at one case, for themself alone. The audit keeps reads as well, and never feeds a page.

    `at` is when this visit began, or when something that it showed was told; `before` is the end of the visit before,
    from which on things are new.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=clock.now)
    before = models.DateTimeField(null=True)

    objects = ClosedManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "case"], name="casevisit_user_case")]

    def __str__(self) -> str:
        return f"{self.user_id}/{self.case_id}"
