"""HASBAG meetings, held and to come, in both areas: which cases came before them, by the product's own rule (§6.3)."""

from __future__ import annotations

import uuid
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from agencies.choices import Area, District
from agencies.reference_data import AGENCIES, COUNCILS
from hasbag import rules
from hasbag.choices import AttendanceState, ProposalState
from hatecase.county.calendar import Calendar, at_time
from hatecase.county.cast import CAST
from hatecase.county.dice import Dice, References, dice_for
from hatecase.county.giving import TYPES
from hatecase.county.office import Office
from hatecase.county.records import wishes_of
from hatecase.county.shapes import Assessment, CasePlan
from incidents.choices import LEVEL_RANK, CaseStatus, Level
from incidents.rules.repeat import under_18
from incidents.rules.sharing import Wishes, consent_conflict
from kernel.working_days import local_date

_CHAIRS = {Area.NORTH: "beth", Area.WEST: "wendy"}
_VENUES = {
    Area.NORTH: ("Council chamber, Kettering", "Committee room 2, Wellingborough", "Online"),
    Area.WEST: ("Guildhall, room 4, Northampton", "Community hub, Daventry", "Online"),
}
_WEEKDAY = {Area.NORTH: (2, 2), Area.WEST: (3, 3)}
_FIRST_AFTER, _CALLED_BEFORE, _SIGNED_AFTER = timedelta(days=60), timedelta(days=35), 10
_ITEMS_HELD = 12
# Fewer lately, so that lead agencies have something to decide about for the meetings to come.
_RELEASED, _RELEASED_LATELY, _LAST = 0.82, 0.35, timedelta(days=32)
_TO_COME = 2
MEMBERS = {area: tuple(row.code for row in AGENCIES if area in row.areas and row.type.is_casework) for area in Area}


@dataclass(slots=True)
class Candidate:
    """A case as a meeting looks at it."""

    case_id: int
    ref: str
    lead: str
    lead_worker: str
    facts: rules.CaseFacts
    wishes: list[Wishes]
    readers: frozenset[str]
    for_good: frozenset[str]
    excluded: frozenset[str]
    subs: frozenset[str]
    criteria: tuple[str, ...] = ()


@dataclass(slots=True)
class MeetingPlan:
    """A meeting with what was put before it."""

    ref: str
    submission: uuid.UUID
    area: Area
    starts_at: datetime
    venue: str
    chair: str
    chair_agency: str
    called_at: datetime
    chosen_at: datetime
    signed_at: datetime | None
    attendance: list[tuple[str, str, str]]
    items: list[tuple[Candidate, uuid.UUID]] = field(default_factory=list)
    proposals: list[tuple[Candidate, uuid.UUID, str]] = field(default_factory=list)

    @property
    def to_come(self) -> bool:
        """Whether it was not held yet when the story ends."""
        return self.signed_at is None and not any(
            state == AttendanceState.ATTENDING for _, state, _ in self.attendance
        )

    def newcomers(self, candidate: Candidate) -> list[str]:
        """The members that a release would let in."""
        return [
            code
            for code in MEMBERS[self.area]
            if code not in candidate.for_good
            and code not in candidate.excluded
            and not rules.is_left_out(TYPES[code], candidate.subs)
        ]


