"""Sign-ins, and what was typed into a form that came after the end of one."""

from __future__ import annotations

import uuid

from django.db import models

from agencies.choices import SignInEnd
from agencies.models.user import User
from kernel.managers import ClosedManager


class SignIn(models.Model):
    """One sign-in on the pages. A person has one at a time; the cookie's session names its row.

    Times are the server's own: a frozen demo clock moves none of them. `second_factor` is how the second step was
    done, or empty; `confirmed_at` is when the person last proved who they are. `short_idle`: a RESTRICTED case was opened
    in it, so that it ends sooner when it is not used (docs/domain.md §8.6).
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins")
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    confirmed_at = models.DateTimeField()
    second_factor = models.CharField(max_length=20, blank=True)
    provider = models.CharField(max_length=40, blank=True)
    short_idle = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=12, choices=SignInEnd, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=models.Q(ended_at=None), name="sign_in_one_active")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} since {self.started_at:%Y-%m-%d %H:%M}"


class KeptForm(models.Model):
    """A form that came when its sender was signed out already. It waits, sealed, for them to sign in again.

    Only its sender ever sees it, and after an hour nobody: the worker throws it away.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="kept_forms")
    path = models.CharField(max_length=500)
    sealed = models.TextField()
    kept_at = models.DateTimeField()

    objects = ClosedManager()

    class Meta:
        indexes = [models.Index(fields=["kept_at"], name="kept_form_age")]

    def __str__(self) -> str:
        return str(self.id)
