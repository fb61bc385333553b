"""Who is able to open a case: as it stands, and as it would stand under another tier (docs/domain.md §5.4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from agencies.choices import Role
from agencies.models import Agency, Membership, User
from agencies.scoping import actors_for, agreement_in_force
from incidents.choices import LEVEL_RANK, Level, Tier
from incidents.models import Case, CaseGrant, CasePerson
from incidents.scoping import hidden_sides, in_case, opens_nothing
from incidents.selectors.audience import CASEWORK_ROLES, case_staff
from incidents.selectors.audience import IN_FORCE as IN_FORCE
from kernel import clock
from kernel.actors import Actor
from kernel.when import moment_text

UNTOLD = "of an agency that is not named here"
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
class Told:
    """Those of a list whom a reader is told of, and how many agencies of a side that they are not told of."""

    openers: list[Opener]
    untold: int = 0


@dataclass(frozen=True)
class Preview:
    """Who could open the case under a tier, and who could then no longer."""

    openers: list[Opener]
    losing: list[Opener]


def untold_keys(actor: Actor, case: Case, found: Collection[Opener]) -> set[str]:
    """The keys of the agencies in a list that are of a side that the actor is not told of. Two queries at most."""
    hidden = hidden_sides(in_case(actor, case))
    if not hidden:
        return set()
    theirs = Agency.objects.filter(pk__in=agency_ids(found), side__in=hidden).exclude(pk__in=actor.agency_ids)
    return {f"agency:{pk}" for pk in theirs.values_list("pk", flat=True)}


def agency_ids(found: Collection[Opener]) -> list[int]:
    """The keys of the records of the agencies in a list."""
    return [int(one.key.removeprefix("agency:")) for one in found if one.key.startswith("agency:")]


def openers_told(actor: Actor, case: Case, found: Collection[Opener]) -> Told:
    """A list of openers as the actor is told of it. Two queries at most."""
    untold = untold_keys(actor, case, found)
    return Told([one for one in found if one.key not in untold], len(untold))


def staff_able(case: Case, agency: Agency, found: Collection[Opener]) -> set[int]:
    """The caseworkers of an agency who are let into a case, of which `found` says who opens it. One query."""
    keys = {one.key for one in found}
    staff = {user.pk for user in case_staff(case, [agency])}
    if f"agency:{agency.pk}" in keys:
        return staff
    return {pk for pk in staff if keys & {f"{how}:{pk}" for how in _BY_NAME}}


_BY_NAME = ("user", "cover", "emergency")


def tier_preview(case: Case, tier: str, people: Collection[int] = ()) -> Preview:
    """Who could open the case under a tier, with these people named. Twelve queries at most; for who owns the case."""
    after = openers(case, tier, set(people) if Tier(tier).by_name else set())
    kept = {one.key for one in after}
    return Preview(after, [one for one in openers(case) if one.key not in kept])


def named_ids(case: Case) -> set[int]:
    """The keys of the people who are named on a case. One query."""
    rows = case.people.filter(IN_FORCE, source=CasePerson.Source.NAMED)
    return set(rows.values_list("user_id", flat=True))


def openers(
    case: Case, tier: str = "", people: Collection[int] | None = None, *, out_of: Case | None = None
) -> list[Opener]:
    """Everybody whom the walls let into a case under a tier (the present one unless given): not who is kept out of it,
    nor an agency or a person that opens nothing at the moment.

    `people` replaces those who are named on it now; who is kept out of the case `out_of` does not count either. Six
    queries at most.
    """
    tier = tier or case.tier
    kept_out = _kept_out(case, *([out_of] if out_of else []))
    named = _named(case) if people is None else set(people)
    own = list(own_people(case)) if tier == Tier.OWN else []
    lasting = _lasting(case, tier)
    actors = actors_for({*named, *(member.user_id for member in own), *(row.user_id for row in lasting)})
    able = {pk: actor for pk, actor in actors.items() if not opens_nothing(actor)}
    let_in = {pk for pk, actor in able.items() if not kept_out.holds(actor)}
    agencies = [] if Tier(tier).by_name else _by_agency(case, tier, kept_out.agencies)
    by_name = [*_own(case, own), *_named_rows(actors, named - {member.user_id for member in own})]
    return [
        *agencies,
        *sorted((row for pk, row in by_name if pk in let_in), key=lambda row: row.name),
        *(_lasts(row) for row in lasting if row.user_id in let_in or _passes(row, able, kept_out)),
    ]


@dataclass(frozen=True)
class KeptOut:
    """The people and agencies with a conflict of interest in a case."""

    people: frozenset[int]
    agencies: frozenset[int]
    members: frozenset[int]
    """Everybody who has a place in one of those agencies, whatever it is, and wherever else they work."""

    def holds(self, actor: Actor) -> bool:
        """Whether somebody is kept out, themself or with an agency."""
        return actor.user_id in self.people or actor.user_id in self.members


def _kept_out(*cases: Case) -> KeptOut:
    rows = [row for case in cases for row in case.exclusions.filter(ended_at=None)]
    agencies = frozenset(row.agency_id for row in rows if row.agency_id)
    places = (
        Membership.objects.filter(agency_id__in=agencies, is_active=True) if agencies else Membership.objects.none()
    )
    return KeptOut(
        frozenset(row.user_id for row in rows if row.user_id),
        agencies,
        frozenset(places.values_list("user_id", flat=True)),
    )


def _passes(row: CasePerson, able: dict[int, Actor], kept_out: KeptOut) -> bool:
    """Information governance's emergency access passes a conflict of their own, not one of an agency they work for."""
    actor = able.get(row.user_id)
    return row.passes_exclusion and actor is not None and row.user_id not in kept_out.members


