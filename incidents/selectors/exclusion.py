"""Conflicts of interest in a case, for those who decide for its lead agency."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from agencies.models import Agency, Membership
from incidents.models import Case, CaseExclusion
from incidents.rules.name_match import name_words
from incidents.scoping import in_case, is_decider
from incidents.selectors.case_people import known, people
from incidents.selectors.fields import field_access
from incidents.selectors.share import recipients
from kernel.actors import Actor


def may_see_exclusions(actor: Actor, case: Case) -> bool:
    """Who is kept out, and why, is for the lead agency's points of contact and managers."""
    return is_decider(actor, case.lead_agency_id)


def exclusions(case: Case) -> QuerySet[CaseExclusion]:
    """The exclusions in force of a case that the actor decides for, newest first. One query."""
    rows = case.exclusions.filter(ended_at=None).select_related("user", "agency", "set_by")
    return rows.order_by("-created_at")


def kept_out_names(actor: Actor, case: Case, other: Case | None = None) -> list[str]:
    """Who is kept out of a case, by name, and not yet of the other one; for who may see it, else nobody. Two queries."""
    if not may_see_exclusions(actor, case):
        return []
    there = set(other.exclusions.filter(ended_at=None).values_list("user_id", "agency_id")) if other else set()
    rows = [row for row in exclusions(case) if (row.user_id, row.agency_id) not in there]
    return sorted({one.name for row in rows if (one := row.user or row.agency)})


@dataclass(frozen=True)
class Namesake:
    """Somebody of the staff directory who is called like somebody in a case."""

    user_id: int
    name: str
    agency: str


def namesakes(actor: Actor, case: Case) -> list[Namesake]:
    """Who works for a partner and has the whole name of somebody in this case from `case_get`, and is not kept out yet:
    perhaps the same person (docs/domain.md §5.5). For who decides for the lead agency; else nobody.

    Only names that the actor is shown are compared, whatever their case and accents and either way round. Two queries
    and those of `in_case`.
    """
    if not may_see_exclusions(actor, case):
        return []
    knows = in_case(actor, case)
    shown = field_access(knows, case).shown
    found = known(case, people(knows, case), contact=False, shown=shown, texts={})
    called = [victim.contact_person or victim.name for victim in found.victims]
    called += [one.name for one in found.perpetrators if one.named] + [one.name for one in found.involved]
    wanted = {words for name in called if len(words := _whole(name)) > 1}
    return [one for one in _staff(case) if _whole(one.name) in wanted] if wanted else []


def _whole(name: str) -> frozenset[str]:
    return frozenset(name_words(name))


def _staff(case: Case) -> list[Namesake]:
    kept_out = case.exclusions.filter(ended_at=None, user_id=OuterRef("user_id"))
    rows = Membership.objects.filter(~Exists(kept_out), is_active=True, user__is_active=True)
    listed = rows.order_by("user__name", "agency__name").values_list("user_id", "user__name", "agency__name")
    return [Namesake(*row) for row in listed]


def exclusion_get(case: Case, uid: uuid.UUID) -> CaseExclusion | None:
    """One of them; None where there is none. One query."""
    return exclusions(case).filter(uid=uid).first()


def excludable_people(case: Case) -> list[tuple[str, str]]:
    """Everybody in the staff directory, for a choice. One query."""
    rows = Membership.objects.filter(is_active=True, user__is_active=True).select_related("user", "agency")
    listed = {str(row.user_id): f"{row.user.name}, {row.agency.name}" for row in rows.order_by("user__name")}
    return list(listed.items())


def excludable_agencies(case: Case) -> QuerySet[Agency]:
    """Every partner but the lead agency. One query when it is evaluated."""
    return recipients(case)
