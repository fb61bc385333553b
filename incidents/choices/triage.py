"""Vocabulary of sorting reports: decisions that two people take, and incidents that change cases."""

from __future__ import annotations

from django.db.models import TextChoices


class ProposalState(TextChoices):
    """How a proposed classification stands; one whose time is over is found by its date."""

    WAITING = "waiting", "Waiting for a second person"
    CONFIRMED = "confirmed", "Confirmed"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Taken back"
    EXPIRED = "expired", "Expired"


class MoveKind(TextChoices):
    """Why an incident went to another case, or was tied to another one."""

    MOVE = "move", "Moved to another case"
    JOIN = "join", "Cases joined"
    SPLIT = "split", "Split into a new case"
    DUPLICATE = "duplicate", "Another report of the same incident"
