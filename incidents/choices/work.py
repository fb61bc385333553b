"""Vocabulary of the work on a case: clocks, tasks and contacts. Rules: docs/domain.md §3."""

from __future__ import annotations

from django.db.models import TextChoices

from victims.choices import ContactMethod

__all__ = [
    "TASK_STEPS",
    "ClockKind",
    "ClockState",
    "ClockTone",
    "ContactDirection",
    "ContactMethod",
    "ContactResult",
    "PauseReason",
    "ReferralService",
    "ReferralWish",
    "TaskKind",
    "TaskState",
]


class ClockKind(TextChoices):
    """The service standards that are timed (docs/domain.md §3.1)."""

    K0 = "K0", "Duty check"
    K1 = "K1", "Acknowledge to the reporter"
    K2 = "K2", "Triage decision"
    K3 = "K3", "First contact with the victim"
    K4 = "K4", "Risk assessment"
    K5 = "K5", "Support referral"
    K6 = "K6", "Action plan"
    K7 = "K7", "Routine update to the victim"
    K8 = "K8", "Update on a key event"
    K9 = "K9", "Risk review"
    K10 = "K10", "Multi-agency discussion"
    K11 = "K11", "Closure contact"
    K12 = "K12", "Satisfaction survey"
    K13 = "K13", "Case review request"
    K14 = "K14", "Subject told of the record"


class ClockState(TextChoices):
    """How a clock stands. Missed stays missed, also when it is met late."""

    RUNNING = "running", "Running"
    MET = "met", "Met"
    ATTEMPTED = "attempted", "Attempted"
    MISSED = "missed", "Missed"
    PAUSED = "paused", "Paused"
    NOT_APPLICABLE = "not_applicable", "Not applicable"


class ClockTone(TextChoices):
    """How pressing a running clock is (docs/domain.md §3.3)."""

    GREEN = "green", "On time"
    AMBER = "amber", "Due soon"
    RED = "red", "Overdue"


class PauseReason(TextChoices):
    """The only reasons for which a clock pauses (docs/domain.md §3.3); shown as exceptions, never as met."""

    VICTIM_REQUEST = "victim_request", "The victim asked to wait"
    SAFE_CONTACT = "safe_contact", "No safe time to make contact"


class TaskKind(TextChoices):
    """What is asked: something to be done, or a service for somebody in the case (docs/domain.md §6.5, §12)."""

    TASK = "task", "Task"
    REFERRAL = "referral", "Referral"


class ReferralService(TextChoices):
    """What somebody is referred for."""

    EMOTIONAL = "emotional", "Emotional and practical support"
    ADVOCACY = "advocacy", "Advocacy"
    COUNSELLING = "counselling", "Counselling"
    HOUSING = "housing", "Housing or rehousing"
    SECURITY = "security", "Making a home safer"
    LEGAL = "legal", "Legal advice"
    HEALTH = "health", "Health"
    SCHOOL = "school", "Support at school"
    RESTORATIVE = "restorative", "Restorative justice"
    PROGRAMME = "programme", "A programme for an alleged perpetrator"
    OTHER = "other", "Something else"


class ReferralWish(TextChoices):
    """Whether the victim wants what they are referred for."""

    WANTED = "wanted", "Yes, they want it"
    NOT_ASKED = "not_asked", "They have not been asked yet"
    REFUSED = "refused", "No, it is needed all the same"
    NOT_VICTIM = "not_victim", "It is not for the victim"


class TaskState(TextChoices):
    """How a task that was sent to an agency stands."""

    OFFERED = "offered", "Waiting for acceptance"
    ACCEPTED = "accepted", "Accepted"
    IN_PROGRESS = "in_progress", "In progress"
    DONE = "done", "Done"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"

    @property
    def is_open(self) -> bool:
        """Whether it still has to be done by someone."""
        return self in (TaskState.OFFERED, TaskState.ACCEPTED, TaskState.IN_PROGRESS)


TASK_STEPS: dict[TaskState, frozenset[TaskState]] = {
    TaskState.OFFERED: frozenset({TaskState.ACCEPTED, TaskState.DECLINED, TaskState.WITHDRAWN}),
    TaskState.ACCEPTED: frozenset({TaskState.IN_PROGRESS, TaskState.DONE, TaskState.DECLINED, TaskState.WITHDRAWN}),
    TaskState.IN_PROGRESS: frozenset({TaskState.DONE, TaskState.DECLINED, TaskState.WITHDRAWN}),
    TaskState.DONE: frozenset(),
    TaskState.DECLINED: frozenset({TaskState.OFFERED, TaskState.WITHDRAWN}),
    TaskState.WITHDRAWN: frozenset(),
}
"""Which state of a task may follow which; a declined task may be offered to someone else, or withdrawn."""


class ContactDirection(TextChoices):
    """Who reached out."""

    OUTBOUND = "outbound", "We contacted them"
    INBOUND = "inbound", "They contacted us"


class ContactResult(TextChoices):
    """Whether there was an exchange; a voicemail or a letter is an attempt."""

    TWO_WAY = "two_way", "We spoke or exchanged messages"
    ATTEMPT = "attempt", "We tried but did not reach them"
