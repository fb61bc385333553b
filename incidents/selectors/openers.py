"""Who is able to open a case: as it stands, and as it would stand under another tier (docs/domain.md §5.4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from agencies.choices import Role
from agencies.models import Membership, User
from incidents.choices import LEVEL_RANK, Level, Tier
from incidents.models import Case, CaseGrant, CasePerson
from incidents.selectors.audience import CASEWORK_ROLES
from incidents.selectors.audience import IN_FORCE as IN_FORCE

_CONTACTS = [Role.SPOC.value, Role.DEPUTY_SPOC.value]


@dataclass(frozen=True)
class Opener:
    """An agency or a person who can open the case: how far, why, until when. `key` tells them apart."""

    key: str
    name: str
    level: str
    why: str
    until: dt.datetime | None = None


@dataclass(frozen=True)
class Preview:
    """Who could open the case under a tier, and who could then no longer."""

    openers: list[Opener]
    losing: list[Opener]


def tier_preview(case: Case, tier: str, people: Collection[int] = ()) -> Preview:
    """Who could open the case under a tier, with these people named. Eight queries at most; for who owns the case."""
    after = openers(case, tier, set(people) if Tier(tier).by_name else set())
    kept = {one.key for one in after}
    return Preview(after, [one for one in openers(case) if one.key not in kept])


def named_ids(case: Case) -> set[int]:
    """The keys of the people who are named on a case. One query."""
    rows = case.people.filter(IN_FORCE, source=CasePerson.Source.NAMED)
    return set(rows.values_list("user_id", flat=True))


def openers(case: Case, tier: str = "", people: Collection[int] | None = None) -> list[Opener]:
    """Everybody who can open a case under a tier (the present one unless given), exclusions taken off.

    `people` replaces those who are named on it now. Four queries at most.
    """
    tier = tier or case.tier
    found = _by_agency(case, tier) if tier in (Tier.TEAM, Tier.HASBAG) else _by_name(case, tier, people)
    return [*found, *_standing_in(case, tier), *_emergency(case)]


def _by_agency(case: Case, tier: str) -> list[Opener]:
    out = set(case.exclusions.filter(ended_at=None, agency__isnull=False).values_list("agency_id", flat=True))
    grants = case.grants.filter(IN_FORCE, rank__gte=LEVEL_RANK[Level.VIEW]).select_related("agency")
    if tier == Tier.TEAM:
        grants = grants.exclude(source=CaseGrant.Source.MEETING)
    best: dict[int, CaseGrant] = {}
    for grant in grants.order_by("rank", "until"):
        if grant.agency_id not in out:
            best[grant.agency_id] = grant
    return [
        Opener(
            key=f"agency:{grant.agency_id}",
            name=grant.agency.name,
            level=grant.get_level_display(),
            why=f"{grant.get_source_display()} {grant.source_ref}".strip(),
            until=grant.until,
        )
        for grant in sorted(best.values(), key=lambda grant: (-grant.rank, grant.agency.name))
    ]


def _by_name(case: Case, tier: str, people: Collection[int] | None) -> list[Opener]:
    named = _named(case) if people is None else set(people)
    out = _excluded_people(case)
    rows: dict[int, Opener] = {}
    if tier == Tier.OWN:
        for member in own_people(case):
            why = _OWN.get(_works(case, member.user_id), "Single point of contact")
            rows[member.user_id] = Opener(f"user:{member.user_id}", member.user.name, str(Level.MANAGE.label), why)
    for person in User.objects.filter(pk__in=named, is_active=True):
        rows.setdefault(person.pk, Opener(f"user:{person.pk}", person.name, "", "Named on the case"))
    return sorted((row for pk, row in rows.items() if pk not in out), key=lambda row: row.name)


_OWN = {"lead": "Lead worker", "deputy": "Deputy worker"}


def _works(case: Case, user_id: int) -> str:
    if user_id == case.lead_worker_id:
        return "lead"
    return "deputy" if user_id == case.deputy_id else ""


def own_people(case: Case) -> QuerySet[Membership]:
    """Who opens a case that only the lead agency sees: its lead worker and deputy, its points of contact."""
    staff = Membership.objects.filter(agency_id=case.lead_agency_id, is_active=True, user__is_active=True)
    theirs = Q(roles__overlap=_CONTACTS) | Q(user_id__in=[pk for pk in (case.lead_worker_id, case.deputy_id) if pk])
    return staff.filter(theirs).select_related("user").order_by("user__name")


def _named(case: Case) -> set[int]:
    rows = case.people.filter(IN_FORCE, source=CasePerson.Source.NAMED, rank__gte=LEVEL_RANK[Level.VIEW])
    return set(rows.values_list("user_id", flat=True))


def _excluded_people(case: Case) -> set[int]:
    rows = case.exclusions.filter(ended_at=None)
    agencies = [row.agency_id for row in rows if row.agency_id]
    members = Membership.objects.filter(agency_id__in=agencies, is_active=True).values_list("user_id", flat=True)
    return {row.user_id for row in rows if row.user_id} | (set(members) if agencies else set())


def _standing_in(case: Case, tier: str) -> list[Opener]:
    if tier != Tier.OWN or case.tier != Tier.OWN:
        return []
    rows = case.people.filter(IN_FORCE, source=CasePerson.Source.COVER).select_related("user")
    return [
        Opener(f"cover:{row.user_id}", row.user.name, row.get_level_display(), row.get_source_display(), row.until)
        for row in rows
    ]


def _emergency(case: Case) -> list[Opener]:
    rows = case.people.filter(IN_FORCE, source=CasePerson.Source.EMERGENCY).select_related("user")
    return [
        Opener(f"emergency:{row.user_id}", row.user.name, row.get_level_display(), "Emergency access", row.until)
        for row in rows
    ]


def nameable(case: Case) -> list[tuple[User, str]]:
    """Who may be named on a case, each with their agency's name: the caseworkers of the lead agency and of every agency
    with a share in force, and none with a conflict of interest. Three queries."""
    agencies = case.grants.filter(IN_FORCE, rank__gte=LEVEL_RANK[Level.VIEW]).values("agency_id")
    members = Membership.objects.filter(
        agency_id__in=agencies,
        is_active=True,
        user__is_active=True,
        agency__is_active=True,
        roles__overlap=CASEWORK_ROLES,
    ).select_related("user", "agency")
    out = _excluded_people(case)
    rows = [(member.user, member.agency.name) for member in members.order_by("agency__name", "user__name")]
    return [(user, agency) for user, agency in rows if user.pk not in out]
