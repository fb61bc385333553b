"""Conflicts of interest in a case, for those who decide for its lead agency."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet

from agencies.models import Agency, Membership
from incidents.models import Case, CaseExclusion
from incidents.scoping import is_decider
from incidents.selectors.share import recipients
from kernel.actors import Actor


def may_see_exclusions(actor: Actor, case: Case) -> bool:
    """Who is kept out, and why, is for the lead agency's points of contact and managers."""
    return is_decider(actor, case.lead_agency_id)


def exclusions(case: Case) -> QuerySet[CaseExclusion]:
    """The exclusions in force of a case that the actor decides for, newest first. One query."""
    rows = case.exclusions.filter(ended_at=None).select_related("user", "agency", "set_by")
    return rows.order_by("-created_at")


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
