"""The life of a case from its first report to the day on which the story ends: what was done about it, and when."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hatecase.county.contacts import Contacts, clocks_of
from hatecase.county.dice import Dice, Table
from hatecase.county.giving import grants_make
from hatecase.county.people import Lived, Record
from hatecase.county.records import wishes_of
from hatecase.county.risks import Assessor, Standards
from hatecase.county.shapes import CasePlan, Change, Report
from hatecase.county.story import voice_of
from hatecase.county.words import Voice
from hatecase.county.working import Working
from incidents.choices import Band, CaseStatus, Classification, Priority, ReporterKind, Tier, strand_mask
from incidents.rules.clocks import FROM_RECEIPT
from incidents.rules.repeat import IncidentDay, repeat_victim
from incidents.rules.risk import Facts
from kernel.working_days import due_at, local_date

if TYPE_CHECKING:
    from hatecase.county.plan import County, Subject

_DAYS_OPEN = {"": 30, Band.STANDARD: 44, Band.MEDIUM: 70, Band.HIGH: 120}
_SPREAD, _SAME_AGAIN = 0.45, 0.75
_FURTHER = {"often": 0.24, "": 0.07}
_FURTHER_COUNT = Table(((1, 7), (2, 2), (3, 1)))
_ENDINGS = Table(
    (
        (Classification.NOT_HATE, 1.2),
        (Classification.NO_RECORD, 0.6),
        (Classification.OUT_OF_AREA, 0.5),
        (None, 97.7),
    )
)
_RESTRICTED, _EXCLUDED, _NEVER_ASSESSED, _HELD = 0.003, 0.004, 0.05, 0.03
_NO_REVIEW_BEFORE_CLOSING = timedelta(days=14)
_CONTACT_WORKING_DAYS = {Priority.P1: 1, Priority.P2: 3, Priority.P3: 5}
_ASSESS_WORKING_DAYS = {Priority.P1: 2, Priority.P2: 5, Priority.P3: 7}
_SKILL_FIRST, _SKILL_LAST = 0.78, 0.94
_REASONS = {
    Classification.NOT_HATE: "A dispute about parking: nobody perceives hostility. Agreed with a second triager.",
    Classification.NO_RECORD: "Not about any person and nothing to act on. Agreed with a second triager.",
    Classification.OUT_OF_AREA: "It happened in another county; passed on to the police there.",
}
_CONFLICTS = (
    "Related to a person in the case.",
    "Lives in the same street.",
    "Sits on a committee with a person in the case.",
)


class Life:
    """Lets cases run their course."""

    def __init__(self, county: County, assessor: Assessor, standards: Standards) -> None:
        self.county, self.assessor = county, assessor
        self.office, self.staff = county.office, county.staff
        self.standards = [row for row in standards if row.kind in FROM_RECEIPT]

    def live(self, case: CasePlan, subject: Subject, dice: Dice) -> None:
        """Run one case."""
        ending = None if case.spike is not None else dice.draw(_ENDINGS)
        self._classify_first(case)
        self._triage(case, ending, dice)
        self._alleged(case, case.first, subject, dice)
        self._restrict(case, dice)
        wishes = [wishes_of(case.first.record)] if case.first.record else []
        grants_make(case, case.first.person, wishes, self.staff, self.office, dice)
        self._lived(case, case.first)
        end = self._course(case, subject, dice)
        voice = self._voice(case)
        self._contacts(case, voice, end, dice)
        working = Working(case, voice, self.staff, self.office, self.county.references, dice)
        if case.tier != Tier.RESTRICTED:
            working.tasks(end)
        working.notes(end)
        self._finish(case, dice)

    # --- Deciding what it is --------------------------------------------------------------------------

    def _classify_first(self, case: CasePlan) -> None:
        first = case.first
        if first.classified != Classification.UNDETERMINED:
            self._change(
                case, first.classified, "Set when the incident was logged", first.entered_by, first.entered_at
            )

    def _change(self, case: CasePlan, after: str, reason: str, by: str, at: datetime, crime: str = "") -> None:
        if after != case.classification and at < self.office.end:
            case.changes.append(Change(case.classification, after, reason, by, at, crime))
            case.classification = after

    def _triage(self, case: CasePlan, ending: Classification | None, dice: Dice) -> None:
        first = case.first
        limit = due_at(first.received_at, 1, self.office.holidays)
        at = self.office.by(first.entered_at, limit, self._skill(case) + 0.06, dice)
        earliest = first.entered_at + timedelta(minutes=dice.whole(4, 40))
        at = max(at, earliest if case.lead == "POL" else self.office.soon(earliest, dice))
        if at >= self.office.end:
            return
        case.triaged_at = at
        case.lead_worker = self.staff.worker(case.lead, dice)
        by = case.lead_worker
        if ending is not None:
            self._change(case, ending, _REASONS[ending], by, at)
            return
        crime = Classification.CRIME_SUSPECTED if first.crime else Classification.HATE_INCIDENT
        self._change(case, crime, "Confirmed at triage", by, at)
        if first.crime and case.lead == "POL" and dice.chance(0.9):
            reference = f"{at:%y}000{dice.whole(100000, 999999)}"
            recorded = self.office.after(at, 0, 2, dice)
            self._change(case, Classification.CRIME_RECORDED, "Recorded", by, recorded, reference)

    def _skill(self, case: CasePlan) -> float:
        """The share of limits that are kept: the county gets better at it over the years."""
        calendar = self.county.calendar
        progress = (local_date(case.received_at) - calendar.first).days / calendar.days
        return _SKILL_FIRST + progress * (_SKILL_LAST - _SKILL_FIRST)

    def _alleged(self, case: CasePlan, report: Report, subject: Subject, dice: Dice) -> None:
        keep = Classification(case.classification).keeps_names
        voice = voice_of(report.event, report.person, "", report.received_at)
        self.county.alleging.make(report, case.lead, subject.district, dice, keep_name=keep, voice=voice)

    def _restrict(self, case: CasePlan, dice: Dice) -> None:
        """A few cases are open to named people only, and a few have a conflict of interest."""
        if case.triaged_at is None or case.spike is not None:
            return
        share = dice.random()
        if share < _RESTRICTED:
            case.tier = Tier.RESTRICTED.value
            names = {case.lead_worker: "manage", self.staff.point(case.lead): "manage"}
            case.people = [(key, level) for key, level in names.items() if key]

    def _exclude(self, case: CasePlan, dice: Dice) -> None:
        """A conflict of interest of somebody who has had no part in the case."""
        if case.tier == Tier.RESTRICTED or not dice.chance(_EXCLUDED):
            return
        involved = {case.lead_worker, case.created_by, *(n.by for n in case.notes)}
        involved |= {t.assignee for t in case.tasks} | {c.by for c in case.contacts}
        agencies = {grant.agency for grant in case.grants}
        if dice.chance(0.5) and "RSL1" not in agencies:
            case.exclusions.append(("", "RSL1", "The landlord employs a person in the case."))
            return
        for _ in range(4):
            colleague = self.staff.worker(case.lead, dice)
            if colleague not in involved:
                case.exclusions.append((colleague, "", dice.pick(_CONFLICTS)))
                return

    # --- Its course -----------------------------------------------------------------------------------

    def _course(self, case: CasePlan, subject: Subject, dice: Dice) -> datetime:
        """Assessments, further incidents, reviews and closing. Answers when the work on it ends."""
        end = self.office.end
        if case.triaged_at is None:
            return end
        if not Classification(case.classification).counts_as_hate:
            case.closed_at = self._closing_at(case, 10, dice)
            return case.closed_at or end
        self._assess_first(case, dice)
        days = _DAYS_OPEN[case.band] * dice.lognormvariate(0, _SPREAD)
        closing = self._closing_at(case, days, dice)
        until = closing or end
        self._further(case, subject, until, dice)
        if case.assessments:
            facts = self._facts(case, until)
            # The assessment that closing needs stands in for a review that would come just before it.
            last_review = until - _NO_REVIEW_BEFORE_CLOSING if closing else until
            self.assessor.reviews(case, case.first.person, last_review, facts, case.lead_worker, dice)
            if closing is not None:
                done = self.assessor.closing(case, case.first.person, closing, facts, case.lead_worker, dice)
                closing = closing if done else None
            self._band(case)
        case.closed_at = closing
        return closing or end

    def _closing_at(self, case: CasePlan, days: float, dice: Dice) -> datetime | None:
        at = self.office.after(case.received_at + timedelta(days=max(8, days)), 0, 2, dice)
        return at if at < self.office.end else None

    def _assess_first(self, case: CasePlan, dice: Dice) -> None:
        if dice.chance(_NEVER_ASSESSED) or case.triaged_at is None:
            return
        limit = due_at(case.received_at, _ASSESS_WORKING_DAYS[Priority(case.priority)], self.office.holidays)
        at = self.office.by(max(case.triaged_at, case.created_at), limit, self._skill(case), dice)
        at = max(at, self.office.soon(case.triaged_at + timedelta(minutes=dice.whole(20, 200)), dice))
        if at < self.office.end:
            facts = self._facts(case, at)
            self.assessor.first(case, case.first.person, at, facts, case.lead_worker, dice)
            self._band(case)

    def _band(self, case: CasePlan) -> None:
        last = case.assessments[-1]
        case.band = last.result.final_band
        case.review_due_at = last.review.due_at if last.review else None

    def _facts(self, case: CasePlan, at: datetime) -> Facts:
        """What the floors look at: a victim under 18, and the repeat flag, as known at an instant."""
        person = case.first.person
        if person is None or case.first.record is None:
            return Facts()
        on = local_date(at)
        days = [
            IncidentDay(i.incident, i.day, i.classification)
            for i in person.incidents
            if i.record == case.first.record.ref and i.day <= on and not i.restricted
        ]
        repeat = repeat_victim(days).is_repeat
        return Facts(person.age_on(local_date(case.first.event.when)) < 18, repeat)

    def _further(self, case: CasePlan, subject: Subject, until: datetime, dice: Dice) -> None:
        """More incidents that join the case while it is open: the same person is targeted again."""
        person = case.first.person
        share = _FURTHER["often" if "often" in case.first.event.scene.marks else ""]
        if case.first.record is None or person is None or person.organisation or not dice.chance(share):
            return
        start = case.received_at + timedelta(days=3)
        for _ in range(dice.draw(_FURTHER_COUNT)):
            at = start + (until - start) * dice.random()
            if at >= min(until, self.office.end) - timedelta(days=1):
                continue
            first = case.first
            like = first.event if first.alleged and dice.chance(_SAME_AGAIN) else None
            report = self.county.report(subject, at, dice, agency=case.lead, record=first.record, like=like)
            if like is not None:
                report.alleged = [(alleged, False) for alleged, _ in first.alleged]
            else:
                self._alleged(case, report, subject, dice)
            case.reports.append(report)
            case.priority = min(case.priority, report.priority)
            case.strands |= strand_mask(strand for strand, _ in report.event.strands)
            self._lived(case, report)

    def _lived(self, case: CasePlan, report: Report) -> None:
        if report.person is not None and report.record is not None:
            report.person.incidents.append(
                Lived(
                    report.ref,
                    case.ref,
                    report.record.ref,
                    local_date(report.event.when),
                    case.classification,
                    case.tier == Tier.RESTRICTED,
                )
            )

    # --- Contacts -------------------------------------------------------------------------------------

    def _voice(self, case: CasePlan) -> Voice:
        person = case.first.person
        name = (person.organisation or person.given) if person else "the person who reported it"
        return Voice(name, person.gender if person else "other", agency="the partner")

    def _contacts(self, case: CasePlan, voice: Voice, end: datetime, dice: Dice) -> None:
        worker = case.lead_worker or (case.created_by if case.first.agency == case.lead else "")
        if not worker:
            return
        contacts = Contacts(case, worker, voice, self.office, dice)
        for report in case.reports:
            self._acknowledge(case, contacts, report, dice)
            if report.record is not None and case.triaged_at is not None:
                self._reach(case, contacts, report, report.record, end, dice)
        self._keep_informed(case, contacts, end, dice)
        case.contacts = sorted((c for c in case.contacts if c.at <= end), key=lambda contact: contact.at)

    def _acknowledge(self, case: CasePlan, contacts: Contacts, report: Report, dice: Dice) -> None:
        if report.reporter is ReporterKind.ANONYMOUS or report.no_contact or not dice.chance(0.97):
            return
        limit = due_at(report.received_at, 1, self.office.holidays)
        start = max(report.entered_at, case.created_at)
        at = self.office.by(start, limit, self._skill(case) + 0.05, dice, early=0.6)
        own = report.reporter is ReporterKind.VICTIM and report.record is not None and dice.chance(0.35)
        contacts.acknowledge(report, max(at, start), report.record if own else None)

    def _reach(
        self, case: CasePlan, contacts: Contacts, report: Report, record: Record, end: datetime, dice: Dice
    ) -> None:
        limit = due_at(report.received_at, _CONTACT_WORKING_DAYS[Priority(case.priority)], self.office.holidays)
        start = max(report.entered_at, case.created_at) + timedelta(minutes=10)
        fate = dice.random()
        if fate < 0.05:
            contacts.fail(record, self.office.between(start, limit, dice, early=0.4))
        elif fate < 0.97:
            at = self.office.by(start, limit, self._skill(case), dice, early=0.9)
            contacts.reach(record, max(at, start), dice.pick((0, 0, 0, 1, 1, 2)))

    def _keep_informed(self, case: CasePlan, contacts: Contacts, end: datetime, dice: Dice) -> None:
        if case.triaged_at is None or case.first.record is None:
            return
        at = case.triaged_at + timedelta(days=10)
        for _ in range(4):
            if at >= end:
                break
            contacts.later(case.first.record, self.office.after(at, 0, 3, dice))
            at += timedelta(days=dice.whole(14, 35))

    # --- How it stands --------------------------------------------------------------------------------

    def _finish(self, case: CasePlan, dice: Dice) -> None:
        clocks_of(case, self.standards, self.office)
        self._status(case, dice)
        self._exclude(case, dice)
        moments = [case.created_at, case.triaged_at, case.closed_at]
        moments += [n.at for n in case.notes] + [c.at for c in case.contacts] + [a.at for a in case.assessments]
        moments += [t.closed_at or t.accepted_at or t.created_at for t in case.tasks]
        moments += [change.at for change in case.changes]
        case.updated_at = max(moment for moment in moments if moment is not None)

    def _status(self, case: CasePlan, dice: Dice) -> None:
        if case.closed_at is not None:
            case.status = CaseStatus.CLOSED.value
        elif case.triaged_at is None:
            case.status = dice.pick((CaseStatus.NEW, CaseStatus.NEW, CaseStatus.TRIAGE)).value
        elif dice.chance(_HELD) and case.first.record is not None:
            self._hold(case, dice)
        elif len(case.assessments) > 1 and case.band == Band.STANDARD:
            case.status = CaseStatus.MONITORING.value
        else:
            case.status = CaseStatus.OPEN.value

    def _hold(self, case: CasePlan, dice: Dice) -> None:
        """The victim asked to wait: an exception, not a way of meeting a limit (docs/domain.md §3.3)."""
        case.status = CaseStatus.ON_HOLD.value
        for row in case.clocks:
            if row.met_at is None and row.outcome == "" and row.plan.due_at and row.plan.kind in ("K3", "K4", "K9"):
                paused = row.plan.starts_at + (row.plan.due_at - row.plan.starts_at) * 0.5
                if paused < self.office.end:
                    row.paused_at, row.pause_reason = paused, "victim_request"
