"""The facts behind "why can I (not) see this?", for a case that the asker may open (docs/permissions.md)."""

from __future__ import annotations

from dataclasses import dataclass

from agencies.choices import Role
from agencies.models import Agency, Membership, User
from agencies.scoping import actor_for, agreement_in_force, may_see_agreement
from incidents.choices import LEVEL_RANK, Level
from incidents.models import Case, CasePerson
from incidents.rules.why import AccessFacts, GrantFact, Why, why
from incidents.scoping import hidden_sides, in_case, is_decider, opens_nothing
from incidents.selectors.audience import IN_FORCE, ContactPoint, contact_points
from incidents.selectors.fields import FieldWhy, fields_why, fields_why_of
from kernel import clock
from kernel.actors import Actor


def may_ask_for_others(actor: Actor, case: Case) -> bool:
    """Who decides for the lead agency may ask why about anybody; everybody else about themselves."""
    return is_decider(actor, case.lead_agency_id)


def staff_choices(actor: Actor, case: Case) -> list[tuple[str, str]]:
    """Everybody in the staff directory of whom the actor may ask in a case, each with their agency: but for people of
    agencies of a side that the actor is not told of there. One query, or two for somebody of agencies of both sides.
    """
    rows = Membership.objects.filter(is_active=True, user__is_active=True, agency__is_active=True)
    if hidden := hidden_sides(in_case(actor, case)):
        theirs = rows.filter(agency__side__in=hidden).exclude(agency__in=actor.agency_ids)
        rows = rows.exclude(user__in=theirs.values("user_id"))
    rows = rows.select_related("user", "agency").order_by("agency__name", "user__name")
    return [(str(row.user_id), f"{row.user.name}, {row.agency.name}") for row in rows]


def access_why(case: Case, user: User) -> Why:
    """Why a person can or cannot open a case that the asker has opened. Six queries."""
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


@dataclass(frozen=True)
class Asked:
    """Who changes what the case's own pages do not: an account, a role, an agreement. `agreement` is the code of one
    that the asker may open."""

    what: str
    contacts: list[ContactPoint]
    agreement: str = ""


def whom_to_ask(actor: Actor, user: User, change: str) -> Asked | None:
    """Whom to ask for a change to somebody's account, role or agreement; None where the case's pages change it.

    Two queries.
    """
    if change not in _ASKED:
        return None
    what, role = _ASKED[change]
    agencies = Agency.objects.filter(memberships__user=user, memberships__is_active=True, is_active=True)
    mine = next((one.code for one in agencies if change == "agreements" and may_see_agreement(actor, one.pk)), "")
    return Asked(what, contact_points([one.pk for one in agencies], roles=(role,)), mine)


_ASKED = {
    "people": ("Accounts and roles are changed by whoever administers them at the agency:", Role.AGENCY_ADMIN),
    "agreements": ("A longer agreement is asked for by the agency’s single point of contact:", Role.SPOC),
}


def _facts(case: Case, user: User) -> AccessFacts:
    actor = actor_for(user)
    members = user.memberships.filter(is_active=True, agency__is_active=True).select_related("agency")
    agencies = {member.agency_id: member.agency.name for member in members if member.agency_id in actor.agency_ids}
    today = clock.today_real()
    exclusions = list(case.exclusions.filter(ended_at=None))
    named = list(case.people.filter(IN_FORCE, user=user, rank__gte=LEVEL_RANK[Level.VIEW]))
    emergency = next((row for row in named if row.source == CasePerson.Source.EMERGENCY), None)
    given = next((row for row in named if row.source == CasePerson.Source.NAMED), None)
    return AccessFacts(
        name=user.name,
        tier=case.tier,
        active=user.is_active,
        asleep=user.asleep_at is not None,
        casework=not opens_nothing(actor),
        agreement=not members or any(agreement_in_force(member.agency, today) for member in members),
        excluded_person=any(row.user_id == user.pk for row in exclusions),
        excluded_agency=next((agencies[row.agency_id] for row in exclusions if row.agency_id in agencies), ""),
        emergency_until=emergency.until if emergency else None,
        passes_conflict=any(row.passes_exclusion for row in named),
        named_level=given.get_level_display() if given else "",
        own=_own(case, named),
        grants=_grants(case, agencies),
    )


def _own(case: Case, named: list[CasePerson]) -> str:
    """As whom of the lead agency's own people a person is let in, of the rows that name them."""
    sources = {row.source for row in named}
    if CasePerson.Source.OWN in sources:
        works = {case.lead_worker_id: "the lead worker", case.deputy_id: "the deputy worker"}
        return works.get(named[0].user_id, "a point of contact")
    return "a stand-in for the lead or deputy worker" if CasePerson.Source.COVER in sources else ""


def _grants(case: Case, agencies: dict[int, str]) -> tuple[GrantFact, ...]:
    rows = case.grants.filter(IN_FORCE, agency_id__in=agencies).select_related("given_by")
    return tuple(
        GrantFact(
            agencies[row.agency_id],
            row.rank,
            row.get_level_display(),
            f"{row.source_words} {row.source_ref}".strip().lower(),
            row.until,
            row.given_by.name if row.given_by else "",
        )
        for row in rows
    )
