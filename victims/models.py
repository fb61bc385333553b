"""Victims: who they are, what they need, what they wish, and how they can be reached safely.

One record a person, before, across and after incidents. Never merged with another record, and never
with an alleged perpetrator's (docs/domain.md §5.4).
"""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from agencies.models import Agency, User
from kernel import clock
from kernel.managers import ClosedManager
from kernel.models import Envelope
from victims.choices import ContactMethod, Language, SensitiveGroup, Wish, WorkerGender, YesNoUnknown


class Victim(models.Model):
    """A person or organisation that an incident was aimed at.

    Address, telephone and e-mail are shown only to those who need to contact them (docs/domain.md §5.4).
    """

    # Made here, not by the database: whoever logs a report may not be allowed to read the row back.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ref = models.CharField(max_length=12, unique=True)
    organisation = models.CharField(max_length=120, blank=True)
    given_name = models.CharField(max_length=80, blank=True)
    family_name = models.CharField(max_length=80, blank=True)
    date_of_birth = models.DateField(null=True, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    email = models.EmailField(blank=True)
    address = models.CharField(max_length=300, blank=True)
    postcode = models.CharField(max_length=10, blank=True)
    district = models.CharField(max_length=9, blank=True)
    needs = models.TextField("support and access needs", blank=True)

    # Safe contact and interpreter (docs/domain.md §10.4)
    language = models.CharField(max_length=10, choices=Language, default=Language.ENGLISH)
    language_other = models.CharField(max_length=60, blank=True)
    interpreter_needed = models.BooleanField(default=False)
    interpreter_note = models.CharField(max_length=200, blank=True)
    safe_channels = ArrayField(models.CharField(max_length=12, choices=ContactMethod), default=list, blank=True)
    safe_to_leave_message = models.CharField(max_length=10, choices=YesNoUnknown, default=YesNoUnknown.NOT_ASKED)
    safe_to_say_who = models.CharField(max_length=10, choices=YesNoUnknown, default=YesNoUnknown.NOT_ASKED)
    letters_safe = models.CharField(max_length=10, choices=YesNoUnknown, default=YesNoUnknown.NOT_ASKED)
    code_word = models.CharField(max_length=60, blank=True)
    # [{"days": ["0", …], "from": "09:00", "to": "17:00"}]: local days and times at which nobody may contact them
    do_not_contact = models.JSONField(default=list, blank=True)
    unsafe_people = models.CharField(max_length=300, blank=True)
    shared_device = models.BooleanField(default=False)
    alternative_contact = models.CharField(max_length=200, blank=True)
    preferred_worker = models.CharField(max_length=16, choices=WorkerGender, default=WorkerGender.NO_PREFERENCE)

    # Wishes about sharing (docs/domain.md §6.7)
    wish_share_police = models.CharField(max_length=10, choices=Wish, default=Wish.NOT_ASKED)
    wish_share_council = models.CharField(max_length=10, choices=Wish, default=Wish.NOT_ASKED)
    wish_share_support = models.CharField(max_length=10, choices=Wish, default=Wish.NOT_ASKED)
    wishes_at = models.DateTimeField(null=True, blank=True)
    wishes_how = models.CharField(max_length=80, blank=True)
    wishes_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    recorded_by_agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    objects = ClosedManager()

    class Meta:
        indexes = [models.Index(fields=["family_name", "date_of_birth"], name="victim_name_dob")]

    def __str__(self) -> str:
        return self.ref

    @property
    def display_name(self) -> str:
        """The name as said aloud; the reference where no name was given."""
        return self.organisation or f"{self.given_name} {self.family_name}".strip() or f"Name not given ({self.ref})"


class VictimAccess(Envelope):
    """The access envelope of one case, copied for one victim in it, to the agencies of the victim side.

    Written only by `hatecase_access_rebuild`. `case_id` is kept without a foreign key: victims know no cases.
    `family_key` is a digest of the family name, by which the audit finds namesakes; triggers set it and follow the name.
    """

    victim = models.ForeignKey(Victim, on_delete=models.CASCADE, related_name="access")
    case_id = models.BigIntegerField()
    family_key = models.IntegerField(null=True, editable=False)

    objects = ClosedManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["victim", "case_id"], name="victimaccess_victim_case")]
        indexes = [
            models.Index(fields=["case_id"], name="victimaccess_case"),
            models.Index(
                fields=["case_id", "family_key"],
                condition=models.Q(family_key__isnull=False),
                name="victimaccess_family",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.victim_id}/{self.case_id}"


class VictimSensitive(models.Model):
    """What is known of one extra-sensitive group of a victim: one row a group, in a table of its own.

    So row-level security holds it: a row can be read while a reveal of its group, in a case with this victim, is in
    force for the reader, and at no other time. It is added to without being read (`hatecase_sensitive_add`). What a
    change replaced stays in `earlier`, behind the same wall; neither history nor audit has a word of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    victim = models.ForeignKey(Victim, on_delete=models.CASCADE, related_name="sensitive")
    group = models.CharField(max_length=20, choices=SensitiveGroup)
    text = models.TextField()
    earlier = ArrayField(models.TextField(), default=list)
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    recorded_by_agency = models.ForeignKey(Agency, null=True, on_delete=models.PROTECT, related_name="+")
    updated_at = models.DateTimeField(default=clock.now)
    version = models.PositiveIntegerField(default=1)

    objects = ClosedManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["victim", "group"], name="victimsensitive_victim_group")]

    def __str__(self) -> str:
        return f"{self.victim_id} {self.group}"
