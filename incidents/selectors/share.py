"""With whom a case can be shared."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Least, Now

from agencies.choices import AgencyType, Side
from agencies.models import Agency, Membership
from incidents.choices import FieldGroup
from incidents.models import Case, CaseGrant
from incidents.rules.sharing import Wishes
from incidents.scoping import hidden_sides, in_case
from incidents.selectors.audience import CASEWORK_ROLES
from kernel import clock
from kernel.actors import Actor

ENDED_SHOWN = 100
WITHOUT_CASES = [kind.value for kind in AgencyType if not kind.is_casework]


def recipients(case: Case) -> QuerySet[Agency]:
    """The partners whose people work cases and whose sharing agreement is in force, but for the lead agency.

    An agency with a conflict of interest is among them: its absence would give the conflict away. One query when it
    is evaluated.
    """
    in_force = Q(isa_expires_on=None) | Q(isa_expires_on__gte=clock.today_real())
    works = Membership.objects.filter(agency=OuterRef("pk"), is_active=True, roles__overlap=CASEWORK_ROLES)
    partners = Agency.objects.filter(in_force, Exists(works), is_active=True).exclude(type__in=WITHOUT_CASES)
    return partners.exclude(pk=case.lead_agency_id).order_by("name")


def new_leads(case: Case) -> QuerySet[Agency]:
    """The partners that can lead a case: whoever leads it has to know its victims (docs/domain.md §5.4). One query when
    it is evaluated.
    """
    return recipients(case).exclude(side=Side.PERPETRATOR)


def share_get(case: Case, uid: uuid.UUID) -> CaseGrant | None:
    """A share of a case that has not been ended; None for any other grant. One query."""
    shares = case.grants.filter(uid=uid, source=CaseGrant.Source.SHARE, ended_at=None)
    return shares.select_related("agency").first()


def wishes_of(case: Case) -> tuple[Wishes, ...]:
    """What the victims of a case wish about sharing, without saying who they are; for whoever may see the case, by
    the identity of this transaction. One query."""
    with connection.cursor() as cursor:
        cursor.execute("select police, council, support from hatecase_case_wishes(%s)", [case.pk])
        return tuple(Wishes(*row) for row in cursor.fetchall())


def wishes_block(actor: Actor, case: Case) -> bool | None:
    """Whether the wish of a victim stands against sharing with any kind of agency; None for who may not know victims in
    the case. One query, or two for somebody of agencies of both sides.
    """
    if not in_case(actor, case).sees_victims:
        return None
    return any(said.refuses for said in wishes_of(case))


_RECALLABLE = [source for source in CaseGrant.Source if source.can_be_recalled]


def share_any(case: Case, uid: uuid.UUID) -> CaseGrant | None:
    """A share of a case or a meeting's release, in force or not; None for any other grant. One query."""
    return case.grants.filter(uid=uid, source__in=_RECALLABLE).select_related("agency").first()


def shares_ended(actor: Actor, case: Case) -> list[CaseGrant]:
    """What was shared of a case and has ended or was recalled, the latest first, for who manages the case; none of an
    agency of the side that the actor may not know. One query, or two for somebody of agencies of both sides.
    """
    over = Q(ended_at__isnull=False) | Q(until__lte=Now())
    rows = case.grants.filter(over, source__in=_RECALLABLE).exclude(
        agency__side__in=hidden_sides(in_case(actor, case))
    )
    ended = Least("ended_at", "until")
    return list(rows.annotate(over_at=ended).select_related("agency").order_by("-over_at", "-pk")[:ENDED_SHOWN])


def share_replaces(case: Case, grant: CaseGrant) -> bool:
    """Whether a share that was just given may have ended another with the same agency, whose terms it took the place
    of: one that ended in the last two minutes. One query."""
    earlier = case.grants.filter(agency=grant.agency_id, source=CaseGrant.Source.SHARE, pk__lt=grant.pk)
    # Ends of grants go by the database's clock; an undo is offered for a minute.
    return earlier.filter(ended_at__gt=Now() - dt.timedelta(minutes=2)).exists()


def access_remains(case: Case, grant: CaseGrant) -> bool:
    """Whether the agency of a share has other access to the case, which ending the share leaves. One query."""
    others = case.grants.filter(agency_id=grant.agency_id, ended_at=None).exclude(pk=grant.pk)
    return others.filter(Q(until=None) | Q(until__gt=Now())).exists()


def group_labels(groups: Iterable[str]) -> list[str]:
    """Field groups in words, in their fixed order."""
    chosen = set(groups)
    return [str(group.label) for group in FieldGroup if group.value in chosen]
