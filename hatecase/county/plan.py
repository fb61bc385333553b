"""The county as a stream of cases, in the order in which they came in: everything is drawn, nothing is kept.

The same number, seed and day give the same stream, to the letter. What the product decides (priority, clocks, risk
band, repeat victims, who leads, what may be shared) is decided here by the product's own rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from agencies.choices import AgencyType, District
from agencies.reference_data import AGENCIES, DISTRICT_COUNCILS
from hatecase.county.alleged import Alleging
from hatecase.county.calendar import SPIKES, Arrival, Calendar
from hatecase.county.dice import Dice, References, dice_for
from hatecase.county.giving import TYPES
from hatecase.county.life import Life
from hatecase.county.mix import DISTRICT_SHARES, DISTRICTS, second_of, strands_of, subs_of
from hatecase.county.office import Office
from hatecase.county.people import Person, Record, organisation_make, person_make
from hatecase.county.pool import Pool
from hatecase.county.records import record_for, wishes_of
from hatecase.county.reporting import (
    agency_for,
    channel_for,
    happened_at,
    perceived_by,
    priority_of,
    reporter_for,
    triage_answers,
)
from hatecase.county.risks import Assessor, Standards
from hatecase.county.scenes import Event, Scene, event_make, scene_for, scenes
from hatecase.county.shapes import CasePlan, Report
from hatecase.county.staff import Staff, staff_for
from hatecase.county.story import narrative, summary, voice_of
from hatecase.county.truth import Truth
from hatecase.county.words import listed
from incidents.choices import Classification, ReporterKind, Strand, strand_mask
from incidents.rules.lead_agency import lead_agency
from incidents.rules.repeat import WINDOW, IncidentDay, repeat_victim
from incidents.rules.risk import Tool
from incidents.rules.sharing import sharing_error
from kernel.bank_holidays import bank_holidays
from kernel.working_days import local_date

_RETURNING, _SCHOOL_SHARE, _SCHOOL_LEAST, _SCHOOL_RECENT = 0.12, 0.0008, 5, 2
_RECENT_SHARE, _GRAVE_DRAWS = 0.15, 10
# Agencies whose people do not classify: they refer on, or have no triagers.
_UNDECIDED, _DECIDED_AT_ONCE = frozenset({"TPRC1", "EDU1", "VSS"}), 0.75


@dataclass(slots=True)
class Subject:
    """What a report is about: who was targeted, as what, how, and where."""

    person: Person | None
    district: District
    strands: list[tuple[Strand, str]]
    scene: Scene


class County:
    """An invented county: `stream()` gives its cases; `truth` knows at the end what is true of them."""

    def __init__(self, cases: int, seed: int, until: date, years: float, tool: Tool, standards: Standards) -> None:
        self.cases, self.seed = cases, seed
        self.calendar = Calendar(until, years)
        holidays = bank_holidays(range(self.calendar.first.year - 1, until.year + 4))
        self.office = Office(holidays, self.calendar.first, self.calendar.end)
        self.references = References(seed)
        self.staff: Staff = staff_for(cases, seed)
        self.truth = Truth(cases, seed, self.calendar)
        self.people: Pool[Person] = Pool()
        self.alleging = Alleging(self.references)
        self.life = Life(self, Assessor(tool, standards, self.office), standards)
        self.person_count = 0

    def stream(self) -> Iterator[CasePlan]:
        """The cases, oldest first."""
        arrivals = self.calendar.arrivals(self.cases, dice_for("arrivals", self.seed), DISTRICT_SHARES)
        school = self._school_cases(arrivals)
        for number, arrival in enumerate(arrivals):
            dice = dice_for("case", self.seed, self.calendar.until, number)
            case = self._case(number, arrival, dice, at_school=number in school)
            self.truth.add(case)
            yield case

    def _school_cases(self, arrivals: list[Arrival]) -> set[int]:
        """Which cases the one school of the partnership reports: very few, some of them recent."""
        dice = dice_for("school", self.seed)
        free = [number for number, one in enumerate(arrivals) if one.spike is None and not one.agency]
        wanted = min(max(_SCHOOL_LEAST, int(len(free) * _SCHOOL_SHARE)), len(free) // 10)
        recent = free[int(len(free) * (1 - _RECENT_SHARE)) :]
        found = dice.sample(recent, min(_SCHOOL_RECENT, wanted, len(recent)))
        return {*found, *dice.sample(free, wanted)}

    def _case(self, number: int, arrival: Arrival, dice: Dice, *, at_school: bool) -> CasePlan:
        subject = self._subject(arrival, dice, at_school=at_school)
        agency = "EDU1" if at_school else arrival.agency
        report = self.report(subject, arrival.at, dice, agency=agency, grave=arrival.grave)
        lead = self._lead(report, subject)
        case = CasePlan(
            number=number,
            ref=self.references.next("HC", report.entered_at.year),
            lead=lead,
            created_at=report.entered_at,
            created_by=report.entered_by,
            received_at=report.received_at,
            district=report.district,
            victim_district=report.record.values["district"] if report.record else "",
            priority=report.priority,
            strands=strand_mask(strand for strand, _ in subject.strands),
            summary=summary(report.event, subject.strands[0][0].label),
            reports=[report],
            spike=arrival.spike,
            fresh=bool(arrival.agency),
        )
        self.life.live(case, subject, dice)
        person = subject.person
        if person is not None and not person.organisation:
            person.known_to = frozenset(grant.agency for grant in case.grants)
            self.people.add(subject.district.value, arrival.at, person)
        return case

    # --- Who and what -------------------------------------------------------------------------------

    def _subject(self, arrival: Arrival, dice: Dice, *, at_school: bool) -> Subject:
        spike = SPIKES[arrival.spike] if arrival.spike is not None else None
        district = spike.district if spike else District.KETTERING if at_school else self._district(arrival, dice)
        if spike is None and not at_school and not arrival.agency and dice.chance(_RETURNING):
            person = self.people.pick(district.value, arrival.at, dice)
            if person is not None:
                return self._again(person, district, dice)
        strand = spike.strand if spike else dice.draw(strands_of(district))
        sub = dice.pick(spike.subs) if spike else dice.draw(subs_of(district, strand))
        if at_school:
            strand, sub = Strand.RACE, dice.draw(subs_of(district, Strand.RACE))
        scene = _SCHOOL if at_school else self._scene(strand, sub, dice, grave=arrival.grave)
        second = second_of(sub, dice)
        return Subject(
            self._person(district, strand, sub, scene, arrival.at, dice),
            district,
            [(strand, sub), *([second] if second else [])],
            scene,
        )

    def _district(self, arrival: Arrival, dice: Dice) -> District:
        """A district by its share of all reports, among those that the agency works in."""
        for _ in range(20):
            district = dice.draw(DISTRICTS)
            if not arrival.agency or district.area in _AREAS[arrival.agency]:
                return district
        raise LookupError(arrival.agency)

    @staticmethod
    def _scene(strand: Strand, sub: str, dice: Dice, *, grave: bool) -> Scene:
        """A kind of incident that fits; for a grave one the gravest of some."""
        drawn = [scene_for(strand, sub, dice) for _ in range(_GRAVE_DRAWS if grave else 1)]
        return max(drawn, key=lambda scene: ("often" in scene.marks, scene.a1))

    def _again(self, person: Person, district: District, dice: Dice) -> Subject:
        """Somebody is targeted again: for the same reason, mostly in another way."""
        second = second_of(person.sub, dice)
        scene = scene_for(person.strand, person.sub, dice)
        for _ in range(4):
            if "general" not in scene.marks and ("young" in scene.marks) <= (person.born.year > 2006):
                break
            scene = scene_for(person.strand, person.sub, dice)
        strands = [(person.strand, person.sub), *([second] if second else [])]
        return Subject(person, district, strands, scene)

    def _person(
        self, district: District, strand: Strand, sub: str, scene: Scene, at: datetime, dice: Dice
    ) -> Person | None:
        if "general" in scene.marks:
            return None
        self.person_count += 1
        if scene.key == "worship" and dice.chance(0.6):
            return organisation_make(self.person_count, district, strand, sub, at.date(), dice)
        young = "young" in scene.marks or sub == "younger-person"
        return person_make(self.person_count, district, strand, sub, at.date(), dice, young=young)

    # --- The report ---------------------------------------------------------------------------------

    def report(
        self,
        subject: Subject,
        received: datetime,
        dice: Dice,
        *,
        agency: str = "",
        record: Record | None = None,
        grave: bool = False,
        like: Event | None = None,
    ) -> Report:
        """An incident as it comes in: to an agency or to whichever it fits, about a record or a new one.

        `like` is an earlier incident, by the same people.
        """
        person = subject.person
        on = received.date()
        before = [i for i in person.incidents if on - WINDOW <= i.day <= on] if person is not None else []
        home = person or person_make(0, subject.district, *subject.strands[0], on, dice)
        drawn = [
            event_make(subject.scene, home, subject.strands, received, dice, earlier=len(before))
            for _ in range(_GRAVE_DRAWS if grave else 1)
        ]
        event = max(drawn, key=lambda one: one.severity)
        if like is not None:
            event.known, event.crowd, event.who, event.description = like.known, like.crowd, like.who, like.description
        agency = agency or agency_for(event.place.kind, subject.scene.key, person, subject.district, dice)
        entered = self.office.keyed(received, dice, round_the_clock=agency == "POL")
        if entered >= self.office.end:
            # Nobody would key it before the story ends: it comes in while the office is still open.
            received = self.office.last_hours(dice)
            entered = received + timedelta(minutes=dice.whole(6, 50))
        event.when = happened_at(received, agency, dice)
        reporter = reporter_for(agency, person is not None, dice)
        if person is not None and person.organisation:
            reporter = ReporterKind.PROFESSIONAL
        if record is not None and reporter is ReporterKind.ANONYMOUS:
            reporter = ReporterKind.WITNESS
        victim = None if reporter is ReporterKind.ANONYMOUS else person
        is_new = False
        if victim is not None and record is None:
            record, is_new = record_for(victim, agency, local_date(entered), self.references, dice)
        report = Report(
            ref=self.references.next("HI", entered.year),
            submission=dice.uid(),
            event=event,
            person=victim,
            record=record,
            record_is_new=is_new,
            received_at=received,
            entered_at=entered,
            channel=channel_for(agency, dice),
            reporter=reporter,
            reporter_name="",
            reporter_contact="",
            no_contact=reporter is not ReporterKind.ANONYMOUS and dice.chance(0.03),
            agency=agency,
            entered_by=self.staff.worker(agency, dice) or self.staff.point(agency),
            perceived_by=perceived_by(reporter, agency, dice).value,
            district=subject.district.value,
        )
        report.crime = dice.chance(event.scene.crime) or bool(event.injury or event.weapon or event.kill)
        if agency not in _UNDECIDED and dice.chance(_DECIDED_AT_ONCE):
            report.classified = _classified(report)
        self._tell(report, dice)
        return report

    def _tell(self, report: Report, dice: Dice) -> None:
        person = report.person
        voice = voice_of(report.event, person, person.name if person else "", report.received_at)
        report.narrative = narrative(report.event, person, voice, report.channel, report.reporter, dice)
        report.reporter_name, report.reporter_contact = _reporter(report, dice)
        report.triage_answers = triage_answers(report.event, person, report.reporter, report.received_at)
        suggestion = priority_of(
            report.event,
            report.triage_answers,
            report.received_at,
            _classified(report),
            repeat=_repeats(report),
        )
        report.priority, report.reasons = suggestion.priority.value, list(suggestion.reasons)

    def _lead(self, report: Report, subject: Subject) -> str:
        homes = [report.record.values.get("district")] if report.record else []
        wishes = [wishes_of(report.record)] if report.record else []
        told = sharing_error(wishes, AgencyType.COUNCIL) is None
        rule = lead_agency(TYPES[report.agency], homes, report.district, council_told=told)
        return report.agency if rule.district is None else DISTRICT_COUNCILS[rule.district]


_AREAS = {row.code: row.areas for row in AGENCIES}
_SCHOOL = next(scene for scene in scenes() if scene.key == "school")


def _classified(report: Report) -> Classification:
    return Classification.CRIME_SUSPECTED if report.crime else Classification.HATE_INCIDENT


def _repeats(report: Report) -> bool:
    """Whether this record of the person shows an earlier incident within the year (docs/domain.md §9.3)."""
    if report.person is None or report.record is None:
        return False
    days = [
        IncidentDay(i.incident, i.day, i.classification)
        for i in report.person.incidents
        if i.record == report.record.ref and not i.restricted and i.day <= report.received_at.date()
    ]
    return repeat_victim([*days, IncidentDay(report.ref, local_date(report.event.when))]).is_repeat


def _reporter(report: Report, dice: Dice) -> tuple[str, str]:
    person = report.person
    if report.reporter is ReporterKind.ANONYMOUS:
        return "", ""
    if report.reporter is ReporterKind.VICTIM and person is not None:
        return person.name, person.phone
    given = dice.pick(listed("names", dice.pick(("british woman", "british man")))).partition("/")[0]
    family = dice.pick(listed("names", "british family")).partition("/")[0]
    if report.reporter is ReporterKind.ON_BEHALF and person is not None:
        family = person.family
    return f"{given} {family}", f"01632 960{dice.whole(0, 999):03d}"
