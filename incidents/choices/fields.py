"""The groups of fields that are shown to those only who need them. Rules: docs/domain.md §5.4."""

from __future__ import annotations

from django.db.models import TextChoices


class FieldGroup(TextChoices):
    """What a share of a case covers beyond what everybody in the case may read."""

    VICTIM_CONTACT = "victim_contact", "Victim’s address and contact details"
    TRANS_STATUS = "trans_status", "Trans status"
    HEALTH = "health", "Health"
    IMMIGRATION_STATUS = "immigration_status", "Immigration status"
    REPORTER_IDENTITY = "reporter_identity", "Who reported"
    SUBJECT_IDENTITY = "subject_identity", "Alleged perpetrator’s identity"
