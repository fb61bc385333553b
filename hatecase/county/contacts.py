"""Contacts with victims and reporters, inside what the victim said is safe, and the clocks that they meet.

Rules: docs/domain.md §3.3 and §10.4; contract: K1 by an acknowledgement to the reporter, K3 by a two-way contact.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from hatecase.county.dice import Dice, Table
from hatecase.county.office import Office
from hatecase.county.people import Record
from hatecase.county.shapes import CasePlan, ClockRow, Contact, Report
from hatecase.county.words import Voice, fitting
from incidents.choices import ClockKind, ContactDirection, ContactMethod, ContactResult
from incidents.rules import clocks
from incidents.rules.safe_contact import SafeContact, contact_problems, windows_parse

_METHODS = Table(
    (
        (ContactMethod.PHONE, 64),
        (ContactMethod.TEXT, 12),
        (ContactMethod.EMAIL, 10),
        (ContactMethod.IN_PERSON, 10),
        (ContactMethod.VIDEO, 4),
    )
)
_TRIES = 8
OUT, IN = ContactDirection.OUTBOUND, ContactDirection.INBOUND
TWO_WAY, ATTEMPT = ContactResult.TWO_WAY, ContactResult.ATTEMPT


class Contacts:
    """Makes the contacts of one case."""

    def __init__(self, case: CasePlan, worker: str, voice: Voice, office: Office, dice: Dice) -> None:
        self.case, self.worker, self.voice, self.office, self.dice = case, worker, voice, office, dice

    def acknowledge(self, report: Report, at: datetime, victim: Record | None) -> None:
        """Thank whoever reported, with the reference: what meets K1."""
        self._add(at, OUT, TWO_WAY, "contact ack", victim, acknowledgement=True, with_reporter=victim is None)

    def reach(self, record: Record, at: datetime, tries: int) -> None:
        """Speak with the victim at last, after some attempts on earlier days."""
        for back in range(tries, 0, -1):
            before = at - timedelta(days=back, hours=self.dice.whole(0, 5))
            if before > self.case.created_at:
                self._add(before, OUT, ATTEMPT, "contact attempt", record)
        self._add(at, IN if self.dice.chance(0.12) else OUT, TWO_WAY, "contact two_way", record)

    def fail(self, record: Record, start: datetime) -> None:
        """Three attempts on three days by two methods, without an answer: K3 counts as attempted."""
        at = start
        methods = (ContactMethod.PHONE, ContactMethod.TEXT, ContactMethod.PHONE)
        for method in methods:
            self._add(at, OUT, ATTEMPT, "contact attempt", record, method=method)
            at = self.office.after(at, 1, 1, self.dice)

    def later(self, record: Record, at: datetime) -> None:
        """One of the calls that keep a victim informed."""
        result = TWO_WAY if self.dice.chance(0.78) else ATTEMPT
        self._add(at, OUT, result, f"contact {result.value}", record)

    def _add(
        self,
        at: datetime,
        direction: ContactDirection,
        result: ContactResult,
        heading: str,
        record: Record | None,
        *,
        method: ContactMethod | None = None,
        acknowledgement: bool = False,
        with_reporter: bool = False,
    ) -> None:
        method, at, emergency = self._safe(record, method, at) if direction is OUT and record else (method, at, "")
        if at >= self.office.end:
            return
        method = method or self.dice.draw(_METHODS)
        self.case.contacts.append(
            Contact(
                at=at,
                method=method,
                direction=direction,
                result=result,
                note=self._note(heading, method),
                by=self.worker,
                agency=self.case.lead,
                uids=(self.dice.uid(), self.dice.uid()),
                record=record,
                with_reporter=with_reporter,
                acknowledgement=acknowledgement,
                emergency=emergency,
            )
        )

    def _note(self, heading: str, method: ContactMethod) -> str:
        tags = self.case.tags
        lines = fitting("working", f"{heading} {method.value}", tags) or fitting("working", heading, tags)
        return self.voice.say(self.dice.pick(lines))

    def _safe(self, record: Record, method: ContactMethod | None, at: datetime) -> tuple[ContactMethod, datetime, str]:
        """A method and a time that the victim agreed to; where none is found, the reason for going on all the same."""
        values = record.values
        safe = SafeContact(
            frozenset(values.get("safe_channels", ())),
            windows_parse(values.get("do_not_contact", ())),
            values.get("letters_safe", "not_asked"),
        )
        wanted = method or self.dice.draw(_METHODS)
        for _ in range(_TRIES):
            if not contact_problems(safe, at, wanted):
                return wanted, at, ""
            if safe.channels and wanted not in safe.channels:
                wanted = ContactMethod(self.dice.pick(sorted(safe.channels)))
            else:
                at += timedelta(hours=1)
        return wanted, at, "Risk to life: the victim had to be told at once."


def clocks_of(case: CasePlan, standards: list, office: Office) -> None:
    """The clocks of every incident, met by what was done; the same reckoning as the product's services."""
    for report in case.reports:
        plans = clocks.clocks_from_receipt(
            case.priority if report is case.first else min(case.priority, report.priority),
            report.received_at,
            standards,
            office.holidays,
            reporter_reachable=report.reporter.value != "anonymous" and not report.no_contact,
            victim_reachable=report.record is not None,
        )
        case.clocks += [_clock(case, plan, report) for plan in plans]
    for place, assessment in enumerate(case.assessments):
        if assessment.review is not None:
            following = case.assessments[place + 1 :]
            met = following[0].at if following else None
            case.clocks.append(ClockRow(assessment.review, None, met, "met" if met else "", met))
    for row in case.clocks:
        if row.closed_at is None and case.closed_at is not None:
            row.closed_at = case.closed_at
            if row.plan.due_at is not None and row.plan.due_at > case.closed_at:
                # The case was closed before it fell due: neither met nor missed.
                row.outcome = "not_applicable"


