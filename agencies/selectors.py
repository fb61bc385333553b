"""Reads of agencies: the people that an administrator manages, agreements, and one's own sign-in."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When

from agencies.choices import Role
from agencies.models import Agency, AgreementExtension, KeptForm, Membership, User
from agencies.rules import AGREEMENT_WARNING, KEPT_FOR, confirmation_due, successor_error
from agencies.scoping import may_decide_agreement, may_manage_people, may_see_agreement
from kernel import clock
from kernel.actors import Actor

PEOPLE_LIMIT = 500
CASEWORK = [role.value for role in Role if role.is_casework]


@dataclass(frozen=True)
class PersonRow:
    """One person's place in an agency, as the administrator's list shows it."""

    membership: Membership
    roles: list[str]
    standing: str


def person_get(pk: int) -> User:
    """Somebody of the staff directory. Raises User.DoesNotExist. One query."""
    return User.objects.get(pk=pk)


def agencies_managed(actor: Actor) -> QuerySet[Agency]:
    """The agencies whose people the actor manages, with `active_people`; none without that role. One query."""
    if not actor.has_role(Role.AGENCY_ADMIN, Role.SYSTEM_ADMIN):
        return Agency.objects.none()
    agencies = Agency.objects.annotate(active_people=Count("memberships", filter=Q(memberships__is_active=True)))
    if actor.has_role(Role.SYSTEM_ADMIN):
        return agencies
    mine = [agency_id for agency_id, role in actor.roles if role == Role.AGENCY_ADMIN]
    return agencies.filter(pk__in=mine)


def people_of(agency: Agency, *, words: str = "", closed: bool = False) -> list[PersonRow]:
    """The people of an agency by name: those with an account, or those whose account is closed. One query."""
    places = Membership.objects.filter(agency=agency, ended_at__isnull=not closed).select_related("user", "agency")
    for word in words.split():
        places = places.filter(Q(user__name__icontains=word) | Q(user__email__icontains=word))
    return [
        PersonRow(place, role_labels(place.roles), standing(place))
        for place in places.order_by("user__name", "pk")[:PEOPLE_LIMIT]
    ]


def membership_get(*, actor: Actor, pk: int) -> Membership:
    """A person's place in an agency that the actor manages. Raises Membership.DoesNotExist otherwise. One query."""
    membership = Membership.objects.select_related("user", "agency").get(pk=pk)
    if not may_manage_people(actor, membership.agency_id):
        raise Membership.DoesNotExist
    return membership


HAS_STARTED = ~Q(password__startswith=UNUSABLE_PASSWORD_PREFIX, last_login=None)
"""Of people: that they have answered their invitation. Nobody else is given work."""


