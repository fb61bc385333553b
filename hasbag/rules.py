"""Which cases come before a meeting and in which order, when the pack is frozen, and how long a release lasts.

Rules: docs/domain.md §5.4, §6.2, §6.3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from agencies.choices import AgencyType, Area, District
from hasbag.choices import AgendaSection, Criterion, NotListed
from incidents.choices import BAND_RANK, OPEN_STATUSES, Band, Classification, Tier
from kernel.working_days import Holidays, add_working_days, close_of, local_date

FREEZE_WORKING_DAYS = 5
ISSUE_WORKING_DAYS = 4
READS_ON = timedelta(days=60)
RELEASE_WORKING_DAYS = 20

VERY_VULNERABLE = 2
CLEAR_TENSION = 2


@dataclass(frozen=True)
class CaseFacts:
    """What the criteria look at. ``d4`` and ``e2`` are answers of the latest assessment; ``None`` when not known."""

    status: str
    classification: str
    tier: str
    band: str = ""
    victim_districts: frozenset[str] = frozenset()
    incident_districts: frozenset[str] = frozenset()
    subject_districts: frozenset[str] = frozenset()
    repeat_victim: bool = False
    repeat_perpetrator: bool = False
    repeat_location: bool = False
    victim_under_18: bool = False
    d4: int | None = None
    e2: int | None = None
    referral_reason: str = ""
    action_overdue: bool = False
    case_review_requested: bool = False
    consent_conflict: bool = False

    def in_area(self, area: str) -> bool:
        """Whether a victim's home, an incident or an alleged perpetrator's home lies in an area."""
        districts = self.victim_districts | self.incident_districts | self.subject_districts
        return any(District(code).area == Area(area) for code in districts if code in District.values)


@dataclass(frozen=True)
class Choice:
    """Whether a case goes on the agenda by itself, why, and if not, why not."""

    criteria: tuple[Criterion, ...]
    sentences: tuple[str, ...]
    not_listed: NotListed | None

    @property
    def listed(self) -> bool:
        """Whether it goes on the agenda."""
        return self.not_listed is None


@dataclass(frozen=True)
class ItemFacts:
    """What the order of the agenda looks at, for one case."""

    ref: str
    received_at: datetime
    criteria: frozenset[str]
    band: str = ""
    risk_total: int = 0
    discussed_before: bool = False
    restricted: bool = False


_MEDIUM: tuple[tuple[Criterion, Callable[[CaseFacts], bool]], ...] = (
    (Criterion.MEDIUM_REPEAT_VICTIM, lambda case: case.repeat_victim),
    (Criterion.MEDIUM_REPEAT_PERPETRATOR, lambda case: case.repeat_perpetrator),
    (Criterion.MEDIUM_REPEAT_LOCATION, lambda case: case.repeat_location),
    (Criterion.MEDIUM_UNDER_18, lambda case: case.victim_under_18),
    (Criterion.MEDIUM_VULNERABLE, lambda case: case.d4 is not None and case.d4 >= VERY_VULNERABLE),
)

_ANY_BAND: tuple[tuple[Criterion, Callable[[CaseFacts], bool]], ...] = (
    (Criterion.REFERRED, lambda case: bool(case.referral_reason.strip())),
    (Criterion.ACTION_OVERDUE, lambda case: case.action_overdue),
    (Criterion.CASE_REVIEW, lambda case: case.case_review_requested),
    (Criterion.TENSION, lambda case: case.e2 is not None and case.e2 >= CLEAR_TENSION),
)

_REPEATS = frozenset(
    {
        Criterion.MEDIUM_REPEAT_VICTIM.value,
        Criterion.MEDIUM_REPEAT_PERPETRATOR.value,
        Criterion.MEDIUM_REPEAT_LOCATION.value,
    }
)

_NOT_HATE = frozenset({Classification.NOT_HATE.value, Classification.NO_RECORD.value})


def agenda_choice(case: CaseFacts, area: str) -> Choice:
    """Whether a case comes before the meeting of an area by itself (docs/domain.md §6.3).

    The criteria that hold are given also where something keeps the case off the agenda.
    """
    criteria = _criteria(case)
    sentences = tuple(_sentence(criterion, case) for criterion in criteria)
    return Choice(criteria, sentences, _not_listed(case, area, criteria))


def agenda_section(item: ItemFacts) -> AgendaSection:
    """Under which heading of the standard agenda a case is discussed (docs/domain.md §6.2)."""
    if item.restricted:
        return AgendaSection.CLOSED_PART
    if item.discussed_before:
        return AgendaSection.REVIEW
    if item.band == Band.HIGH:
        return AgendaSection.NEW_HIGH
    if Criterion.CASE_REVIEW in item.criteria:
        return AgendaSection.CASE_REVIEW
    return AgendaSection.REPEAT if item.criteria & _REPEATS else AgendaSection.OTHER


def agenda_order(items: Iterable[ItemFacts]) -> list[ItemFacts]:
    """The items as they are discussed: by heading, then from the highest risk down, then the longest waiting first."""
    return sorted(items, key=_place)


def pack_freeze_at(starts_at: datetime, holidays: Holidays) -> datetime:
    """Until when cases come on the agenda in time: 17:00, five working days before the meeting."""
    return close_of(add_working_days(local_date(starts_at), -FREEZE_WORKING_DAYS, holidays))


def pack_issue_at(starts_at: datetime, holidays: Holidays) -> datetime:
    """By when the pack is out: 17:00, four working days before the meeting."""
    return close_of(add_working_days(local_date(starts_at), -ISSUE_WORKING_DAYS, holidays))


def is_late(added_at: datetime, starts_at: datetime, holidays: Holidays) -> bool:
    """Whether an item came after the freeze, so that it needs the chair's approval and a reason."""
    return added_at > pack_freeze_at(starts_at, holidays)


