"""When an agency's sharing agreement ends, its open cases go to its successor: none is left without a lead.

Done by the worker, case by case. What the successor may not have (an exclusion), and RESTRICTED cases that nobody
else can open, stay where they are and are reported: the agency's sign-in stays open for them.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from agencies.models import Agency
from agencies.registries import Succession
from incidents.choices import OPEN_STATUSES, Level, TaskState, Tier
from incidents.models import Case, CaseExclusion, CaseGrant, CasePerson
from incidents.services.access import access_rebuild, grant_create, grant_end
from kernel import audit, clock
from kernel.actors import Actor

_WHY = "open cases go to the successor of an agency whose agreement has ended"
_OPEN_TASKS = [state.value for state in TaskState if state.is_open]


def led_open(agency_id: int) -> QuerySet[Case]:
    """The open cases that an agency leads."""
    cases: QuerySet[Case] = Case.objects.unscoped(reason=_WHY)
    return cases.filter(lead_agency_id=agency_id, status__in=OPEN_STATUSES)


def led_count(agency_id: int) -> int:
    """How many open cases an agency leads. One query."""
    return led_open(agency_id).count()


def led_hand(actor: Actor, agency_id: int, successor_id: int) -> int:
    """Give an agency's open cases to its successor; answers how many. About ten queries a case."""
    successor = Agency.objects.get(pk=successor_id)
    excluded = CaseExclusion.objects.unscoped(reason=_WHY).filter(case=OuterRef("pk"), agency=successor, ended_at=None)
    cases = list(led_open(agency_id).exclude(Exists(excluded)).select_for_update(of=("self",)).order_by("pk"))
    handed = [case for case in cases if case.tier != Tier.RESTRICTED or _opened_elsewhere(case, agency_id)]
    for case in handed:
        _give(actor, case, successor)
    access_rebuild([case.pk for case in handed])
    return len(handed)


def _opened_elsewhere(case: Case, agency_id: int) -> bool:
    """Whether somebody of another agency is named in a RESTRICTED case and can go on with it."""
    named = CasePerson.objects.unscoped(reason=_WHY).filter(case=case, ended_at=None, rank__gte=Level.CONTRIBUTE.rank)
    others = named.filter(user__is_active=True, user__memberships__is_active=True)
    return others.exclude(user__memberships__agency_id=agency_id).exists()


def _give(actor: Actor, case: Case, successor: Agency) -> None:
    before = {"lead_agency": case.lead_agency_id, "lead_worker": case.lead_worker_id}
    grants = CaseGrant.objects.unscoped(reason=_WHY)
    for grant in grants.filter(content_object=case, agency_id=case.lead_agency_id, ended_at=None):
        grant_end(grant)
    for grant in grants.filter(
        content_object=case, agency=successor, source=CaseGrant.Source.LEAD, source_ref="", ended_at=None
    ):
        grant_end(grant)
    grant_create(
        case=case,
        agency=successor,
        level=Level.MANAGE,
        source=CaseGrant.Source.LEAD,
        purpose="Takes over from an agency whose sharing agreement has ended",
    )
    case.tasks.filter(agency_id=case.lead_agency_id, state__in=_OPEN_TASKS).update(agency=successor, assignee=None)
    case.clocks.filter(closed_at=None).update(lead_agency=successor)
    case.lead_agency, case.lead_worker = successor, None
    case.version, case.updated_at = case.version + 1, clock.now()
    case.save(update_fields=["lead_agency", "lead_worker", "version", "updated_at"])
    after = {"lead_agency": successor.pk, "lead_worker": None}
    audit.record(actor, "case.succession", case, before=before, after=after)


CASES = Succession(count=led_count, hand=led_hand)