def _clock(case: CasePlan, plan: clocks.ClockPlan, report: Report) -> ClockRow:
    if plan.due_at is None:
        return ClockRow(plan, report, outcome="not_applicable", closed_at=plan.starts_at)
    met, outcome = _MET_BY[plan.kind](case, plan, report)
    return ClockRow(plan, report, met, outcome, met)


_Met = tuple[datetime | None, str]


def looked_at(case: CasePlan, report: Report) -> datetime | None:
    """When somebody of the lead agency first looked at a report: logging it counts."""
    if report.agency == case.lead:
        return report.entered_at
    return case.triaged_at


def _duty_check(case: CasePlan, plan: clocks.ClockPlan, report: Report) -> _Met:
    looked = looked_at(case, report)
    return (looked, "met") if looked else (None, "")


def _acknowledged(case: CasePlan, plan: clocks.ClockPlan, report: Report) -> _Met:
    at = min((c.at for c in case.contacts if c.acknowledgement and c.at >= plan.starts_at), default=None)
    return (at, "met") if at else (None, "")


def _triaged(case: CasePlan, plan: clocks.ClockPlan, report: Report) -> _Met:
    if case.triaged_at is None:
        return None, ""
    # A further incident is looked at when it is keyed: the case is triaged already.
    return max(case.triaged_at, report.entered_at), "met"


def _contacted(case: CasePlan, plan: clocks.ClockPlan, report: Report) -> _Met:
    theirs = [c for c in case.contacts if c.record is not None and c.at >= plan.starts_at]
    spoken = min((c.at for c in theirs if c.result == TWO_WAY), default=None)
    attempts = (clocks.Attempt(c.at, c.method) for c in theirs if c.result == ATTEMPT and c.direction == OUT)
    tried = clocks.attempts_complete_at(attempts, plan.starts_at)
    if tried is not None and (spoken is None or tried < spoken):
        return tried, "attempted"
    return (spoken, "met") if spoken else (None, "")


def _assessed(case: CasePlan, plan: clocks.ClockPlan, report: Report) -> _Met:
    at = min((a.at for a in case.assessments if a.at >= plan.starts_at), default=None)
    return (at, "met") if at else (None, "")


_MET_BY = {
    ClockKind.K0: _duty_check,
    ClockKind.K1: _acknowledged,
    ClockKind.K2: _triaged,
    ClockKind.K3: _contacted,
    ClockKind.K4: _assessed,
}
