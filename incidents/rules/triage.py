"""The priority that a report's answers suggest, with the reasons in words.

It is a suggestion: a triager may raise it; lowering it from P1 needs a reason. Rules: docs/domain.md §2.6.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents.choices import Behaviour, Classification, Priority

RECENT_ASSAULT = timedelta(hours=72)


@dataclass(frozen=True)
class TriageAnswers:
    """What is known when a report is taken. Everything not known stays at its default."""

    received_at: datetime
    occurred_from: datetime
    occurred_to: datetime | None = None
    behaviours: frozenset[str] = frozenset()
    classification: str = Classification.UNDETERMINED
    danger_now: bool = False
    weapon: bool = False
    fire: bool = False
    injury: bool = False
    threat_to_kill: bool = False
    self_harm: bool = False
    retaliation: bool = False
    self_reporting_under_16: bool = False
    victim_under_18: bool = False
    repeat_victim: bool = False
    repeat_location: bool = False
    dependent_on_care: bool = False
    worship_or_community_venue: bool = False
    daily_contact: bool = False

    @property
    def recent_assault(self) -> bool:
        """Whether there was a physical assault in the 72 hours before receipt."""
        ended = self.occurred_to or self.occurred_from
        return Behaviour.PHYSICAL_ASSAULT in self.behaviours and self.received_at - ended <= RECENT_ASSAULT

    @property
    def arson(self) -> bool:
        """Whether there was arson or fire."""
        return self.fire or Behaviour.ARSON in self.behaviours

    @property
    def crime(self) -> bool:
        """Whether a crime is suspected or recorded."""
        return self.classification in (Classification.CRIME_SUSPECTED, Classification.CRIME_RECORDED)


@dataclass(frozen=True)
class Suggestion:
    """A priority, and why."""

    priority: Priority
    reasons: tuple[str, ...]


_Check = tuple[Callable[[TriageAnswers], bool], str]

_URGENT: tuple[_Check, ...] = (
    (lambda a: a.danger_now, "Someone is in danger now."),
    (lambda a: a.weapon, "A weapon was involved."),
    (lambda a: a.arson, "There was arson or fire."),
    (lambda a: a.injury, "Someone was hurt."),
    (lambda a: a.threat_to_kill, "There was a threat to kill."),
    (lambda a: a.self_harm, "There is a risk of self-harm."),
    (lambda a: a.recent_assault, "There was a physical assault in the 72 hours before the report."),
    (lambda a: a.self_reporting_under_16, "A child under 16 is reporting for themself."),
    (lambda a: a.retaliation, "There is retaliation for reporting."),
)

_PRIORITY: tuple[_Check, ...] = (
    (lambda a: a.crime, "A crime is suspected."),
    (lambda a: a.victim_under_18, "A victim is under 18."),
    (lambda a: a.repeat_victim, "A victim has been targeted before in the last year."),
    (lambda a: a.repeat_location, "It has happened at this place before in the last year."),
    (lambda a: a.dependent_on_care, "A victim depends on others because of a disability."),
    (lambda a: a.worship_or_community_venue, "It happened at a place of worship or a community venue."),
    (lambda a: a.daily_contact, "The alleged perpetrator is in daily contact with a victim."),
)

_ROUTINE = "Nothing in the answers calls for a faster response."


def priority_suggest(answers: TriageAnswers) -> Suggestion:
    """The priority of a report with every reason for it (docs/domain.md §2.6)."""
    for priority, checks in ((Priority.P1, _URGENT), (Priority.P2, _PRIORITY)):
        reasons = tuple(sentence for holds, sentence in checks if holds(answers))
        if reasons:
            return Suggestion(priority, reasons)
    return Suggestion(Priority.P3, (_ROUTINE,))


def priority_change_error(suggested_or_current: str, chosen: str, reason: str) -> str | None:
    """Why a priority may not be set to what was chosen: lowering it from P1 needs a reason. ``None`` when it may."""
    if suggested_or_current == Priority.P1 and chosen != Priority.P1 and not reason.strip():
        return "Enter a reason for lowering the priority from P1."
    return None
