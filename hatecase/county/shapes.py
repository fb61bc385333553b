"""The plan of a case: plain values, before any of it is a row. Agencies stand by code, staff by their key."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from hatecase.county.people import Person, Record
from hatecase.county.scenes import Event
from incidents.choices import Channel, ReporterKind
from incidents.rules.clocks import ClockPlan
from incidents.rules.risk import Result


@dataclass(slots=True)
class Alleged:
    """An alleged perpetrator as one case's record: named only where the law lets a name be kept."""

    ref: str
    uid: uuid.UUID
    status: str
    description: str
    relationship: str
    district: str
    agency: str
    created_at: datetime
    given_name: str = ""
    family_name: str = ""
    date_of_birth: date | None = None
    reported: dict[str, str] = field(default_factory=dict)
    number: int = 0


@dataclass(slots=True)
class Report:
    """One incident as it was reported and keyed."""

    ref: str
    submission: uuid.UUID
    event: Event
    person: Person | None
    record: Record | None
    record_is_new: bool
    received_at: datetime
    entered_at: datetime
    channel: Channel
    reporter: ReporterKind
    reporter_name: str
    reporter_contact: str
    no_contact: bool
    agency: str
    entered_by: str
    perceived_by: str
    district: str
    crime: bool = False
    classified: str = "undetermined"
    narrative: str = ""
    triage_answers: dict[str, bool] = field(default_factory=dict)
    priority: str = ""
    reasons: list[str] = field(default_factory=list)
    alleged: list[tuple[Alleged, bool]] = field(default_factory=list)


@dataclass(slots=True)
class Grant:
    """A disclosure to an agency, or the lead agency's own access."""

    agency: str
    level: str
    source: str
    starts_at: datetime
    uid: uuid.UUID
    purpose: str = ""
    gateway: str = ""
    until: datetime | None = None
    ended_at: datetime | None = None
    by: str = ""
    source_ref: str = ""


@dataclass(slots=True)
class Assessment:
    """A submitted assessment."""

    at: datetime
    by: str
    answers: dict[str, Any]
    safety: dict[str, bool]
    present: str
    facts: dict[str, bool]
    result: Result
    review: ClockPlan | None
    uids: tuple[uuid.UUID, uuid.UUID]


@dataclass(slots=True)
class Contact:
    """A contact with a victim or with whoever reported."""

    at: datetime
    method: str
    direction: str
    result: str
    note: str
    by: str
    agency: str
    uids: tuple[uuid.UUID, uuid.UUID]
    record: Record | None = None
    with_reporter: bool = False
    acknowledgement: bool = False
    emergency: str = ""


@dataclass(slots=True)
class Note:
    """A note in the chronology."""

    at: datetime
    text: str
    by: str
    agency: str
    uids: tuple[uuid.UUID, uuid.UUID]


@dataclass(slots=True)
class Task:
    """Something that one agency asked of another."""

    ref: str
    submission: uuid.UUID
    title: str
    detail: str
    agency: str
    assignee: str
    asked_by: str
    asked_by_agency: str
    created_at: datetime
    due_at: datetime
    state: str
    accepted_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: str = ""
    outcome: str = ""


@dataclass(slots=True)
class ClockRow:
    """A clock with what met it."""

    plan: ClockPlan
    report: Report | None
    met_at: datetime | None = None
    outcome: str = ""
    closed_at: datetime | None = None
    paused_at: datetime | None = None
    pause_reason: str = ""


@dataclass(slots=True)
class Change:
    """A decision about the classification."""

    before: str
    after: str
    reason: str
    by: str
    at: datetime
    crime_reference: str = ""


@dataclass(slots=True)
class CasePlan:
    """A case with everything in it."""

    number: int
    ref: str
    lead: str
    created_at: datetime
    created_by: str
    received_at: datetime
    district: str
    victim_district: str
    priority: str
    strands: int
    summary: str
    reports: list[Report]
    spike: int | None = None
    fresh: bool = False
    classification: str = "undetermined"
    status: str = "new"
    tier: str = "team"
    lead_worker: str = ""
    triaged_at: datetime | None = None
    closed_at: datetime | None = None
    updated_at: datetime | None = None
    band: str = ""
    review_due_at: datetime | None = None
    grants: list[Grant] = field(default_factory=list)
    people: list[tuple[str, str]] = field(default_factory=list)
    exclusions: list[tuple[str, str, str]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    clocks: list[ClockRow] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    assessments: list[Assessment] = field(default_factory=list)

    @property
    def tags(self) -> frozenset[str]:
        """What is true of the case, for lines that fit only then."""
        first = self.first
        found = set(first.event.tags)
        if self.classification.startswith("crime"):
            found.add("crime")
        if any(alleged.given_name for alleged, _ in first.alleged):
            found.add("named")
        if first.person is not None:
            found.add("victim")
            if first.person.language != "en":
                found.add("interpreter")
        return frozenset(found)

    @property
    def first(self) -> Report:
        """The report that opened the case."""
        return self.reports[0]

    def grants_at(self, moment: datetime) -> dict[str, Grant]:
        """The agencies with access at an instant, each with one of its grants."""
        return {
            g.agency: g
            for g in self.grants
            if g.starts_at <= moment
            and (g.until is None or g.until > moment)
            and (g.ended_at is None or g.ended_at > moment)
        }
