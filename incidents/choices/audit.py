"""Vocabulary of reading the audit (docs/domain.md §8.2)."""

from __future__ import annotations

from django.db.models import TextChoices


class DipOutcome(TextChoices):
    """What came of looking at an event of the monthly sample."""

    IN_ORDER = "in_order", "In order"
    EXPLAINED = "explained", "In order once it was explained"
    CONCERN = "concern", "A concern, taken further"

    @property
    def needs_note(self) -> bool:
        """Whether the outcome says too little without a note."""
        return self is not DipOutcome.IN_ORDER


class OwnName(TextChoices):
    """How somebody's own name stands in what they looked up."""

    FULL = "full", "A record with their full name"
    FAMILY = "family", "A record with their surname"
    SEARCH_FULL = "search_full", "A search for their full name"
    SEARCH_WORD = "search_word", "A search for a part of their name"