def colleagues(membership: Membership) -> QuerySet[User]:
    """To whom a person's work can go: who works cases in the same agency, points of contact first. One query."""
    first = Case(
        When(memberships__roles__contains=[Role.SPOC.value], then=Value(0)),
        When(memberships__roles__contains=[Role.DEPUTY_SPOC.value], then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return (
        User.objects.filter(
            HAS_STARTED,
            is_active=True,
            memberships__agency_id=membership.agency_id,
            memberships__is_active=True,
            memberships__roles__overlap=CASEWORK,
        )
        .exclude(pk=membership.user_id)
        .annotate(first=first)
        .order_by("first", "name", "pk")
    )


def role_labels(roles: list[str]) -> list[str]:
    """Roles in words."""
    return [str(Role(role).label) for role in roles]


def mail_domains(agency: Agency) -> set[str]:
    """Where the people of an agency have their e-mail addresses. One query."""
    addresses = User.objects.filter(HAS_STARTED, memberships__agency=agency, memberships__is_active=True)
    return {email.rpartition("@")[2] for email in addresses.values_list("email", flat=True)}


def standing(membership: Membership) -> str:
    """How an account stands: `active`, `invited` (no password yet), `asleep`, `left` (somebody said so, and nobody has
    closed it yet) or `closed`. No query."""
    if not membership.is_active:
        return "left" if membership.ended_at is None else "closed"
    if membership.user.asleep_at is not None:
        return "asleep"
    return "active" if membership.user.has_usable_password() else "invited"


# --- Who is still here --------------------------------------------------------------------------------


@dataclass(frozen=True)
class ConfirmRow:
    """One person of an agency, and when somebody last said that they are still here."""

    membership: Membership
    roles: list[str]
    due: bool
    overdue: bool


def agencies_confirmed(actor: Actor) -> QuerySet[Agency]:
    """The agencies of whose people the actor says whether they are still there. One query."""
    if actor.has_role(Role.SYSTEM_ADMIN):
        return Agency.objects.filter(is_active=True)
    roles = (Role.SPOC, Role.DEPUTY_SPOC, Role.AGENCY_ADMIN)
    return Agency.objects.filter(pk__in=[agency_id for agency_id, role in actor.roles if role in roles])


def unconfirmed(rows: list[PersonRow]) -> int:
    """Of how many of these people it is time to say that they are still there. No query."""
    now = clock.now_real()
    places = [row.membership for row in rows if row.membership.is_active]
    return sum(confirmation_due(place.confirmed_at or place.started_at, now).due for place in places)


def confirmations(agency: Agency, *, without: int | None = None) -> list[ConfirmRow]:
    """The people of an agency of whom nobody has said that they left, longest unconfirmed first; `without` oneself.

    One query.
    """
    places = Membership.objects.filter(agency=agency, is_active=True).select_related("user", "confirmed_by")
    now = clock.now_real()
    rows = []
    if without is not None:
        places = places.exclude(user_id=without)
    for place in places.order_by("confirmed_at", "user__name")[:PEOPLE_LIMIT]:
        due, overdue = confirmation_due(place.confirmed_at or place.started_at, now)
        rows.append(ConfirmRow(place, role_labels(place.roles), due, overdue))
    return sorted(rows, key=lambda row: (not row.overdue, not row.due))


# --- Sharing agreements -------------------------------------------------------------------------------


@dataclass(frozen=True)
class AgreementRow:
    """One agency's agreement: how it stands, and whether an extension waits for a decision."""

    agency: Agency
    state: str
    asked: bool


@dataclass(frozen=True)
class AgreementPage:
    """One agency's agreement with what can be done about it."""

    agency: Agency
    state: str
    asked: AgreementExtension | None
    past: list[AgreementExtension]
    successors: list[Agency]


def agreements(actor: Actor) -> list[AgreementRow]:
    """The agreements that concern the actor, the next to end first. One query."""
    agencies = Agency.objects.filter(is_active=True).select_related("successor")
    if not may_decide_agreement(actor):
        roles = (Role.SPOC, Role.DEPUTY_SPOC, Role.AGENCY_ADMIN)
        agencies = agencies.filter(pk__in=[agency_id for agency_id, role in actor.roles if role in roles])
    open_ones = Count("extensions", filter=Q(extensions__decided_at=None, extensions__asked_at__isnull=False))
    rows = agencies.annotate(asked=open_ones).order_by("isa_expires_on", "name")
    return [AgreementRow(one, agreement_state(one), bool(one.asked)) for one in rows]


def agreement_page(*, actor: Actor, code: str) -> AgreementPage:
    """One agreement. Raises Agency.DoesNotExist where it does not concern the actor. Five queries."""
    agency = Agency.objects.select_related("successor").get(code=code)
    if not may_see_agreement(actor, agency.pk):
        raise Agency.DoesNotExist
    extensions = list(agency.extensions.select_related("asked_by", "decided_by").order_by("-asked_at"))
    others = can_succeed().exclude(pk=agency.pk)
    return AgreementPage(
        agency=agency,
        state=agreement_state(agency),
        asked=next((one for one in extensions if one.decided_at is None), None),
        past=[one for one in extensions if one.decided_at is not None],
        successors=[one for one in others if not successor_error(agency.side, one.side, one.type)],
    )


def can_succeed() -> QuerySet[Agency]:
    """The agencies that can take over cases: their agreement lasts, and somebody is their point of contact. One query
    when it is evaluated."""
    contacts = Membership.objects.filter(
        ~Q(user__password__startswith=UNUSABLE_PASSWORD_PREFIX, user__last_login=None),
        agency=OuterRef("pk"),
        is_active=True,
        user__is_active=True,
        user__asleep_at=None,
        roles__overlap=[Role.SPOC.value, Role.DEPUTY_SPOC.value],
    )
    lasts = Q(isa_expires_on=None) | Q(isa_expires_on__gte=clock.today_real())
    return Agency.objects.filter(lasts, Exists(contacts), is_active=True).order_by("name")


def agreement_state(agency: Agency) -> str:
    """How an agreement stands: `open` (no end), `in_force`, `ending`, `handing_over` or `ended`. No query."""
    today = clock.today_real()
    if agency.isa_expires_on is None:
        return "open"
    if agency.isa_expires_on < today:
        return "handing_over" if agency.handing_over else "ended"
    return "ending" if agency.isa_expires_on - today <= AGREEMENT_WARNING else "in_force"


# --- One's own sign-in ------------------------------------------------------------------------------


def second_factors(user_id: int | None) -> list[Authenticator]:
    """A person's second steps, recovery codes among them, oldest first. One query."""
    return list(Authenticator.objects.filter(user_id=user_id).order_by("created_at", "pk"))


def recovery_codes_left(steps: list[Authenticator]) -> int | None:
    """How many recovery codes are unused; None where there are none at all. No query."""
    codes = next((one for one in steps if one.type == Authenticator.Type.RECOVERY_CODES), None)
    return None if codes is None else len(codes.wrap().get_unused_codes())


def passkey_get(user_id: int | None, pk: int) -> Authenticator | None:
    """One of a person's own passkeys. One query."""
    return Authenticator.objects.filter(pk=pk, user_id=user_id, type=Authenticator.Type.WEBAUTHN).first()


def kept_form(*, actor: Actor, pk: str) -> KeptForm:
    """What the actor had sent too late. Raises KeptForm.DoesNotExist. One query."""
    fresh = clock.now_real() - KEPT_FOR
    return KeptForm.objects.visible_to(actor).get(pk=pk, kept_at__gt=fresh)
