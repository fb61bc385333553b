"""Templates of letters and messages, and what was written from them."""

from __future__ import annotations

import uuid

from django.db import models

from agencies.models import Agency, User
from incidents.choices import LetterKind, LetterState
from incidents.choices.involved import InvolvedRole
from incidents.models.case import Case
from incidents.models.involved import InvolvedPerson
from incidents.models.progress import Struck
from incidents.models.work import Contact
from kernel import clock
from kernel.managers import ClosedManager
from victims.choices import Language
from victims.models import Victim


class LetterTemplate(models.Model):
    """One version of one wording in one language: the county's, or one agency's own. A change is a new version.

    `topic` is the same for all its languages and versions, also for an agency's translation of the county's wording. A
    translation is offered once a person has checked it; one that a machine made is said to be so, and safety text is
    never one (docs/domain.md §10.5).
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    topic = models.UUIDField(default=uuid.uuid4)
    version = models.PositiveSmallIntegerField(default=1)
    agency = models.ForeignKey(Agency, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=LetterKind)
    name = models.CharField(max_length=80)
    language = models.CharField(max_length=10, choices=Language, default=Language.ENGLISH)
    body = models.TextField()
    safety = models.BooleanField("says how to stay safe", default=False)
    machine_made = models.BooleanField("a machine translated it", default=False)
    translated_by = models.CharField("who translated it", max_length=120, blank=True)
    checked = models.BooleanField("somebody who speaks the language checked it", default=False)
    checked_by = models.CharField(max_length=120, blank=True)
    checked_on = models.DateField(null=True, blank=True)
    active = models.BooleanField(default=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    objects = ClosedManager()

    class Meta:
        ordering = ["name", "language", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["topic", "language", "version", "agency"], name="lettertemplate_version", nulls_distinct=False
            ),
            models.UniqueConstraint(
                fields=["topic", "language", "agency"],
                condition=models.Q(active=True),
                name="lettertemplate_one_active",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(checked=False) | (~models.Q(checked_by="") & models.Q(checked_on__isnull=False)),
                name="lettertemplate_who_checked",
            ),
            models.CheckConstraint(
                condition=~models.Q(safety=True, machine_made=True), name="lettertemplate_safety_by_people"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language}, version {self.version})"

    @property
    def written_in(self) -> Language:
        """Its language: how pages and paper name it, and which way it is read."""
        return Language(self.language)


class Letter(Struck):
    """A letter or message as it was written: its words, and the PDF that was printed. To a victim, to somebody further of
    the case (`involved`; with a `victim` by way of whom, as their parent or guardian), or to whoever reported.

    For the agency that wrote it, while it may see the case.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    submission_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="letters")
    victim = models.ForeignKey(Victim, null=True, on_delete=models.PROTECT, related_name="+")
    involved = models.ForeignKey(InvolvedPerson, null=True, on_delete=models.PROTECT, related_name="+")
    template = models.ForeignKey(LetterTemplate, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=LetterKind)
    language = models.CharField(max_length=10, choices=Language)
    recipient = models.CharField("name as written to", max_length=200)
    address = models.CharField(max_length=400, blank=True)
    body = models.TextField()
    emergency_reason = models.CharField("why outside the safe times or ways", max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=LetterState, default=LetterState.DRAFT)
    pdf = models.BinaryField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    printed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField("when it was sent, as recorded", null=True)
    contact = models.OneToOneField(Contact, null=True, on_delete=models.SET_NULL, related_name="letter")

    objects = ClosedManager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["case", "-created_at"], name="letter_case_created")]

    def __str__(self) -> str:
        return f"letter {self.uid}"

    @property
    def to_reporter(self) -> bool:
        """Whether it goes to whoever reported: as a report names them, or as somebody further of the case."""
        return self.victim_id is None and (self.involved is None or self.involved.role == InvolvedRole.REPORTER)

    @property
    def becomes_contact(self) -> bool:
        """Whether, once it is sent, it is an attempt at contact in the chronology."""
        return self.victim_id is not None or self.to_reporter

    @property
    def record_struck(self) -> bool:
        """Whether it was recorded as sent and the contact that it became was struck: it may be recorded again."""
        return self.contact is not None and self.contact.struck_at is not None

    @property
    def stands(self) -> LetterState:
        """How far it is: a record of its sending that was struck counts for nothing. Asks for its contact."""
        if self.record_struck:
            return LetterState.PRINTED if self.sha256 else LetterState.DRAFT
        return LetterState(self.state)

    @property
    def recorded(self) -> bool:
        """Whether it stands as sent. Asks for its contact."""
        return self.stands == LetterState.RECORDED

    @property
    def written_in(self) -> Language:
        """Its language: how pages and paper name it, and which way it is read."""
        return Language(self.language)