class Meetings:
    """Every meeting of the county; `consider` puts a case before those that it came up for."""

    def __init__(self, calendar: Calendar, office: Office, references: References, seed: int) -> None:
        self.office, self.calendar, self.seed = office, calendar, seed
        self._dice = dice_for("meetings", seed, calendar.until)
        self.plans = {area: self._series(area, references) for area in Area}
        self._open: list[Candidate] = []

    def all(self) -> list[MeetingPlan]:
        """The meetings of both areas in order."""
        return sorted((plan for plans in self.plans.values() for plan in plans), key=lambda plan: plan.starts_at)

    # --- The series ---------------------------------------------------------------------------------

    def _series(self, area: Area, references: References) -> list[MeetingPlan]:
        weekday, week = _WEEKDAY[area]
        day = (self.calendar.first + _FIRST_AFTER).replace(day=1)
        plans: list[MeetingPlan] = []
        to_come = 0
        while to_come < _TO_COME:
            meets = self.office.day_after(_weekday_of(day, weekday, week), 0)
            to_come += meets > self.calendar.until
            plans.append(self._meeting(area, meets, references))
            day = (day + timedelta(days=32)).replace(day=1)
        return plans

    def _meeting(self, area: Area, day: date, references: References) -> MeetingPlan:
        dice, office = self._dice, self.office
        starts = at_time(day, 10 if area is Area.NORTH else 14)
        called = min(starts - _CALLED_BEFORE, office.end - timedelta(days=2))
        freeze = rules.pack_freeze_at(starts, office.holidays)
        held = starts < office.end
        signed = office.after(starts, 5, _SIGNED_AFTER, dice) if held else None
        return MeetingPlan(
            ref=references.next("HM", starts.year),
            submission=dice.uid(),
            area=area,
            starts_at=starts,
            venue=dice.pick(_VENUES[area]),
            chair=_CHAIRS[area],
            chair_agency=COUNCILS[area],
            called_at=called,
            chosen_at=min(freeze, office.end - timedelta(hours=8)),
            signed_at=signed if signed is not None and signed < office.end else None,
            attendance=[(code, *_answer(code, dice, held=held)) for code in MEMBERS[area]],
        )

    # --- The cases ----------------------------------------------------------------------------------

    def consider(self, case: CasePlan, case_id: int) -> None:
        """Put a case before the meetings that were held while it was open, and keep it in mind for those to come."""
        if case.triaged_at is None or not case.assessments:
            return
        areas = {District(code).area for code in _districts(case)}
        for area in sorted(areas):
            plans = self.plans[area]
            starts = [plan.starts_at for plan in plans]
            low = bisect_right(starts, case.triaged_at)
            high = bisect_left(starts, min(case.closed_at or self.office.end, self.office.end))
            for plan in plans[low:high]:
                if len(plan.items) < _ITEMS_HELD:
                    self._before_held(plan, case, case_id)
        if case.closed_at is None:
            self._open.append(_candidate(case, case_id, self.office.end, case.status))

    def _before_held(self, plan: MeetingPlan, case: CasePlan, case_id: int) -> None:
        candidate = _candidate(case, case_id, plan.chosen_at, CaseStatus.OPEN.value)
        choice = rules.agenda_choice(candidate.facts, plan.area)
        newcomers = [TYPES[code] for code in MEMBERS[plan.area] if code not in candidate.readers | candidate.excluded]
        if not choice.listed or consent_conflict(candidate.wishes, newcomers):
            return
        candidate.criteria = tuple(criterion.value for criterion in choice.criteria)
        dice = dice_for("item", self.seed, plan.ref, case.ref)
        if plan.chair_agency not in candidate.readers:
            share = _RELEASED if self.office.end - plan.starts_at > _LAST else _RELEASED_LATELY
            state = ProposalState.RELEASED if dice.chance(share) else ProposalState.REFUSED
            plan.proposals.append((candidate, dice.uid(), state.value))
            if state is ProposalState.REFUSED:
                return
        plan.items.append((candidate, dice.uid()))

    def choose_to_come(self, flagged: set[str]) -> None:
        """Choose the agendas of the meetings to come, once it is known who is a repeat victim."""
        released = self._released_still()
        for plan in (plan for plan in self.all() if plan.to_come):
            for known in self._open:
                let_in = released.get(known.case_id, frozenset())
                candidate = replace(known, readers=known.readers | let_in) if let_in else known
                facts = candidate.facts
                if candidate.ref in flagged and not facts.repeat_victim:
                    facts = replace(facts, repeat_victim=True)
                self._before_next(plan, candidate, facts)

    def _released_still(self) -> dict[int, frozenset[str]]:
        """Whom meetings that were held let in to a case, and whose view has not ended yet."""
        found: dict[int, frozenset[str]] = {}
        for plan in (plan for plan in self.all() if not plan.to_come):
            ends = rules.release_ends_at(plan.signed_at, self.office.holidays) if plan.signed_at else None
            for candidate, _, state in plan.proposals:
                if state == ProposalState.RELEASED and (ends is None or ends > self.office.end):
                    let_in = frozenset(plan.newcomers(candidate))
                    found[candidate.case_id] = found.get(candidate.case_id, frozenset()) | let_in
        return found

    def _before_next(self, plan: MeetingPlan, candidate: Candidate, facts: rules.CaseFacts) -> None:
        choice = rules.agenda_choice(facts, plan.area)
        if not choice.listed:
            return
        chosen = replace(candidate, criteria=tuple(criterion.value for criterion in choice.criteria))
        dice = dice_for("item", self.seed, plan.ref, candidate.ref)
        newcomers = [TYPES[code] for code in MEMBERS[plan.area] if code not in chosen.readers | chosen.excluded]
        if consent_conflict(chosen.wishes, newcomers):
            # The product's own next choice asks whoever leads the case to settle the wishes.
            return
        if plan.chair_agency in chosen.readers:
            plan.items.append((chosen, dice.uid()))
        else:
            plan.proposals.append((chosen, dice.uid(), ProposalState.WAITING.value))


