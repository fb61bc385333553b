"""Decisions about reports that two people take, and incidents that went from one case to another (docs/domain.md §1.4, §10.2)."""

from __future__ import annotations

import uuid

from django.db import models

from agencies.models import User
from incidents.choices import Classification, MoveKind, ProposalState
from incidents.models.case import Case
from incidents.models.incident import Incident
from kernel import clock
from kernel.managers import ClosedManager


class ClassificationProposal(models.Model):
    """A classification that one person proposes and a second one confirms: not hate, no record, anti-social behaviour.

    Nobody confirms or refuses their own: the database does not take it. Who proposed it may take it back while it
    waits; past `expires_at` it counts for nothing.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="proposals")
    to = models.CharField(max_length=16, choices=Classification)
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=ProposalState, default=ProposalState.WAITING)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.CharField(max_length=500, blank=True)

    objects = ClosedManager()

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state__in=("confirmed", "refused"))
                | (models.Q(decided_by__isnull=False) & ~models.Q(decided_by=models.F("proposed_by"))),
                name="proposal_decided_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(to__in=("not_hate", "no_record", "asb")), name="proposal_needs_two"
            ),
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(state="waiting"), name="proposal_one_waits_per_case"
            ),
        ]

    def __str__(self) -> str:
        return f"proposal {self.uid}"


class IncidentMove(models.Model):
    """One incident that went to another case, or was found to be another report of an event. Never removed.

    The rows of one `act` belong together and are undone together. `kept` is how the incident and both cases stood
    before, in codes and times, so that what was joined can be parted again whole.
    """

    act = models.UUIDField()
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="moves")
    from_case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="moves_out")
    to_case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="moves_in")
    kind = models.CharField(max_length=10, choices=MoveKind)
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=clock.now)
    kept = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects = ClosedManager()

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [models.UniqueConstraint(fields=["act", "incident"], name="incidentmove_act_incident")]
        indexes = [
            models.Index(fields=["from_case", "-at"], name="incidentmove_from"),
            models.Index(fields=["to_case", "-at"], name="incidentmove_to"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.incident_id}"


class CaseMoved(models.Model):
    """That incidents came into a case or left it, as its chronology says it to every reader of that case.

    It names neither the other case nor an incident: a reader of both finds them by the `act` (`IncidentMove`).
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="moved")
    act = models.UUIDField()
    kind = models.CharField(max_length=10, choices=MoveKind)
    came = models.BooleanField("into this case")
    incidents = models.PositiveSmallIntegerField("how many")
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=clock.now)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects = ClosedManager()

    class Meta:
        verbose_name_plural = "cases moved"
        ordering = ["-at", "-id"]
        constraints = [models.UniqueConstraint(fields=["case", "act"], name="casemoved_case_act")]
        indexes = [models.Index(fields=["case", "-at"], name="casemoved_case_at")]

    def __str__(self) -> str:
        return f"{self.kind} {self.case_id}"
