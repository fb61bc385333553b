"""Vocabulary of the clocks that run beside the work, of key events and of closing. Rules: docs/domain.md §1.6, §3."""

from __future__ import annotations

from django.db.models import TextChoices

from agencies.choices import AgencyType
from incidents.choices.work import ClockKind


class KeyEventKind(TextChoices):
    """What the victim is told of at once (docs/domain.md §3.1, K8)."""

    ARREST = "arrest", "Arrest"
    INTERVIEW = "interview", "Interview"
    RELEASE = "release", "Release"
    BAIL_CHANGE = "bail_change", "Change of bail"
    CHARGE = "charge", "Charge"
    NO_FURTHER_ACTION = "nfa", "No further action"
    HEARING = "hearing", "Hearing"
    ORDER_MADE = "order_made", "Order made"
    ORDER_BREACHED = "order_breached", "Order breached"


class ClosingReason(TextChoices):
    """Why the partnership closes a case (docs/domain.md §1.6)."""

    R1 = "R1", "Resolved: the behaviour stopped"
    R2 = "R2", "Resolved: moved or rehoused"
    R3 = "R3", "Action with the alleged perpetrator completed"
    R4 = "R4", "Transferred to another agency or area"
    R5 = "R5", "The victim withdrew"
    R6 = "R6", "No further contact, after three attempts on three days by two methods"
    R7 = "R7", "Not enough information"
    R8 = "R8", "Not hate"
    R9 = "R9", "Not to be recorded"
    R10 = "R10", "Duplicate of another case"


class VictimView(TextChoices):
    """How the victim sees what was done."""

    SATISFIED = "satisfied", "Satisfied"
    PARTLY = "partly", "Partly satisfied"
    NOT_SATISFIED = "not", "Not satisfied"
    UNKNOWN = "unknown", "Not known"


class HateStopped(TextChoices):
    """Whether the hate has stopped."""

    YES = "yes", "Yes"
    NO = "no", "No"
    UNKNOWN = "unknown", "Not known"


PAUSABLE = (ClockKind.K3, ClockKind.K5, ClockKind.K6, ClockKind.K7, ClockKind.K8, ClockKind.K11)
"""The clocks that hang on the victim, and may wait for them; duty check, triage and assessment never do."""

SUPPORT_TYPES = (AgencyType.VICTIM_SERVICE, AgencyType.VOLUNTARY)
"""The kinds of agencies to which a victim is referred for support."""
