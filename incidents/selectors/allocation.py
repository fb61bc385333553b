"""Who works a case and may take it on, and who stands in for whom."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from agencies.models import Agency, Membership, User
from incidents.choices import Tier
from incidents.models import Case, Cover
from incidents.scoping import supervises
from incidents.selectors.audience import CASEWORK_ROLES, case_staff, colleagues
from kernel import clock
from kernel.actors import Actor
from kernel.errors import AbsentError
from kernel.prepared import Prepared

LISTED = 100


def takers(case: Case) -> QuerySet[User]:
    """The people of the lead agency who may work a case: those who can open it. A case of the OWN tier opens to
    whoever works it, so there everybody without a conflict of interest may. One query when it is evaluated.
    """
    if case.tier == Tier.OWN:
        excluded = case.exclusions.filter(Q(user=OuterRef("pk")), ended_at=None)
        return colleagues([case.lead_agency_id]).filter(~Exists(excluded))
    return case_staff(case, [case.lead_agency])


def covers_now(actor: Actor) -> list[Cover]:
    """For whom the actor stands in today, with `away_name`. One query."""
    return _covers_on(actor, clock.today())


@Prepared
def _covers_on(actor: Actor, day: dt.date) -> QuerySet[Cover]:
    rows = Cover.objects.visible_to(actor).filter(
        covering_id=actor.user_id or 0, ended_at=None, starts_on__lte=day, ends_on__gte=day
    )
    return rows.annotate(away_name=F("away__name")).order_by("away_name")


def covers_listed(*, actor: Actor) -> list[Cover]:
    """Cover that is in force or to come: the actor's own (away or covering), and that of the agencies whose teams they
    answer for; soonest first. One query.
    """
    mine = Q(away_id=actor.user_id or 0) | Q(covering_id=actor.user_id or 0)
    rows = Cover.objects.visible_to(actor).filter(
        mine | Q(agency_id__in=supervises(actor)), ended_at=None, ends_on__gte=clock.today()
    )
    return list(rows.select_related("agency", "away", "covering").order_by("starts_on", "pk")[:LISTED])


def cover_get(*, actor: Actor, uid: uuid.UUID) -> Cover:
    """One cover that the actor may know of. Raises AbsentError. One query."""
    mine = Q(away_id=actor.user_id or 0) | Q(covering_id=actor.user_id or 0)
    rows = Cover.objects.visible_to(actor).filter(mine | Q(agency_id__in=supervises(actor)))
    found: Cover | None = rows.select_related("agency", "away", "covering").filter(uid=uid).first()
    if found is None:
        raise AbsentError
    return found


def cover_agencies(actor: Actor) -> list[Agency]:
    """The agencies in which the actor does casework. One query."""
    return list(Agency.objects.filter(pk__in=actor.agency_ids).order_by("name"))


def works_at(user_id: int, agency_id: int) -> bool:
    """Whether somebody does casework at an agency. One query."""
    rows = Membership.objects.filter(user_id=user_id, agency_id=agency_id, is_active=True, user__is_active=True)
    return rows.filter(roles__overlap=CASEWORK_ROLES).exists()


def covers_overlapping(actor: Actor, agency_id: int, starts_on: dt.date, ends_on: dt.date) -> Any:
    """The cover of one of the actor's agencies that is in force on any of these days. One query when evaluated."""
    return Cover.objects.visible_to(actor).filter(
        agency_id=agency_id, ended_at=None, starts_on__lte=ends_on, ends_on__gte=starts_on
    )
