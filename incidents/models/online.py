"""What is known of something posted or sent online, and of the accounts that posted it (docs/domain.md §10.3).

Two tables, because two walls stand here: the post is told to everybody in the case; an account says who an alleged
perpetrator is, and is kept only where a name may be (docs/domain.md §1.4).
"""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from agencies.models import Agency, User
from incidents.choices.online import Known, Platform, PlatformResult, PosterPlace, Reach, Zone
from incidents.models.case import Case
from incidents.models.evidence import Evidence
from incidents.models.incident import Incident
from kernel import clock
from kernel.managers import ClosedManager


class OnlinePost(models.Model):
    """One post or message as it was reported: one row for an incident. `words_by` wrote what stands in it in words."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    incident = models.OneToOneField(Incident, on_delete=models.CASCADE, related_name="online_post")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    platform = models.CharField(max_length=20, choices=Platform, blank=True)
    platform_other = models.CharField(max_length=60, blank=True)
    posted_at = models.DateTimeField(null=True, blank=True)
    posted_zone = models.CharField(max_length=30, choices=Zone, default=Zone.UK)
    reach = models.CharField(max_length=10, choices=Reach, blank=True)
    audience = models.CharField(max_length=120, blank=True)
    tagged = models.CharField("who was tagged or named in it", max_length=200, blank=True)
    threat = models.CharField(max_length=10, choices=Known, blank=True)
    removed = models.CharField(max_length=10, choices=Known, blank=True)
    known_offline = models.CharField(max_length=10, choices=Known, blank=True)
    told = models.BooleanField("reported to the platform", default=False)
    told_on = models.DateField(null=True, blank=True)
    told_ref = models.CharField(max_length=60, blank=True)
    told_result = models.CharField(max_length=12, choices=PlatformResult, blank=True)
    screenshot = models.ForeignKey(Evidence, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    words_by = models.ForeignKey(Agency, null=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(default=clock.now)
    updated_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = ClosedManager()

    def __str__(self) -> str:
        return f"{self.platform} {self.id}"


class OnlineAccount(models.Model):
    """An account that posted it, with the addresses of its posts: any of them leads to who is behind it.

    For who may know alleged perpetrators in the case, and only where the case keeps names; until then it waits in the
    quarantine (`SubjectReport`). Made here, as other people are: whoever logs it may not read it back.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    submission_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="online_accounts")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    handle = models.CharField(max_length=120, blank=True)
    display_name = models.CharField(max_length=120, blank=True)
    profile_url = models.CharField(max_length=500, blank=True)
    post_id = models.CharField(max_length=120, blank=True)
    urls = ArrayField(models.CharField(max_length=500), default=list, blank=True)
    place = models.CharField(max_length=10, choices=PosterPlace, blank=True)
    agency = models.ForeignKey(Agency, null=True, on_delete=models.SET_NULL, related_name="+")
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now)

    objects = ClosedManager()

    class Meta:
        indexes = [models.Index(fields=["case", "created_at"], name="onlineaccount_case")]

    def __str__(self) -> str:
        return str(self.id)
