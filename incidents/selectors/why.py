"""The facts behind "why can I (not) see this?", for a case that the asker may open (docs/permissions.md)."""

from __future__ import annotations

from agencies.choices import Role
from agencies.models import Membership, User
from agencies.scoping import actor_for
from incidents.choices import LEVEL_RANK, Tier
from incidents.models import Case, CasePerson
from incidents.rules.why import AccessFacts, GrantFact, Why, why
from incidents.scoping import is_decider
from incidents.selectors.fields import FieldWhy, fields_why, fields_why_of
from incidents.selectors.openers import IN_FORCE, own_people
from kernel import clock
from kernel.actors import Actor


def may_ask_for_others(actor: Actor, case: Case) -> bool:
    """Who decides for the lead agency may ask why about anybody; everybody else about themselves."""
    return is_decider(actor, case.lead_agency_id)


def staff_choices() -> list[tuple[str, str]]:
    """Everybody in the staff directory, with their agency. One query."""
    rows = Membership.objects.filter(is_active=True, user__is_active=True, agency__is_active=True)
    rows = rows.select_related("user", "agency").order_by("agency__name", "user__name")
    return [(str(row.user_id), f"{row.user.name}, {row.agency.name}") for row in rows]


def access_why(case: Case, user: User) -> Why:
    """Why a person can or cannot open a case that the asker has opened. Five queries."""
    return why(_facts(case, user))


def access_fields(actor: Actor, case: Case, user: User) -> list[FieldWhy]:
    """Why a person who can open the case is shown each group of its fields, or is not; nothing for who cannot.

    What somebody else has opened for themself is not told. One query for the asker, ten for another.
    """
    if user.pk == actor.user_id:
        return fields_why(actor, case)
    facts = _facts(case, user)
    if not why(facts).opens:
        return []
    named = case.people.filter(IN_FORCE, user=user).values_list("rank", flat=True)
    rank = max([*(grant.rank for grant in facts.grants), *named], default=0)
    return fields_why_of(actor, case, actor_for(user), rank)


def _facts(case: Case, user: User) -> AccessFacts:
    members = list(user.memberships.filter(is_active=True, agency__is_active=True).select_related("agency"))
    today = clock.today_real()
    working = [member for member in members if any(Role(role).is_casework for role in member.roles)]
    agreed = [m for m in working if m.agency.isa_expires_on is None or m.agency.isa_expires_on >= today]
    agencies = {member.agency_id: member.agency.name for member in agreed}
    exclusions = list(case.exclusions.filter(ended_at=None))
    named = list(case.people.filter(IN_FORCE, user=user))
    emergency = next((row for row in named if row.source == CasePerson.Source.EMERGENCY), None)
    given = next((row for row in named if row.source == CasePerson.Source.NAMED), None)
    return AccessFacts(
        name=user.name,
        tier=case.tier,
        active=user.is_active,
        casework=bool(working) or not members,
        agreement=bool(agreed) or not working,
        excluded_person=any(row.user_id == user.pk for row in exclusions),
        excluded_agency=next((agencies[row.agency_id] for row in exclusions if row.agency_id in agencies), ""),
        emergency_until=emergency.until if emergency else None,
        named_level=given.get_level_display() if given and given.rank >= LEVEL_RANK["view"] else "",
        own=_own(case, user),
        grants=_grants(case, agencies),
    )


def _own(case: Case, user: User) -> str:
    if case.tier == Tier.OWN and case.people.filter(IN_FORCE, user=user, source=CasePerson.Source.COVER).exists():
        return "a stand-in for the lead or deputy worker"
    if case.tier != Tier.OWN or not own_people(case).filter(user=user).exists():
        return ""
    if case.lead_worker_id == user.pk:
        return "the lead worker"
    return "the deputy worker" if case.deputy_id == user.pk else "a point of contact"


def _grants(case: Case, agencies: dict[int, str]) -> tuple[GrantFact, ...]:
    rows = case.grants.filter(IN_FORCE, agency_id__in=agencies).select_related("given_by")
    return tuple(
        GrantFact(
            agencies[row.agency_id],
            row.rank,
            row.get_level_display(),
            f"{row.get_source_display()} {row.source_ref}".strip().lower(),
            row.until,
            row.given_by.name if row.given_by else "",
        )
        for row in rows
    )