def _weekday_of(first: date, weekday: int, week: int) -> date:
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (week - 1))


def _answer(code: str, dice: Dice, *, held: bool) -> tuple[str, str]:
    if not held:
        return AttendanceState.INVITED.value, ""
    if not dice.chance(0.86):
        return AttendanceState.APOLOGIES.value, ""
    return AttendanceState.ATTENDING.value, _NAMES[code]


def _districts(case: CasePlan) -> set[str]:
    found = {case.district, case.victim_district}
    for report in case.reports:
        found.add(report.district)
        found |= {alleged.district for alleged, _ in report.alleged}
        found |= {report.record.values.get("district", "")} if report.record else set()
    return {code for code in found if code}


def _latest(case: CasePlan, at: datetime) -> Assessment | None:
    return next((a for a in reversed(case.assessments) if a.at <= at), None)


def _candidate(case: CasePlan, case_id: int, at: datetime, status: str) -> Candidate:
    latest = _latest(case, at)
    answers = latest.answers if latest else {}
    grants = [g for g in case.grants_at(at).values() if LEVEL_RANK[g.level] >= LEVEL_RANK[Level.VIEW]]
    child = any(
        under_18(r.record.values.get("date_of_birth"), local_date(r.event.when)) for r in case.reports if r.record
    )
    facts = rules.CaseFacts(
        status=status,
        classification=case.classification,
        tier=case.tier,
        band=latest.result.final_band if latest else "",
        victim_districts=frozenset(filter(None, [case.victim_district])),
        incident_districts=frozenset(report.district for report in case.reports),
        subject_districts=frozenset(a.district for r in case.reports for a, _ in r.alleged if a.district),
        repeat_victim=bool(latest and latest.facts["repeat_victim"]),
        victim_under_18=child,
        d4=answers.get("D4"),
        e2=answers["E2"] if isinstance(answers.get("E2"), int) else None,
    )
    return Candidate(
        case_id=case_id,
        ref=case.ref,
        lead=case.lead,
        lead_worker=case.lead_worker,
        facts=facts,
        wishes=[wishes_of(report.record) for report in case.reports if report.record],
        readers=frozenset(grant.agency for grant in grants),
        for_good=frozenset(grant.agency for grant in grants if grant.until is None),
        excluded=frozenset(agency for _, agency, _ in case.exclusions if agency),
        subs=frozenset(sub for report in case.reports for _, sub in report.event.strands),
    )


def _points() -> dict[str, str]:
    found: dict[str, str] = {}
    for row in CAST:
        if any(role.value in ("spoc", "deputy_spoc", "manager") for role in row.roles):
            found.setdefault(row.agency, row.name)
    return found


_NAMES = _points()
