"""With whom a case can be shared."""

from __future__ import annotations

import uuid

from django.db.models import Exists, OuterRef, Q, QuerySet

from agencies.choices import AgencyType
from agencies.models import Agency, Membership
from incidents.models import Case, CaseGrant
from incidents.selectors.audience import CASEWORK_ROLES
from kernel import clock

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


def share_get(case: Case, uid: uuid.UUID) -> CaseGrant | None:
    """A share of a case that has not been ended; None for any other grant. One query."""
    shares = case.grants.filter(uid=uid, source=CaseGrant.Source.SHARE, ended_at=None)
    return shares.select_related("agency").first()
