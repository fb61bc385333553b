"""Vocabulary of letters and messages to the public, and of what is corrected."""

from __future__ import annotations

from django.db.models import TextChoices

from victims.choices import ContactMethod


class LetterKind(TextChoices):
    """What a template is for."""

    LETTER = "letter", "Letter"
    EMAIL = "email", "Email text"
    TEXT = "text", "Text message"

    @property
    def method(self) -> ContactMethod:
        """The way in which it reaches somebody, as the rules of safe contact know it."""
        return ContactMethod(self.value)


class LetterState(TextChoices):
    """How far a letter or message is."""

    DRAFT = "draft", "Written, not sent"
    PRINTED = "printed", "Printed"
    RECORDED = "recorded", "Recorded as sent"


class DateField(TextChoices):
    """The dates that can be corrected."""

    OCCURRED_FROM = "occurred_from", "When it happened"
    RECEIVED_AT = "received_at", "When it was reported"
    CONTACT_AT = "at", "When the contact was"
    OCCURRED_TO = "occurred_to", "When it ended"
    HAPPENED_AT = "happened_at", "When the key event was"
    OBTAINED_AT = "obtained_at", "When the file was taken or received"
    AGREED_AT = "agreed_at", "When the plan was agreed"
    SENT_AT = "sent_at", "When the referral was sent"


class FactField(TextChoices):
    """What of an incident can be corrected beside its dates. The account is added to, never overwritten."""

    PLACE_TYPE = "place_type", "Kind of place"
    PLACE = "place", "Place"
    DISTRICT = "district", "District"
    BEHAVIOURS = "behaviours", "What was done"
    STRANDS = "strands", "Aimed at"
    ONLINE = "online", "Whether it happened online"
    ACCOUNT = "account", "What happened"


class CorrectionCause(TextChoices):
    """Why something turned out otherwise. Nobody's belief is judged by it."""

    MISTAKE = "mistake", "It was recorded by mistake"
    TOLD = "told", "We were told since"


class StruckKind(TextChoices):
    """What was struck out of a case."""

    NOTE = "note", "Note"
    CONTACT = "contact", "Contact"
    COMMENT = "comment", "Comment"
    EVENT = "event", "Key event"
    PLAN = "plan", "Action plan"
    REFERRAL = "referral", "Support referral"
    HANDOVER = "handover", "Handover note"
    AGREEMENT = "agreement", "Agreed updates"
    LETTER = "letter", "Letter or message"
