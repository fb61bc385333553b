"""Calling a meeting, answering the invitation, signing the minutes off."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from typing import Any

from django.db import IntegrityError, transaction

from agencies.choices import Area
from agencies.models import Agency
from hasbag import rules, tasks
from hasbag.choices import AttendanceState
from hasbag.models import Attendance, Meeting
from hasbag.scoping import chair_agencies, is_chair
from hasbag.selectors.meeting import member_choices
from incidents.models import CaseGrant
from incidents.services.access import access_rebuild
from incidents.services.clock import holidays_all
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError
from kernel.models import AuditOperation
from kernel.queue import enqueue
from kernel.references import reference_make

VENUE_LIMIT = 200
_TRIES = 5


def meeting_create(
    *,
    actor: Actor,
    area: str,
    starts_at: dt.datetime,
    venue: str = "",
    agency_ids: Collection[int] | None = None,
    submission_id: uuid.UUID | None = None,
) -> Meeting:
    """Call a meeting of an area, as a chair of it. The members are the agencies that work cases there, unless others
    are named; the chair's own agency always is one. The system chooses the agenda afterwards (docs/domain.md §6.3).

    The same `submission_id` twice gives the first meeting. Raises ForbiddenError for whoever chairs no meeting of the
    area, RuleError with the field that is wrong.
    """
    if area not in Area.values:
        raise RuleError("Choose an area: north or west.", "area")
    home = require_area_chair(actor, area)
    if starts_at <= clock.now():
        raise RuleError("When it starts must be in the future.", "starts_at")
    if len(venue) > VENUE_LIMIT:
        raise RuleError(f"Venue must be {VENUE_LIMIT} characters or fewer.", "venue")
    submission_id = submission_id or uuid.uuid4()
    earlier = _submitted(actor, submission_id)
    if earlier is not None:
        return earlier
    members = _members(area, home, agency_ids)
    values = {
        "submission_id": submission_id,
        "area": area,
        "starts_at": starts_at,
        "venue": venue.strip(),
        "chair_agency": home,
        "chair_id": actor.user_id,
        "agency_ids": [member.pk for member in members],
        "created_at": clock.now(),
    }
    try:
        with transaction.atomic():
            return _create(actor, values, members)
    except IntegrityError:
        earlier = _submitted(actor, submission_id)
        if earlier is None:
            raise
        return earlier


def require_area_chair(actor: Actor, area: str = "") -> Agency:
    """The agency for which the actor chairs meetings, of an area where one is named. One query.

    Raises ForbiddenError for whoever chairs none.
    """
    mine = Agency.objects.filter(pk__in=chair_agencies(actor))
    home = (mine.filter(areas__contains=[area]) if area else mine).first()
    if home is None:
        raise ForbiddenError("Only a chair of this area’s meetings can call one.", "area")
    return home


def _submitted(actor: Actor, submission_id: uuid.UUID) -> Meeting | None:
    return Meeting.objects.visible_to(actor).filter(submission_id=submission_id, chair_id=actor.user_id).first()


def _members(area: str, home: Agency, agency_ids: Collection[int] | None) -> list[Agency]:
    """Any partner that works cases may be invited; without a choice those of the area are."""
    if agency_ids is None:
        wanted = {member.pk: member for member in member_choices(area)}
    else:
        known = {member.pk: member for member in member_choices()}
        if not set(agency_ids) <= known.keys():
            raise RuleError("Choose the members from the agencies that are offered.", "agencies")
        wanted = {pk: known[pk] for pk in known if pk in set(agency_ids)}
    wanted[home.pk] = home
    if len(wanted) < 2:
        raise RuleError("A meeting needs at least one agency beside your own.", "agencies")
    return sorted(wanted.values(), key=lambda member: member.name)


def _create(actor: Actor, values: dict[str, Any], members: list[Agency]) -> Meeting:
    meeting = _insert(values)
    Attendance.objects.bulk_create([Attendance(meeting=meeting, agency=member) for member in members])
    audit.record(
        actor,
        "meeting.create",
        meeting,
        operation=AuditOperation.COLLECTION,
        detail={"area": meeting.area, "agencies": [member.code for member in members]},
    )
    enqueue(tasks.agenda_choose, meeting.pk)
    return meeting


def _insert(values: dict[str, Any]) -> Meeting:
    for _ in range(_TRIES):
        meeting = Meeting(ref=reference_make("HM", clock.now().year), **values)
        if Meeting.objects.unscoped(reason="a reference must be free").filter(ref=meeting.ref).exists():
            continue
        meeting.save(force_insert=True)
        return meeting
    raise RuntimeError("No free reference for a meeting was found.")


def attendance_set(*, actor: Actor, meeting: Meeting, agency_id: int, state: str, name: str = "") -> Attendance:
    """Say for one's own agency whether it comes, and who. Raises ForbiddenError for another agency, RuleError with
    the field once the minutes are signed or where nobody is named."""
    if agency_id not in actor.agency_ids:
        raise ForbiddenError("You can answer for your own agency only.", "agency")
    if meeting.minutes_signed_at:
        raise RuleError("The minutes are signed: attendance cannot be changed any more.")
    if state not in (AttendanceState.ATTENDING, AttendanceState.APOLOGIES):
        raise RuleError("Choose whether your agency will attend.", "state")
    if state == AttendanceState.ATTENDING and not name.strip():
        raise RuleError("Enter who will attend.", "name")
    with transaction.atomic():
        row = (
            Attendance.objects.visible_to(actor)
            .select_for_update(of=("self",))
            .filter(meeting=meeting, agency_id=agency_id)
            .first()
        )
        if row is None:
            raise RuleError("Your agency is not a member of this meeting.", "agency")
        before = {"state": row.state, "name": row.name}
        row.state, row.name = state, name.strip()[:120]
        row.save(update_fields=["state", "name"])
        audit.record(
            actor,
            "meeting.attendance",
            meeting,
            before=before,
            after={"state": row.state, "name": row.name},
            detail={"agency": agency_id},
        )
    return row


def minutes_sign(*, actor: Actor, meeting: Meeting) -> Meeting:
    """Sign the minutes off: from then on nothing of the meeting changes, and what was released to it ends at 17:00 on
    the twentieth working day after (docs/domain.md §5.4).

    The ends are set by the system right after, because the chair may be one of those who may not see a case of it.
    Raises ForbiddenError for anybody but the chair, RuleError before the meeting or when it was done already.
    """
    require_chair(actor, meeting)
    with transaction.atomic():
        meeting = Meeting.objects.visible_to(actor).select_for_update(of=("self",)).get(pk=meeting.pk)
        now = clock.now()
        if meeting.minutes_signed_at:
            raise RuleError("The minutes are signed already.")
        if meeting.starts_at > now:
            raise RuleError("The minutes can be signed once the meeting has been held.")
        meeting.minutes_signed_at, meeting.minutes_signed_by_id = now, actor.user_id
        meeting.save(update_fields=["minutes_signed_at", "minutes_signed_by"])
        audit.record(actor, "meeting.minutes_sign", meeting)
        enqueue(tasks.release_ends_set, meeting.pk)
    return meeting


def release_ends_set(*, actor: Actor, meeting_id: int) -> int:
    """Give every release to a meeting whose minutes are signed its end; answers how many. For the system, and safe to
    repeat. Three to five queries."""
    with transaction.atomic():
        meeting = (
            Meeting.objects.unscoped(reason="the system ends what was released to a meeting")
            .select_for_update(of=("self",))
            .get(pk=meeting_id)
        )
        if meeting.minutes_signed_at is None:
            return 0
        grants = released_without_end().filter(source_ref=meeting.ref)
        case_ids = sorted(set(grants.values_list("content_object_id", flat=True)))
        if not case_ids:
            return 0
        until = rules.release_ends_at(meeting.minutes_signed_at, holidays_all())
        ended = grants.update(until=until)
        access_rebuild(case_ids)
        audit.record(
            actor,
            "meeting.release_end",
            meeting,
            detail={"grants": ended, "until": until.isoformat()},
            reason=actor.reason,
        )
    return ended


def released_without_end() -> Any:
    """Releases to meetings that have no end yet, for the system."""
    return CaseGrant.objects.unscoped(reason="the system ends what was released to a meeting").filter(
        source=CaseGrant.Source.MEETING, until=None, ended_at=None
    )


def require_chair(actor: Actor, meeting: Meeting) -> None:
    """Raise ForbiddenError unless the actor chairs this meeting."""
    if not is_chair(actor, meeting):
        raise ForbiddenError("Only the chair of this meeting can do this.")


def require_unsigned(meeting: Meeting) -> None:
    """Raise RuleError once the minutes are signed."""
    if meeting.minutes_signed_at:
        raise RuleError("The minutes are signed: the agenda cannot be changed any more.")
