"""What a briefing pack holds: the meeting's own page and each case's own page, as the recipient may see them.

Nothing is read here that those pages would not show to the same reader; less is: addresses, telephone numbers and
whatever else the room does not need are left out (docs/domain.md §5.4, §6.4).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from django.db.models import F, Q

from hasbag import rules
from hasbag.models import Meeting
from hasbag.selectors.agenda import AgendaLine
from hasbag.selectors.meeting import MeetingPage, meeting_page, meetings_visible
from incidents.choices import BAND_RANK, HOMES, Band, TaskState
from incidents.choices.involved import InvolvedRole
from incidents.models import ClassificationChange, RiskAssessment, Task
from incidents.rules.fields import Paper
from incidents.rules.risk import answer_lines
from incidents.selectors.case_incidents import IncidentView
from incidents.selectors.case_page import CasePage, case_get, case_page
from incidents.selectors.case_people import VictimView
from incidents.selectors.chronology import Entry
from incidents.selectors.involved import InvolvedView
from incidents.selectors.text import task_asked_by, task_closed_by, text_shown
from incidents.services.clock import holidays_all
from kernel import clock
from kernel.actors import Actor
from kernel.working_days import local_date
from victims.selectors import Row

ENTRIES_SHOWN = 8
INCIDENTS_SHOWN = 2
ASSESSMENTS_SHOWN = 3
_NOT_PRINTED = frozenset({"Code word", "People who must not know", "Someone else to contact"})
_IMPACT = ("D1", "D2", "D3", "D5", "D6")


@dataclass(frozen=True)
class Action:
    """One task of a listed case in the action log."""

    ref: str
    case_ref: str
    number: int
    title: str
    who: str
    due_at: dt.datetime
    status: str
    late: bool
    days_overdue: int
    outcome: str
    is_open: bool


@dataclass(frozen=True)
class AgencyActions:
    """The action log of one agency."""

    agency: str
    actions: tuple[Action, ...]

    @property
    def overdue(self) -> int:
        """How many are overdue."""
        return sum(action.late for action in self.actions)


@dataclass(frozen=True)
class Section:
    """The score of one section of an assessment, and how much of its most it is, in quarters."""

    letter: str
    name: str
    score: int
    most: int

    @property
    def quarter(self) -> int:
        """None, a quarter, half, three quarters or nearly all: 0 to 4."""
        return round(4 * self.score / self.most) if self.most else 0


@dataclass(frozen=True)
class RiskLine:
    """One assessment as a row: when, how much, and what made it so."""

    at: dt.datetime
    risk: int
    protection: int
    total: int
    band: str
    rules: str
    gaps: int


@dataclass(frozen=True)
class Sheet:
    """One case as the meeting discusses it."""

    line: AgendaLine
    page: CasePage
    incidents: tuple[IncidentView, ...]
    incidents_more: int
    impact: tuple[Row, ...]
    sections: tuple[Section, ...]
    risks: tuple[RiskLine, ...]
    chronology: tuple[Entry, ...]
    actions: tuple[Action, ...]
    crime_references: tuple[str, ...]
    readers: tuple[tuple[str, list[str]], ...]
    options: tuple[tuple[str, str], ...] = rules.OPTIONS


@dataclass(frozen=True)
class Briefing:
    """Everything in a pack."""

    page: MeetingPage
    sheets: tuple[Sheet, ...]
    action_log: tuple[AgencyActions, ...]
    destroy_by: dt.datetime
    next_meeting: Meeting | None
    sees_victims: bool
    sees_perpetrators: bool

    @property
    def case_ids(self) -> list[int]:
        """The cases inside."""
        return [line.case_id for line in self.page.agenda]


def briefing(reader: Actor, meeting_ref: str) -> Briefing:
    """The content of a pack for its reader. Nine queries for the meeting, five for all cases, eight for each case."""
    page = meeting_page(reader, meeting_ref)
    case_ids = [line.case_id for line in page.agenda]
    assessments = _assessments(reader, case_ids)
    actions = _actions(reader, page)
    crimes = _crime_references(reader, case_ids)
    sheets = tuple(
        _sheet(reader, line, assessments[line.case_id], actions, crimes[line.case_id])
        for line in sheet_order(page.agenda)
    )
    following = meetings_visible(reader).filter(
        area=page.meeting.area, starts_at__gt=page.meeting.starts_at, cancelled_at=None
    )
    return Briefing(
        page=page,
        sheets=sheets,
        action_log=tuple(_by_agency(actions)),
        destroy_by=rules.destroy_by(page.meeting.starts_at, holidays_all()),
        next_meeting=following.order_by("starts_at").first(),
        sees_victims=reader.sees_victims,
        sees_perpetrators=reader.sees_perpetrators,
    )


def sheet_order(lines: Iterable[AgendaLine]) -> list[AgendaLine]:
    """New cases first, then reviews, each from the highest risk down."""
    return sorted(
        lines,
        key=lambda line: (line.discussed_before, -BAND_RANK.get(line.band, 0), -(line.risk_total or 0), line.number),
    )


def _sheet(
    reader: Actor,
    line: AgendaLine,
    assessments: list[RiskAssessment],
    actions: list[tuple[str, Action]],
    crimes: list[str],
) -> Sheet:
    page = case_page(actor=reader, case=case_get(actor=reader, ref=line.case_ref), printed=Paper.PACK)
    latest = assessments[0] if assessments else None
    return Sheet(
        line=line,
        page=replace(
            page,
            victims=[_without_contact(victim) for victim in page.victims],
            involved=[_name_alone(person) for person in page.involved if person.role != InvolvedRole.REPORTER.label],
        ),
        incidents=tuple(_without_home(view) for view in page.incidents[:INCIDENTS_SHOWN]),
        incidents_more=max(0, len(page.incidents) - INCIDENTS_SHOWN),
        impact=_impact(latest) if latest and reader.sees_victims else (),
        sections=_sections(latest) if latest and reader.sees_victims else (),
        risks=tuple(_risk_line(row) for row in assessments[:ASSESSMENTS_SHOWN]),
        chronology=_since(page, line.last_meeting_at),
        actions=tuple(action for _, action in actions if action.case_ref == line.case_ref),
        crime_references=tuple(dict.fromkeys(crimes)),
        readers=_readers(page),
    )


# --- People and places ---------------------------------------------------------------------------


def _without_contact(victim: VictimView) -> VictimView:
    """A victim without address and telephone, and without what only those who make contact have to know."""
    rows = None
    if victim.safe_contact is not None:
        rows = [row for row in victim.safe_contact if row[0] not in _NOT_PRINTED]
    return replace(victim, contact=None, safe_contact=rows)


def _name_alone(person: InvolvedView) -> InvolvedView:
    """Somebody further with what a meeting has to know: who they are, and how they stand to others."""
    return replace(person, contact=None, address=None, notes="")


def _without_home(view: IncidentView) -> IncidentView:
    """An incident without its reporter, and without the place where somebody lives: its kind and district are printed."""
    home = view.row.place_type in HOMES
    return replace(view, reporter=None, place=[row for row in view.place if not (home and row[0] == "Place")])


# --- Risk ----------------------------------------------------------------------------------------


def _assessments(reader: Actor, case_ids: list[int]) -> defaultdict[int, list[RiskAssessment]]:
    """Every assessment of these cases, latest first. One query."""
    found: defaultdict[int, list[RiskAssessment]] = defaultdict(list)
    rows = RiskAssessment.objects.visible_to(reader).filter(case_id__in=case_ids).select_related("tool")
    for row in rows.order_by("-assessed_at", "-id"):
        found[row.case_id].append(row)
    return found


def _impact(row: RiskAssessment) -> tuple[Row, ...]:
    """What it does to the victim, in the words of the assessment."""
    lines = answer_lines(row.tool.definition, row.answers, row.safety)
    return tuple(
        (line.question, line.answer) for line in lines if line.id in _IMPACT and line.answer != "Not answered"
    )


def _sections(row: RiskAssessment) -> tuple[Section, ...]:
    names: dict[str, str] = row.tool.definition["sections"]
    most: defaultdict[str, int] = defaultdict(int)
    for item in row.tool.definition["items"]:
        most[item["section"]] += max(option["score"] for option in item["options"])
    return tuple(
        Section(letter, names.get(letter, letter), score, most[letter])
        for letter, score in sorted(row.subtotals.items())
    )


def _risk_line(row: RiskAssessment) -> RiskLine:
    return RiskLine(
        at=row.assessed_at,
        risk=row.risk,
        protection=row.protection,
        total=row.total,
        band=str(Band(row.final_band).label),
        rules=", ".join((*row.triggers, *row.floors)),
        gaps=row.gaps,
    )


# --- What was done -------------------------------------------------------------------------------


def _since(page: CasePage, last_meeting_at: dt.datetime | None) -> tuple[Entry, ...]:
    """What was done since the case was last before a meeting, or ever for a new one; incidents, assessments, tasks and
    sharing have places of their own on the sheet."""
    entries = (
        entry
        for entry in page.chronology.entries
        if entry.kind not in ("task", "risk", "incident", "change")
        and entry.href != "#sharing"
        and (last_meeting_at is None or entry.at >= last_meeting_at)
    )
    return tuple(entries)[:ENTRIES_SHOWN]


def _readers(page: CasePage) -> tuple[tuple[str, list[str]], ...]:
    """Who sees the case, by what they may do in it, the most first."""
    found: dict[str, list[str]] = {}
    for share in page.shares:
        agencies = found.setdefault(share.level, [])
        if share.agency not in agencies:
            agencies.append(share.agency)
    return tuple(found.items())


def _actions(reader: Actor, page: MeetingPage) -> list[tuple[str, Action]]:
    """The tasks of the listed cases that are open, or were closed since the area's meeting before, with their
    agencies. Two queries."""
    number = {line.case_id: line.number for line in page.agenda}
    before = (
        meetings_visible(reader)
        .filter(area=page.meeting.area, starts_at__lt=page.meeting.starts_at, cancelled_at=None)
        .values_list("starts_at", flat=True)
        .first()
    )
    since = before or page.meeting.starts_at - dt.timedelta(days=35)
    rows = (
        Task.objects.visible_to(reader)
        .filter(Q(closed_at=None) | Q(closed_at__gte=since), case_id__in=number)
        .select_related("case", "agency", "assignee")
        .annotate(
            title_shown=text_shown(reader, F("case_id"), F("title"), task_asked_by(reader)),
            outcome_shown=text_shown(reader, F("case_id"), F("outcome"), task_closed_by(reader)),
        )
        .order_by("agency__name", F("closed_at").asc(nulls_first=True), "due_at", "ref")
    )
    now = clock.now()
    return [(row.agency.name, _action(row, number[row.case_id], now)) for row in rows]


def _action(row: Any, number: int, now: dt.datetime) -> Action:
    is_open = TaskState(row.state).is_open
    late = is_open and row.due_at <= now
    return Action(
        ref=row.ref,
        case_ref=row.case.ref,
        number=number,
        title=row.title_shown,
        who=row.assignee.name if row.assignee else "",
        due_at=row.due_at,
        status="Not done" if late else str(TaskState(row.state).label),
        late=late,
        days_overdue=(local_date(now) - local_date(row.due_at)).days if late else 0,
        outcome=row.outcome_shown or "",
        is_open=is_open,
    )


def _by_agency(actions: list[tuple[str, Action]]) -> Iterable[AgencyActions]:
    for agency, group in groupby(actions, key=lambda pair: pair[0]):
        yield AgencyActions(agency, tuple(action for _, action in group))


def _crime_references(reader: Actor, case_ids: list[int]) -> defaultdict[int, list[str]]:
    """The crime references of these cases, latest first. One query."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    rows = ClassificationChange.objects.visible_to(reader).filter(case_id__in=case_ids).exclude(crime_reference="")
    for case_id, reference in rows.order_by("-at").values_list("case_id", "crime_reference"):
        found[case_id].append(reference)
    return found
