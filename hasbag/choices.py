"""Vocabulary of meetings (docs/domain.md §6)."""

from __future__ import annotations

from django.db.models import TextChoices


class AgendaState(TextChoices):
    """Whether the system has chosen the agenda yet."""

    QUEUED = "queued", "Being chosen"
    CHOSEN = "chosen", "Chosen"


class ItemState(TextChoices):
    """Whether a case is on the agenda."""

    LISTED = "listed", "On the agenda"
    REMOVED = "removed", "Taken off"


class ProposalState(TextChoices):
    """What the lead agency decided about letting a meeting discuss its case."""

    WAITING = "waiting", "Waiting for the lead agency"
    RELEASED = "released", "Released to the meeting"
    REFUSED = "refused", "Refused"


class AttendanceState(TextChoices):
    """A member agency's answer to the invitation."""

    INVITED = "invited", "Invited"
    ATTENDING = "attending", "Attending"
    APOLOGIES = "apologies", "Apologies"


class PackState(TextChoices):
    """How far a briefing pack is."""

    QUEUED = "queued", "Waiting to be made"
    MAKING = "making", "Being made"
    READY = "ready", "Ready"
    FAILED = "failed", "Could not be made"
