"""Who may see meetings, agenda items, proposals and packs."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q

from agencies.choices import Role
from hasbag.models import AgendaItem, AgendaProposal, Attendance, Meeting, Pack, Referral
from incidents.models import Case
from incidents.scoping import DECIDERS
from kernel.actors import Actor
from kernel.scoping import scope


@scope(Meeting)
def _meetings(queryset: Any, actor: Actor) -> Any:
    """The member agencies' caseworkers."""
    return queryset.filter(agency_ids__overlap=list(actor.agency_ids)) if actor.agency_ids else queryset.none()


@scope(Attendance)
def _attendances(queryset: Any, actor: Actor) -> Any:
    return queryset.filter(Exists(Meeting.objects.visible_to(actor).filter(pk=OuterRef("meeting_id"))))


@scope(AgendaItem)
def _items(queryset: Any, actor: Actor) -> Any:
    """Lines for cases the actor may see, at meetings the actor may see: no line, no gap, no count otherwise."""
    return queryset.filter(
        Exists(Meeting.objects.visible_to(actor).filter(pk=OuterRef("meeting_id"))),
        Exists(Case.objects.visible_to(actor).filter(pk=OuterRef("case_id"))),
    )


@scope(AgendaProposal)
def _proposals(queryset: Any, actor: Actor) -> Any:
    """The lead agency's deciders only. The chair's agency sees nothing before the release."""
    deciding = [a for a in actor.agency_ids if actor.has_role(*DECIDERS, agency_id=a)]
    return queryset.filter(
        Exists(Case.objects.visible_to(actor).filter(pk=OuterRef("case_id"))), lead_agency_id__in=deciding
    )


@scope(Referral)
def _referrals(queryset: Any, actor: Actor) -> Any:
    """Whoever may see the case sees that it was referred."""
    return queryset.filter(Exists(Case.objects.visible_to(actor).filter(pk=OuterRef("case_id"))))


@scope(Pack)
def _packs(queryset: Any, actor: Actor) -> Any:
    """Packs for the actor's agency, and packs the actor asked for on behalf of others (state only)."""
    return queryset.filter(
        Q(recipient_id__in=actor.agency_ids) | Q(requested_by_id=actor.user_id or 0),
        Exists(Meeting.objects.visible_to(actor).filter(pk=OuterRef("meeting_id"))),
    )


def is_chair(actor: Actor, meeting: Meeting) -> bool:
    """A chair of the meeting's own agency runs it."""
    return actor.has_role(Role.CHAIR, agency_id=meeting.chair_agency_id)


def chair_agencies(actor: Actor) -> list[int]:
    """The agencies of which the actor is a chair, with case content. No query."""
    return sorted(agency for agency, role in actor.roles if role == Role.CHAIR and agency in actor.agency_ids)
