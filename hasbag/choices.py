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


class Criterion(TextChoices):
    """Why a case comes before a meeting (docs/domain.md §6.3)."""

    HIGH = "high", "High risk"
    MEDIUM_REPEAT_VICTIM = "medium_victim", "Medium risk and a repeat victim"
    MEDIUM_REPEAT_PERPETRATOR = "medium_subject", "Medium risk and a repeat alleged perpetrator"
    MEDIUM_REPEAT_LOCATION = "medium_place", "Medium risk and a repeat location"
    MEDIUM_UNDER_18 = "medium_under_18", "Medium risk and a victim under 18"
    MEDIUM_VULNERABLE = "medium_vulnerable", "Medium risk and a very vulnerable victim"
    REFERRED = "referred", "Referred by a single point of contact"
    ACTION_OVERDUE = "action_overdue", "An action of an earlier meeting is overdue"
    CASE_REVIEW = "case_review", "A case review was requested"
    TENSION = "tension", "Tension in the community"
    CHAIR = "chair", "Added by the chair"


class NotListed(TextChoices):
    """Why a case is not put on an agenda by itself (docs/domain.md §6.3)."""

    OTHER_AREA = "other_area", "It has no place in the meeting’s area"
    NOT_OPEN = "not_open", "It is not open"
    NOT_HATE = "not_hate", "It is not recorded as hate"
    RESTRICTED = "restricted", "It is restricted to named people: the chair adds it to the closed part"
    CONSENT = "consent", "The victim’s wishes about sharing stand against it and have to be settled first"
    NO_CRITERION = "no_criterion", "No criterion holds"


class AgendaSection(TextChoices):
    """Under which heading of the standard agenda a case is discussed (docs/domain.md §6.2), in order."""

    NEW_HIGH = "1_new_high", "New high-risk cases"
    REVIEW = "2_review", "Review cases"
    REPEAT = "3_repeat", "Repeat victims, locations and alleged perpetrators"
    OTHER = "4_other", "Other cases"
    CASE_REVIEW = "5_case_review", "Case reviews"
    CLOSED_PART = "6_closed_part", "Closed part: named people only"
