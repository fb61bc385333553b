"""The usual reasons for reading a group of fields that is hidden. Rules: docs/domain.md §5.4."""

from __future__ import annotations

from django.db.models import TextChoices


class RevealReason(TextChoices):
    """Why somebody needs what is hidden; `other` is said in words."""

    CONTACT = "contact", "To make contact, or to check that contact is safe"
    SAFETY = "safety", "To judge or lower a risk to somebody"
    SUPPORT = "support", "To arrange support, or to make a referral"
    INVESTIGATION = "investigation", "To investigate, or to take legal action"
    RECORD = "record", "To check or correct the record"
    OTHER = "other", "Another reason"
