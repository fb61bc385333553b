"""Meetings: the list, one meeting's page, and who may be invited."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db.models import QuerySet

from agencies.choices import AgencyType, Area
from agencies.models import Agency
from hasbag import rules
from hasbag.choices import AttendanceState, ItemState
from hasbag.models import AgendaItem, Attendance, Meeting
from hasbag.scoping import chair_agencies, is_chair
from hasbag.selectors.agenda import AgendaLine, agenda_lines
from hasbag.selectors.pack import PackRow, packs_of_meeting
from incidents.scoping import DECIDERS
from incidents.services.clock import holidays_all
from kernel import clock
from kernel.actors import Actor

LIST_LIMIT = 50
CASEWORK_TYPES = [kind.value for kind in AgencyType if kind.is_casework]


@dataclass(frozen=True)
class MeetingRow:
    """A meeting in a list."""

    ref: str
    area: str
    starts_at: dt.datetime
    venue: str
    chair_agency: str
    state: str

    @property
    def title(self) -> str:
        """The name of the group that meets."""
        return group_name(self.area)


@dataclass(frozen=True)
class AttendanceLine:
    """A member agency's answer to the invitation."""

    agency_id: int
    agency: str
    code: str
    state: AttendanceState
    name: str
    mine: bool


@dataclass(frozen=True)
class MeetingPage:
    """Everything that a meeting's page shows, as one actor may see it."""

    meeting: Meeting
    title: str
    state: str
    chair_name: str
    freeze_at: dt.datetime
    frozen: bool
    attendance: list[AttendanceLine]
    agenda: list[AgendaLine]
    removed: list[AgendaLine]
    packs: list[PackRow]
    may_chair: bool
    may_sign: bool
    releasable: frozenset[uuid.UUID]
    release_ends_at: dt.datetime | None
    release_over: bool

    @property
    def mine(self) -> list[AttendanceLine]:
        """The agencies for which the actor answers the invitation."""
        return [line for line in self.attendance if line.mine]

    @property
    def minutes(self) -> int:
        """How long the agenda takes, in minutes."""
        return sum(line.minutes for line in self.agenda)


def group_name(area: str) -> str:
    """What the meeting of an area is called."""
    return f"HASBAG, {Area(area).label}"


def meetings_visible(actor: Actor) -> QuerySet[Meeting]:
    """The meetings that the actor's agencies are members of, newest first, for lists and the API."""
    return Meeting.objects.visible_to(actor).select_related("chair_agency", "chair").order_by("-starts_at", "-pk")


def meetings_for_list(actor: Actor, *, show: str = "") -> list[MeetingRow]:
    """A list of meetings: to come (soonest first), `past` (latest first), or `mine`, those that the actor's own
    agencies chair. At most fifty. One query."""
    now = clock.now()
    found = meetings_visible(actor).filter(cancelled_at=None)
    if show == "past":
        found = found.filter(starts_at__lt=now)
    elif show == "mine":
        found = found.filter(chair_agency_id__in=actor.agency_ids)
    else:
        found = found.filter(starts_at__gte=now).order_by("starts_at", "pk")
    return [_row(meeting, now) for meeting in found[:LIST_LIMIT]]


def _row(meeting: Meeting, now: dt.datetime) -> MeetingRow:
    return MeetingRow(
        ref=meeting.ref,
        area=meeting.area,
        starts_at=meeting.starts_at,
        venue=meeting.venue,
        chair_agency=meeting.chair_agency.name,
        state=meeting_state(meeting, now),
    )


def meeting_state(meeting: Meeting, now: dt.datetime) -> str:
    """In a word: to come, held (until the minutes are signed), or signed off. No query."""
    if meeting.minutes_signed_at:
        return "Minutes signed"
    return "To come" if meeting.starts_at > now else "Held"


def meeting_get(actor: Actor, ref: str) -> Meeting:
    """One meeting by its reference. Raises Meeting.DoesNotExist, also for one out of the actor's sight. One query."""
    return meetings_visible(actor).get(ref=ref)


