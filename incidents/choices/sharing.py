"""Vocabulary of sharing: on what basis, overrides of a wish, requests for access, breaches.

Rules: docs/domain.md §5.4, §5.5, §6.7, §8.3.
"""

from __future__ import annotations

from django.db.models import TextChoices


class ShareBasis(TextChoices):
    """How a share stands to the victims' wishes (docs/domain.md §6.7)."""

    WISH = "wish", "The victim agreed"
    NOT_ASKED = "not_asked", "The victim was not asked; policy allows it"
    OVERRIDE = "override", "Against the victim’s wish, confirmed by a supervisor"
    SUCCESSION = "succession", "Against the victim’s wish: no other agency leads the case"


class OverrideGround(TextChoices):
    """On which ground a victim's wish may be overridden (docs/domain.md §6.7)."""

    SERIOUS_HARM = "serious_harm", "Risk of serious harm"
    CHILD_AT_RISK = "child_at_risk", "A child is at risk"
    ADULT_AT_RISK = "adult_at_risk", "An adult is at risk"
    THREAT_TO_LIFE = "threat_to_life", "Threat to life"
    COURT_ORDER = "court_order", "Court order"
    SERIOUS_CRIME = "serious_crime", "Serious crime or public interest"
    ALREADY_KNOWN = "already_known", "They know it already from elsewhere"


class OverrideState(TextChoices):
    """Where an override stands."""

    WAITING = "waiting", "Waiting"
    CONFIRMED = "confirmed", "Confirmed"
    REFUSED = "refused", "Refused"
    EXPIRED = "expired", "Expired"


class RequestState(TextChoices):
    """Where a signposted agency's request for access stands (docs/domain.md §5.5)."""

    OPEN = "open", "Waiting"
    QUESTION = "question", "Question asked"
    GRANTED = "granted", "Granted"
    REFUSED = "refused", "Refused"
    EXPIRED = "expired", "Expired"

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to say something."""
        return self in (RequestState.OPEN, RequestState.QUESTION)


OPEN_REQUESTS = tuple(state.value for state in RequestState if state.is_open)
"""The states of requests that wait, for queries."""


class BreachState(TextChoices):
    """Where a breach stands with the Information Commissioner (docs/domain.md §8.3)."""

    OPEN = "open", "Not decided yet"
    REPORTED = "reported", "Reported to the ICO"
    NOT_REPORTABLE = "not_reportable", "Not reportable"
    CLOSED = "closed", "Closed"
