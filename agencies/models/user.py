"""The user model and memberships. Staff names are directory data; case content never hangs here."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models

from agencies.choices import Role
from agencies.models.agency import Agency
from kernel import clock


class UserManager(BaseUserManager["User"]):
    """Finds people by e-mail address, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        raise NotImplementedError("There are no superusers: ./manage.py setup makes the first administrator.")


class User(AbstractBaseUser, PermissionsMixin):
    """A member of staff of a partner agency."""

    id = models.AutoField(primary_key=True)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    phone = models.CharField(max_length=30, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("may open configuration pages", default=False)
    date_joined = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField("last seen", null=True, blank=True)
    previous_seen_at = models.DateTimeField("seen the time before", null=True, blank=True)
    # Unused for long: it cannot sign in until an administrator wakes it (docs/domain.md §8.6).
    asleep_at = models.DateTimeField(null=True, blank=True)
    woken_at = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class Membership(models.Model):
    """A person's place in an agency, with the roles held there."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="memberships")
    roles = ArrayField(models.CharField(max_length=24, choices=Role))
    job_title = models.CharField(max_length=80, blank=True)
    # Whether it opens anything. Who was reported as having left is out at once; the place has ended once an
    # administrator has closed it, which hands on the work.
    is_active = models.BooleanField(default=True)
    started_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    # Once a quarter somebody else says whether this person is still here.
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    reported_left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "agency"], name="membership_user_agency")]

    def __str__(self) -> str:
        return f"{self.user} at {self.agency}"