def item_get(actor: Actor, meeting: Meeting, uid: uuid.UUID | str) -> AgendaItem:
    """One item of a meeting, on the agenda or taken off. Raises AgendaItem.DoesNotExist. One query."""
    return (
        AgendaItem.objects.visible_to(actor)
        .select_related("case__lead_agency", "meeting")
        .get(meeting=meeting, uid=uid)
    )


def meeting_page(actor: Actor, ref: str) -> MeetingPage:
    """A meeting with its agenda, attendance and packs, as the actor may see them.

    Nothing tells of a case that the actor may not see: no line, no count, no gap in the numbers. Raises
    Meeting.DoesNotExist. Nine queries whatever the length of the agenda.
    """
    meeting = meeting_get(actor, ref)
    now, holidays = clock.now(), holidays_all()
    lines = agenda_lines(actor, meeting, states=(ItemState.LISTED, ItemState.REMOVED))
    freeze_at = rules.pack_freeze_at(meeting.starts_at, holidays)
    may_chair = is_chair(actor, meeting)
    signed_at = meeting.minutes_signed_at
    release_ends_at = rules.release_ends_at(signed_at, holidays) if signed_at else None
    return MeetingPage(
        meeting=meeting,
        title=group_name(meeting.area),
        state=meeting_state(meeting, now),
        chair_name=meeting.chair.name if meeting.chair else meeting.chair_agency.name,
        freeze_at=freeze_at,
        frozen=now > freeze_at,
        attendance=attendance_lines(actor, meeting),
        agenda=_numbered(line for line in lines if not line.removed),
        removed=_numbered(line for line in lines if line.removed),
        packs=packs_of_meeting(actor, meeting),
        may_chair=may_chair,
        may_sign=may_chair and signed_at is None and meeting.starts_at <= now,
        releasable=_releasable(actor, meeting, lines),
        release_ends_at=release_ends_at,
        release_over=release_ends_at is not None and release_ends_at <= now,
    )


def _numbered(lines: Iterable[AgendaLine]) -> list[AgendaLine]:
    return [replace(line, number=number) for number, line in enumerate(lines, start=1)]


def _releasable(actor: Actor, meeting: Meeting, lines: Iterable[AgendaLine]) -> frozenset[uuid.UUID]:
    """The lines that the actor's own agency leads, where the actor decides about sharing. No query."""
    if meeting.minutes_signed_at:
        return frozenset()
    return frozenset(
        line.uid for line in lines if not line.removed and actor.has_role(*DECIDERS, agency_id=line.lead_agency_id)
    )


def attendance_lines(actor: Actor, meeting: Meeting) -> list[AttendanceLine]:
    """Every member agency with its answer, by name. One query."""
    rows = Attendance.objects.visible_to(actor).filter(meeting=meeting).select_related("agency")
    return [
        AttendanceLine(
            agency_id=row.agency_id,
            agency=row.agency.name,
            code=row.agency.code,
            state=AttendanceState(row.state),
            name=row.name,
            mine=row.agency_id in actor.agency_ids,
        )
        for row in rows
    ]


def member_choices(area: str = "") -> list[Agency]:
    """The agencies that work cases, those of one area or of both; who may be invited. One query."""
    found = Agency.objects.filter(is_active=True, type__in=CASEWORK_TYPES)
    return list(found.filter(areas__contains=[area]) if area else found)


def member_get(meeting: Meeting, agency_id: int) -> Agency:
    """A member of a meeting. Raises Agency.DoesNotExist for any other agency. One query."""
    return Agency.objects.filter(pk__in=meeting.agency_ids).get(pk=agency_id)


def chair_areas(actor: Actor) -> list[Area]:
    """The areas for which the actor may call a meeting: those of the agencies that the actor chairs for. One query."""
    areas = Agency.objects.filter(pk__in=chair_agencies(actor)).values_list("areas", flat=True)
    wanted = {area for listed in areas for area in listed}
    return [area for area in Area if area.value in wanted]