def release_ends_at(minutes_signed_at: datetime, holidays: Holidays) -> datetime:
    """When the members' view of a released case ends: 17:00, twenty working days after the minutes' sign-off."""
    return close_of(add_working_days(local_date(minutes_signed_at), RELEASE_WORKING_DAYS, holidays))


def reads_on(starts_at: datetime) -> datetime:
    """How far an agency's own access to a case has to reach for a meeting's release to give it nothing: about as long as
    members read it after a meeting, whose minutes are signed some days later."""
    return starts_at + READS_ON


def _criteria(case: CaseFacts) -> tuple[Criterion, ...]:
    found = [Criterion.HIGH] if case.band == Band.HIGH else []
    if case.band == Band.MEDIUM:
        found += [criterion for criterion, holds in _MEDIUM if holds(case)]
    found += [criterion for criterion, holds in _ANY_BAND if holds(case)]
    return tuple(found)


def _not_listed(case: CaseFacts, area: str, criteria: tuple[Criterion, ...]) -> NotListed | None:
    checks = (
        (case.status not in OPEN_STATUSES, NotListed.NOT_OPEN),
        (case.classification in _NOT_HATE, NotListed.NOT_HATE),
        (not case.in_area(area), NotListed.OTHER_AREA),
        (not criteria, NotListed.NO_CRITERION),
        (case.tier == Tier.RESTRICTED, NotListed.RESTRICTED),
        (case.consent_conflict, NotListed.CONSENT),
    )
    return next((reason for holds, reason in checks if holds), None)


def _sentence(criterion: Criterion, case: CaseFacts) -> str:
    if criterion is Criterion.REFERRED:
        return f"{criterion.label}: {case.referral_reason.strip()}"
    return f"{criterion.label}."


def _place(item: ItemFacts) -> tuple[str, int, int, datetime, str]:
    return (
        agenda_section(item).value,
        -BAND_RANK.get(item.band, 0),
        -item.risk_total,
        item.received_at,
        item.ref,
    )


_TRAVELLERS = frozenset({"romany-gypsy", "irish-traveller", "roma", "other-gypsy-or-traveller", "new-traveller"})


def is_left_out(agency_type: str, subs: Iterable[str]) -> bool:
    """Whether a member is left out of a release unless the lead agency says otherwise: the traveller unit, which also
    enforces, where the victim was targeted as a Gypsy, Roma or Traveller (docs/domain.md §4).
    """
    return agency_type == AgencyType.TRAVELLER_UNIT and not _TRAVELLERS.isdisjoint(subs)


# --- the briefing pack -------------------------------------------------------------------------------------------

KEEP_WORKING_DAYS = 30
_MINUTES = {"new": 10, "review": 6}

OPTIONS: tuple[tuple[str, str], ...] = (
    ("Support and safety", "reassurance visits, target hardening, support referral, Keep Safe"),
    ("Early", "advice, restorative practice, support for the alleged perpetrator"),
    ("Agreed", "acceptable behaviour contract, tenancy warning, community resolution"),
    ("Notice", "community protection warning, then notice; dispersal"),
    ("Court, civil", "injunction, closure, possession"),
    ("Court, criminal", "caution, prosecution with uplift, criminal behaviour order"),
)
"""What a meeting may choose from, lowest level first (docs/domain.md §4): prompts on a sheet, not advice."""


def destroy_by(starts_at: datetime, holidays: Holidays) -> datetime:
    """By when a pack is destroyed: 17:00, thirty working days after the meeting, when the members' view has ended.

    Five working days for the draft minutes, five for corrections, and twenty after the sign-off (docs/domain.md §6.3).
    """
    return close_of(add_working_days(local_date(starts_at), KEEP_WORKING_DAYS, holidays))


def minutes_allotted(discussed_before: bool) -> int:
    """How many minutes of the meeting a case is given: a new one more than a review."""
    return _MINUTES["review" if discussed_before else "new"]


def trend(totals: Iterable[int]) -> str:
    """How the risk moved between the last two assessments (oldest first): up, down, same, or nothing to compare."""
    last_two = list(totals)[-2:]
    if len(last_two) < 2:
        return ""
    before, after = last_two
    if after == before:
        return "same"
    return "up" if after > before else "down"