def _by_agency(case: Case, tier: str, out: Collection[int]) -> list[Opener]:
    """The agencies with a share. A meeting's release ends where the case is not of the HASBAG tier (`tier_change`)."""
    grants = case.grants.filter(IN_FORCE, rank__gte=LEVEL_RANK[Level.VIEW], agency__is_active=True)
    if tier != Tier.HASBAG:
        grants = grants.exclude(source=CaseGrant.Source.MEETING)
    today = clock.today_real()
    best: dict[int, CaseGrant] = {}
    for grant in grants.select_related("agency").order_by("rank", "until"):
        if grant.agency_id not in out and agreement_in_force(grant.agency, today):
            best[grant.agency_id] = grant
    return [
        Opener(
            key=f"agency:{grant.agency_id}",
            name=grant.agency.name,
            level=grant.get_level_display(),
            why=f"{grant.source_words} {grant.source_ref}".strip(),
            until=grant.until,
        )
        for grant in sorted(best.values(), key=lambda grant: (-grant.rank, grant.agency.name))
    ]


def _own(case: Case, members: Collection[Membership]) -> list[tuple[int, Opener]]:
    rows = []
    for member in members:
        why = _OWN.get(_works(case, member.user_id), "Single point of contact")
        rows.append((member.user_id, Opener(f"user:{member.user_id}", member.user.name, str(Level.MANAGE.label), why)))
    return rows


def _named_rows(actors: dict[int, Actor], named: Collection[int]) -> list[tuple[int, Opener]]:
    found = [(pk, actors[pk].name) for pk in named if pk in actors]
    return [(pk, Opener(f"user:{pk}", name, "", "Named on the case")) for pk, name in found]


_OWN = {"lead": "Lead worker", "deputy": "Deputy worker"}


def _works(case: Case, user_id: int) -> str:
    if user_id == case.lead_worker_id:
        return "lead"
    return "deputy" if user_id == case.deputy_id else ""


def openers_later(case: Case, out_of: Case) -> list[Opener]:
    """The agencies whose share of a case begins later, and that are kept out of neither it nor the other one. Four
    queries at most."""
    if Tier(case.tier).by_name:
        return []
    out = _kept_out(case, out_of).agencies
    waiting = case.grants.filter(starts_at__gt=Now(), ended_at=None, rank__gte=LEVEL_RANK[Level.VIEW])
    if case.tier != Tier.HASBAG:
        waiting = waiting.exclude(source=CaseGrant.Source.MEETING)
    rows = waiting.filter(agency__is_active=True).exclude(agency_id__in=out).select_related("agency")
    return [
        Opener(
            f"agency:{grant.agency_id}",
            grant.agency.name,
            grant.get_level_display(),
            f"From {moment_text(grant.starts_at)}",
            grant.until,
        )
        for grant in rows.order_by("starts_at", "agency__name")
    ]


def own_people(case: Case) -> QuerySet[Membership]:
    """Who opens a case that only the lead agency sees: its lead worker and deputy, its points of contact."""
    staff = Membership.objects.filter(agency_id=case.lead_agency_id, is_active=True, user__is_active=True)
    theirs = Q(roles__overlap=_CONTACTS) | Q(user_id__in=[pk for pk in (case.lead_worker_id, case.deputy_id) if pk])
    return staff.filter(theirs).select_related("user").order_by("user__name")


def _named(case: Case) -> set[int]:
    rows = case.people.filter(IN_FORCE, source=CasePerson.Source.NAMED, rank__gte=LEVEL_RANK[Level.VIEW])
    return set(rows.values_list("user_id", flat=True))


def _lasting(case: Case, tier: str) -> list[CasePerson]:
    """Who is let in for a time: who stands in for the lead or deputy worker, and by emergency access, which in a
    RESTRICTED case is information governance's alone."""
    wanted = Q(source=CasePerson.Source.EMERGENCY)
    if tier == Tier.RESTRICTED:
        wanted &= Q(passes_exclusion=True)
    if tier == case.tier == Tier.OWN:
        wanted |= Q(source=CasePerson.Source.COVER)
    return list(case.people.filter(IN_FORCE, wanted).select_related("user").order_by("until", "pk"))


def _lasts(row: CasePerson) -> Opener:
    name = "cover" if row.source == CasePerson.Source.COVER else "emergency"
    return Opener(f"{name}:{row.user_id}", row.user.name, row.get_level_display(), row.get_source_display(), row.until)


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
    out = _kept_out(case)
    kept = set(Membership.objects.filter(agency_id__in=out.agencies, is_active=True).values_list("user_id", flat=True))
    rows = [(member.user, member.agency.name) for member in members.order_by("agency__name", "user__name")]
    return [(user, agency) for user, agency in rows if user.pk not in kept | out.people]


def nameable_told(actor: Actor, case: Case, named: Collection[int]) -> list[tuple[User, str]]:
    """Who may be named on a case, as the actor is told of it: of an agency of a side that they are not told of those
    alone who are named already, without their agency. Five queries at most."""
    rows = nameable(case)
    hidden = hidden_sides(in_case(actor, case))
    theirs = (
        Agency.objects.filter(side__in=hidden).exclude(pk__in=actor.agency_ids) if hidden else Agency.objects.none()
    )
    untold = set(theirs.values_list("name", flat=True))
    told = [(user, UNTOLD if agency in untold else agency) for user, agency in rows]
    return [(user, agency) for user, agency in told if agency != UNTOLD or user.pk in named]
