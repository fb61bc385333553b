"""Vocabulary of alleged perpetrators. The word is neutral: a record is a role in a case, never a verdict."""

from __future__ import annotations

from django.db.models import TextChoices


class PerpetratorStatus(TextChoices):
    """How much is known and may be kept about who did it (docs/domain.md §1.4)."""

    UNKNOWN = "unknown", "Not known"
    DESCRIBED = "described", "Described"
    NAMED = "named", "Named"


class Relationship(TextChoices):
    """How the alleged perpetrator is known to the victim."""

    STRANGER = "stranger", "Stranger"
    SIGHT = "sight", "Known by sight"
    NEIGHBOUR = "neighbour", "Neighbour"
    HOUSEHOLD = "household", "Family or household"
    SCHOOL = "school", "At the same school or college"
    WORK = "work", "At the same workplace"
    CARER = "carer", "Carer or support worker"
    ONLINE = "online", "Online only"
    OTHER = "other", "Known in another way"
    NOT_KNOWN = "not_known", "Not known"
