"""What the lead agency decides: proposals, releases of listed cases, referrals."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import CharField, QuerySet, Value

from agencies.choices import Area
from agencies.models import Agency
from hasbag.choices import Criterion, ItemState, ProposalState
from hasbag.models import AgendaItem, AgendaProposal, Meeting, Referral
from hasbag.selectors.meeting import group_name
from hasbag.selectors.release import Release, release_for
from incidents.choices import OPEN_STATUSES
from incidents.models import Case
from incidents.scoping import is_decider
from kernel import clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError
from kernel.prepared import Prepared

MOST = 100
"""So many releases are listed that somebody is asked to decide."""


@dataclass(frozen=True)
class ProposalPage:
    """A proposal as the lead agency's deciders see it."""

    proposal: AgendaProposal
    case: Case
    meeting: Meeting
    title: str
    criteria: tuple[str, ...]
    members: list[Agency]
    release: Release

    @property
    def decided(self) -> bool:
        """Whether it was released or refused already."""
        return self.proposal.state != ProposalState.WAITING


@dataclass(frozen=True)
class ReleasePage:
    """A listed case that its lead agency may open to all members of the meeting."""

    item: AgendaItem
    case: Case
    meeting: Meeting
    title: str
    release: Release


@dataclass(frozen=True)
class ReferralPage:
    """A case that its lead agency may refer to a meeting, and what waits already."""

    case: Case
    waiting: list[Referral]


@dataclass(frozen=True)
class CaseMeeting:
    """A meeting that a case is or was before; without a reference, the next one in an area, to which it is referred.

    `at` is when the meeting begins; of a referral, when it was made.
    """

    ref: str
    area: str
    at: dt.datetime
    removed: bool


def case_meetings(actor: Actor, case: Case) -> list[CaseMeeting]:
    """The meetings of a case that the actor may know of, latest first, five at most, and the referrals that wait.

    One query.
    """
    found = [
        CaseMeeting(ref, str(Area(area).label), at, state == ItemState.REMOVED)
        for ref, area, at, state in _case_meetings(actor, case.pk)
    ]
    return sorted(found, key=lambda row: (row.ref != "", row.at), reverse=True)


@Prepared
def _case_meetings(actor: Actor, case_id: int) -> QuerySet:
    items = AgendaItem.objects.visible_to(actor).filter(case_id=case_id).order_by("-meeting__starts_at")[:5]
    waiting = Referral.objects.visible_to(actor).filter(case_id=case_id, meeting=None).order_by()
    none = Value("", output_field=CharField())
    return items.values_list("meeting__ref", "meeting__area", "meeting__starts_at", "state").union(
        waiting.values_list(none, "area", "created_at", none), all=True
    )


@dataclass(frozen=True)
class Asked:
    """One release that is to be decided: of which case, for which meeting."""

    uid: uuid.UUID
    case_ref: str
    band: str
    meeting_ref: str
    starts_at: dt.datetime


def proposals_waiting(actor: Actor, most: int = MOST) -> list[Asked]:
    """The releases that the actor is asked to decide, of open cases and meetings to come, nearest first, so many at
    most. A case is asked about once an area: its release to the nearest meeting opens it to the ones after. One query,
    of so many rows that every case could stand before eight meetings of an area.
    """
    nearest: dict[tuple[str, str], Asked] = {}
    for area, *row in _waiting(actor, clock.now(), limit=8 * most):
        asked = Asked(*row)
        nearest.setdefault((asked.case_ref, area), asked)
    return list(nearest.values())[:most]


@Prepared
def _waiting(actor: Actor, now: dt.datetime, *, limit: int) -> QuerySet:
    rows = AgendaProposal.objects.visible_to(actor).filter(
        state=ProposalState.WAITING,
        meeting__starts_at__gt=now,
        meeting__cancelled_at=None,
        case__status__in=OPEN_STATUSES,
    )
    found = rows.order_by("meeting__starts_at", "case__ref")
    columns = ("meeting__area", "uid", "case__ref", "case__band", "meeting__ref", "meeting__starts_at")
    return found.values_list(*columns)[:limit]


def proposal_get(actor: Actor, uid: uuid.UUID | str) -> AgendaProposal:
    """One proposal that the actor decides. Raises AgendaProposal.DoesNotExist. One query."""
    return (
        AgendaProposal.objects.visible_to(actor)
        .select_related("meeting__chair_agency", "case__lead_agency")
        .get(uid=uid)
    )


def proposal_page(actor: Actor, uid: uuid.UUID | str) -> ProposalPage:
    """A proposal with what a release would do. Raises AgendaProposal.DoesNotExist. Eight queries."""
    proposal = proposal_get(actor, uid)
    case, meeting = proposal.case, proposal.meeting
    return ProposalPage(
        proposal=proposal,
        case=case,
        meeting=meeting,
        title=group_name(meeting.area),
        criteria=tuple(Criterion(code).label for code in proposal.criteria),
        members=list(Agency.objects.filter(pk__in=meeting.agency_ids)),
        release=release_for(actor, case, meeting),
    )


def release_page(actor: Actor, meeting: Meeting, uid: uuid.UUID | str) -> ReleasePage:
    """A listed case with what opening it to all members would do. Raises AgendaItem.DoesNotExist for a line the actor
    may not see, ForbiddenError for one whose sharing the actor does not decide. Seven queries."""
    item = (
        AgendaItem.objects.visible_to(actor)
        .select_related("case__lead_agency", "meeting")
        .get(meeting=meeting, uid=uid, state=ItemState.LISTED)
    )
    if not is_decider(actor, item.case.lead_agency_id):
        raise ForbiddenError("Only the lead agency’s point of contact or a manager can release this case.")
    return ReleasePage(item, item.case, meeting, group_name(meeting.area), release_for(actor, item.case, meeting))


def referral_page(actor: Actor, case_ref: str) -> ReferralPage:
    """A case to refer. Raises Case.DoesNotExist for one the actor may not see, ForbiddenError where the actor does not
    decide for its lead agency. Two queries."""
    case = Case.objects.visible_to(actor).select_related("lead_agency").get(ref=case_ref)
    if not is_decider(actor, case.lead_agency_id):
        raise ForbiddenError("Only the lead agency’s point of contact or a manager can refer this case.")
    return ReferralPage(case, list(Referral.objects.visible_to(actor).filter(case=case, meeting=None)))
