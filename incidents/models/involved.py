"""Further people of a case, and how its people stand to one another (docs/domain.md §5.4, §12)."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from agencies.choices import Side
from agencies.models import Agency, User
from incidents.choices.involved import InvolvedRole, TieKind
from incidents.models.case import Case
from kernel import clock
from kernel.managers import ClosedManager
from perpetrators.models import AllegedPerpetrator
from victims.models import Victim


class InvolvedPerson(models.Model):
    """A witness, a reporter, a guardian, a child, somebody of a household, a professional.

    `side` follows from the role: a witness or a child is protected as a victim is. Seen only through the case, by who
    may know that side in it. Ended, never deleted.
    """

    # Made here, not by the database, as the keys of other people are.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    submission_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="involved")
    role = models.CharField(max_length=20, choices=InvolvedRole)
    side = models.CharField(max_length=12, choices=Side)
    given_name = models.CharField(max_length=80, blank=True)
    family_name = models.CharField(max_length=80, blank=True)
    organisation = models.CharField("where they work", max_length=120, blank=True)
    date_of_birth = models.DateField(null=True, blank=True)
    contact = models.CharField("how to reach them", max_length=300, blank=True)
    address = models.CharField("postal address", max_length=300, blank=True)
    notes = models.TextField(blank=True)
    agency = models.ForeignKey(Agency, null=True, on_delete=models.SET_NULL, related_name="+")
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = ClosedManager()

    class Meta:
        indexes = [models.Index(fields=["case", "created_at"], name="involvedperson_case")]

    def __str__(self) -> str:
        return f"{self.role} {self.id}"


def one_of(*names: str) -> Q:
    """That exactly one of these columns is filled."""
    found = Q()
    for name in names:
        found |= Q(**{f"{other}__isnull": other != name for other in names})
    return found


class PersonTie(models.Model):
    """How one person of a case stands to another. For who may know the sides of both."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    submission_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="ties")
    kind = models.CharField(max_length=16, choices=TieKind)
    from_victim = models.ForeignKey(Victim, null=True, on_delete=models.PROTECT, related_name="+")
    from_perpetrator = models.ForeignKey(AllegedPerpetrator, null=True, on_delete=models.PROTECT, related_name="+")
    from_involved = models.ForeignKey(InvolvedPerson, null=True, on_delete=models.PROTECT, related_name="+")
    to_victim = models.ForeignKey(Victim, null=True, on_delete=models.PROTECT, related_name="+")
    to_perpetrator = models.ForeignKey(AllegedPerpetrator, null=True, on_delete=models.PROTECT, related_name="+")
    to_involved = models.ForeignKey(InvolvedPerson, null=True, on_delete=models.PROTECT, related_name="+")
    needs_victim = models.BooleanField("tells of the victim’s side")
    needs_perpetrator = models.BooleanField("tells of the alleged perpetrator’s side")
    agency = models.ForeignKey(Agency, null=True, on_delete=models.SET_NULL, related_name="+")
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = ClosedManager()

    class Meta:
        indexes = [models.Index(fields=["case", "created_at"], name="persontie_case")]
        constraints = [
            models.CheckConstraint(
                condition=one_of("from_victim", "from_perpetrator", "from_involved"), name="persontie_one_from"
            ),
            models.CheckConstraint(
                condition=one_of("to_victim", "to_perpetrator", "to_involved"), name="persontie_one_to"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
