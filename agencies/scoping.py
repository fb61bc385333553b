"""Who is asking, and what follows from it: the actor, and the roles that open case content."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from agencies.choices import Role, Side
from agencies.models import Agency, Digest, KeptForm, Membership, NoticePreference, QuietHours, User
from kernel import clock
from kernel.actors import ANONYMOUS, Actor
from kernel.scoping import scope

_SUPERVISORS = (Role.MANAGER, Role.SPOC, Role.DEPUTY_SPOC)


def actor_for(user: Any) -> Actor:
    """The actor for a signed-in user. An agency whose sharing agreement has ended opens nothing.

    No query where the session's person came with their memberships (agencies.backends), one otherwise.
    """
    if not getattr(user, "is_authenticated", False) or not user.is_active or user.asleep_at is not None:
        return ANONYMOUS
    memberships: list[Membership] | None = getattr(user, "memberships_found", None)
    if memberships is None:
        memberships = list(_memberships([user.pk]))
    return _actor(user, memberships)


def actors_for(user_ids: Collection[int]) -> dict[int, Actor]:
    """The same of several people at once, by their keys: nobody whose account is closed or asleep. Two queries."""
    users = User.objects.filter(pk__in=user_ids, is_active=True, asleep_at=None)
    members: dict[int, list[Membership]] = {}
    for row in _memberships(user_ids):
        members.setdefault(row.user_id, []).append(row)
    return {user.pk: _actor(user, members.get(user.pk, [])) for user in users}


def _memberships(user_ids: Collection[int]) -> QuerySet[Membership]:
    rows = Membership.objects.filter(user_id__in=user_ids, is_active=True, agency__is_active=True)
    return rows.select_related("agency")


def _actor(user: User, memberships: list[Membership]) -> Actor:
    today = clock.today_real()
    in_force = [m for m in memberships if agreement_in_force(m.agency, today)]
    # Administrators, strategic members, analysts and information governance have no case content of
    # their own (docs/domain.md §5.3: separation of duty).
    content = [m for m in in_force if any(Role(role).is_casework for role in m.roles)]
    return Actor(
        user_id=user.pk,
        name=user.name,
        email=user.email,
        agency_ids=tuple(sorted(m.agency_id for m in content)),
        member_ids=tuple(sorted(m.agency_id for m in in_force)),
        roles=frozenset((m.agency_id, role) for m in in_force for role in m.roles),
        sides=_sides(in_force, content),
        areas=frozenset(area for m in in_force for area in m.agency.areas),
        agency_names=tuple(m.agency.name for m in in_force),
    )


def agreement_in_force(agency: Agency, today: dt.date) -> bool:
    """Whether an agency's people may sign in: until its agreement ends, and then until its open cases are handed on."""
    return agency.isa_expires_on is None or agency.isa_expires_on >= today or agency.handing_over


def may_see_agreement(actor: Actor, agency_id: int) -> bool:
    """Whom an agency's agreement concerns: its points of contact and administrators, and who looks after them all."""
    own = actor.has_role(Role.SPOC, Role.DEPUTY_SPOC, Role.AGENCY_ADMIN, agency_id=agency_id)
    return own or may_decide_agreement(actor)


def may_decide_agreement(actor: Actor) -> bool:
    """Who may agree that an agency's agreement lasts longer."""
    return actor.has_role(Role.SYSTEM_ADMIN, Role.GOVERNANCE)


def _sides(members: list[Membership], content: list[Membership]) -> frozenset[str]:
    """The sides of the agencies; information governance may know everybody in a case that is open to it."""
    if any(Role.GOVERNANCE in member.roles for member in members):
        return frozenset({Side.BOTH.value})
    return frozenset(member.agency.side for member in content)


def actor_for_id(user_id: int) -> Actor:
    """The actor for a user by id; nobody where the account is gone or asleep. Two queries."""
    return actor_for(User.objects.filter(pk=user_id, is_active=True).first())


def actor_for_agency(agency: Any) -> Actor:
    """An agency as a recipient, without any one person: what all of its caseworkers may see."""
    return Actor(
        name=agency.name,
        agency_ids=(agency.pk,),
        member_ids=(agency.pk,),
        sides=frozenset({agency.side}),
        areas=frozenset(agency.areas),
        agency_names=(agency.name,),
    )


@scope(KeptForm)
@scope(NoticePreference)
@scope(QuietHours)
def _own(queryset: Any, actor: Actor) -> Any:
    return queryset.none() if actor.user_id is None else queryset.filter(user_id=actor.user_id)


@scope(Digest)
def _digests(queryset: Any, actor: Actor) -> Any:
    """Mail is the worker's alone."""
    return queryset.none()


def may_confirm_people(actor: Actor, agency_id: int) -> bool:
    """The agency's points of contact say who is still there; who manages its people may say it of them."""
    contact = actor.has_role(Role.SPOC, Role.DEPUTY_SPOC, agency_id=agency_id)
    return contact or may_manage_people(actor, agency_id)


def governs(actor: Actor) -> bool:
    """Whether the actor is of information governance: who reads the audit of all (docs/domain.md §5.3)."""
    return actor.has_role(Role.GOVERNANCE)


def supervised(actor: Actor) -> list[int]:
    """The agencies whose own staff the actor supervises: as their manager, point of contact or deputy."""
    return sorted({a for a, role in actor.roles if role in _SUPERVISORS and a in actor.agency_ids})


def may_manage_people(actor: Actor, agency_id: int) -> bool:
    """An agency's administrator manages its people; a system administrator those of every agency."""
    return actor.has_role(Role.SYSTEM_ADMIN) or actor.has_role(Role.AGENCY_ADMIN, agency_id=agency_id)
