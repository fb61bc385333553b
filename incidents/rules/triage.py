"""The priority that a report's answers suggest, with the reasons in words.

It is a suggestion: a triager may raise it; lowering it from P1 needs a reason. Rules: docs/domain.md §2.6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

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


class _Check(NamedTuple):
    """A reason in words. `of_victim`: it says something of the victim, and is for those who may know victims."""

    holds: Callable[[TriageAnswers], bool]
    sentence: str
    of_victim: bool = False


_URGENT = (
    _Check(lambda a: a.danger_now, "Someone is in danger now."),
    _Check(lambda a: a.weapon, "A weapon was involved."),
    _Check(lambda a: a.arson, "There was arson or fire."),
    _Check(lambda a: a.injury, "Someone was hurt."),
    _Check(lambda a: a.threat_to_kill, "There was a threat to kill."),
    _Check(lambda a: a.self_harm, "There is a risk of self-harm.", of_victim=True),
    _Check(lambda a: a.recent_assault, "There was a physical assault in the 72 hours before the report."),
    _Check(lambda a: a.self_reporting_under_16, "A child under 16 is reporting for themself.", of_victim=True),
    _Check(lambda a: a.retaliation, "There is retaliation for reporting."),
)

_PRIORITY = (
    _Check(lambda a: a.crime, "A crime is suspected."),
    _Check(lambda a: a.victim_under_18, "A victim is under 18.", of_victim=True),
    _Check(lambda a: a.repeat_victim, "A victim has been targeted before in the last year.", of_victim=True),
    _Check(lambda a: a.repeat_location, "It has happened at this place before in the last year.", of_victim=True),
    _Check(lambda a: a.dependent_on_care, "A victim depends on others because of a disability.", of_victim=True),
    _Check(
        lambda a: a.worship_or_community_venue,
        "It happened at a place of worship or a community venue.",
        of_victim=True,
    ),
    _Check(lambda a: a.daily_contact, "The alleged perpetrator is in daily contact with a victim.", of_victim=True),
)

_ROUTINE = "Nothing in the answers calls for a faster response."


def priority_suggest(answers: TriageAnswers) -> Suggestion:
    """The priority of a report with every reason for it (docs/domain.md §2.6)."""
    for priority, checks in ((Priority.P1, _URGENT), (Priority.P2, _PRIORITY)):
        reasons = tuple(check.sentence for check in checks if check.holds(answers))
        if reasons:
            return Suggestion(priority, reasons)
    return Suggestion(Priority.P3, (_ROUTINE,))


def priority_change_error(suggested_or_current: str, chosen: str, reason: str) -> str | None:
    """Why a priority may not be set to what was chosen: lowering it from P1 needs a reason. ``None`` when it may."""
    if suggested_or_current == Priority.P1 and chosen != Priority.P1 and not reason.strip():
        return "Enter a reason for lowering the priority from P1."
    return None


# --- What was said, for those who read it later -------------------------------------------------------

SAFETY_WORDS = {
    "weapon": "A weapon was used or shown",
    "fire": "Fire, or an attempt to start one",
    "injury": "Someone was hurt",
    "threat_to_kill": "Someone threatened to kill",
    "self_harm": "Someone may harm themself",
    "retaliation": "Someone is being threatened or punished for reporting",
}
"""What is asked beside danger when a report is taken, as the form asks it."""

NOT_RECORDED = "Not recorded"
_OF_VICTIM = frozenset({"self_harm"})
_ONLY_OF_EVENT = frozenset(check.sentence for check in (*_URGENT, *_PRIORITY) if not check.of_victim) | {_ROUTINE}


def safety_told(answers: Mapping[str, bool], *, knows_victims: bool) -> list[str]:
    """What was answered about safety when a report was taken, in words, for a reader who may know victims or not.

    They tell of the event. That somebody may harm themself tells of a person: it is for those who may know victims.
    """
    asked = {name: words for name, words in SAFETY_WORDS.items() if knows_victims or name not in _OF_VICTIM}
    said = [words for name, words in asked.items() if answers.get(name)]
    if "danger_now" not in answers:
        return said or [NOT_RECORDED]
    danger = "Someone was in danger then" if answers["danger_now"] else "Nobody was in danger then"
    return [danger, *(said or ["None of the other questions about safety was answered with yes"])]


def suggested_by(reasons: Iterable[str]) -> Priority | None:
    """The priority that reasons on record stand for; None where there are none that the rule knows."""
    kept = set(reasons)
    for priority, checks in ((Priority.P1, _URGENT), (Priority.P2, _PRIORITY)):
        if any(check.sentence in kept for check in checks):
            return priority
    return Priority.P3 if _ROUTINE in kept else None


def reasons_told(reasons: Iterable[str], *, knows_victims: bool) -> list[str]:
    """Reasons on record for a reader: those that tell of a victim, or that the rule does not know any more, are for
    those who may know victims."""
    return [one for one in dict.fromkeys(reasons) if knows_victims or one in _ONLY_OF_EVENT]
