"""Which agencies and people can see a case: those who may be asked to do something in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from agencies.choices import AgencyType, Role
from agencies.models import Agency, Membership, User
from agencies.selectors import HAS_STARTED
from incidents.choices import LEVEL_RANK, Level
from incidents.models import Case
from incidents.scoping import DECIDERS, hidden_sides, in_case
from kernel import clock
from kernel.actors import Actor

CASEWORK_ROLES = [role.value for role in Role if role.is_casework]
IN_FORCE = Q(starts_at__lte=Now(), ended_at=None) & (Q(until=None) | Q(until__gt=Now()))

POLICE_READ = (Q(agency__type=AgencyType.POLICE), Q(rank__gte=LEVEL_RANK[Level.VIEW]))
"""Which grants let the police read a case."""


def case_agencies(case: Case) -> QuerySet[Agency]:
    """The agencies that may read a case that the asker may see: a grant of view or higher in force, no conflict
    of interest, a sharing agreement in force. One query when it is evaluated."""
    grants = case.grants.filter(IN_FORCE, agency=OuterRef("pk"), rank__gte=LEVEL_RANK[Level.VIEW])
    excluded = case.exclusions.filter(agency=OuterRef("pk"), ended_at=None)
    named = case.people.filter(IN_FORCE, user__memberships__agency=OuterRef("pk"))
    may = Exists(named) if case.restricted else Exists(grants)
    return _partners().filter(may, ~Exists(excluded))


def agencies_told(actor: Actor, case: Case) -> QuerySet[Agency]:
    """Of the agencies that may read a case those that the actor is told of: the lead agency, and all but those of a
    hidden side. One query when it is evaluated.
    """
    return case_agencies(case).filter(~Q(side__in=hidden_sides(in_case(actor, case))) | Q(pk=case.lead_agency_id))


def case_staff(case: Case, agencies: QuerySet[Agency] | list[Agency]) -> QuerySet[User]:
    """The people of these agencies who do casework and may see the case, each with `agency_id` and `agency_name`.

    A person of two of them comes twice. One query when it is evaluated.
    """
    excluded = case.exclusions.filter(user=OuterRef("pk"), ended_at=None)
    staff = User.objects.filter(
        ~Exists(excluded),
        HAS_STARTED,
        is_active=True,
        memberships__is_active=True,
        memberships__agency__in=agencies,
        memberships__roles__overlap=CASEWORK_ROLES,
    )
    if case.restricted:
        staff = staff.filter(Exists(case.people.filter(IN_FORCE, user=OuterRef("pk"))))
    return staff.annotate(agency_id=F("memberships__agency_id"), agency_name=F("memberships__agency__name")).order_by(
        "agency_name", "name", "pk"
    )


def colleagues(agency_ids: Iterable[int]) -> QuerySet[User]:
    """The people who do casework in these agencies, each once. One query when it is evaluated."""
    working = Membership.objects.filter(
        user=OuterRef("pk"), is_active=True, agency__in=list(agency_ids), roles__overlap=CASEWORK_ROLES
    )
    return User.objects.filter(HAS_STARTED, Exists(working), is_active=True).order_by("name", "pk")


def spoc_ids(agency_id: int) -> list[int]:
    """The points of contact of an agency, deputies included. One query."""
    return role_holders([Role.SPOC.value, Role.DEPUTY_SPOC.value], agency_id=agency_id)


def decider_ids(agency_id: int) -> list[int]:
    """Who decides for an agency: points of contact, deputies and managers. One query."""
    return role_holders([role.value for role in DECIDERS], agency_id=agency_id)


def governance_ids() -> list[int]:
    """The officers of information governance. One query."""
    return role_holders([Role.GOVERNANCE.value], agency__is_active=True)


def role_holders(roles: list[str], **where: Any) -> list[int]:
    """The active people who hold one of these roles, at the agency that is named. One query."""
    rows = Membership.objects.filter(is_active=True, user__is_active=True, roles__overlap=roles, **where)
    return list(rows.order_by("user_id").values_list("user_id", flat=True).distinct())


@dataclass(frozen=True)
class ContactPoint:
    """Whom to ask at an agency, with the work phone and e-mail."""

    agency: str
    name: str
    phone: str
    email: str


@dataclass(frozen=True)
class AgencyContacts:
    """An agency with its single points of contact."""

    name: str
    contacts: list[ContactPoint]


def contact_points(agency_ids: Iterable[int], *, roles: tuple[Role, ...] = (Role.SPOC,)) -> list[ContactPoint]:
    """The single points of contact of agencies, or those who hold other roles there. One query."""
    rows = Membership.objects.filter(
        agency_id__in=list(agency_ids), is_active=True, user__is_active=True, roles__overlap=[r.value for r in roles]
    )
    found = rows.order_by("agency__name", "user__name").values_list(
        "agency__name", "user__name", "user__phone", "user__email"
    )
    return [ContactPoint(*row) for row in found]


def contact_list() -> list[AgencyContacts]:
    """The partners that work with cases, and whom to ask there, in the order of their names. Directory data: the same for
    everybody. Two queries.
    """
    partners = list(_partners())
    points = contact_points([agency.pk for agency in partners])
    return [AgencyContacts(a.name, [point for point in points if point.agency == a.name]) for a in partners]


def _partners() -> QuerySet[Agency]:
    in_force = Q(isa_expires_on=None) | Q(isa_expires_on__gte=clock.today_real())
    works = Membership.objects.filter(agency=OuterRef("pk"), is_active=True, roles__overlap=CASEWORK_ROLES)
    return Agency.objects.filter(in_force, Exists(works), is_active=True).order_by("name")
