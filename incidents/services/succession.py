"""When an agency's sharing agreement ends, its open cases go to its successor: none is left without a lead.

Done by the worker, case by case. What the successor may not have (an exclusion), and RESTRICTED cases that nobody
else can open, stay where they are and are reported: the agency's sign-in stays open for them.
"""

from __future__ import annotations

from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, QuerySet

from agencies.models import Agency
from agencies.registries import Succession
from agencies.services.notice import NoticeData, notices_create
from incidents.choices import OPEN_STATUSES, Level, ShareBasis, Tier
from incidents.models import Case, CaseExclusion, CaseGrant, CasePerson, Party
from incidents.rules.sharing import ASKED_ABOUT, Wishes
from incidents.scoping import WISH_NOTICE
from incidents.selectors.audience import governance_ids
from incidents.services.access import grant_end
from incidents.services.task_return import agency_leave, assignees_drop
from incidents.services.transfer import LeadTerms, lead_basis, lead_move
from kernel.actors import Actor

_WHY = "open cases go to the successor of an agency whose agreement has ended"
_REASON = "The sharing agreement of the agency that led it has ended"


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
    mine = led_open(agency_id).exclude(Exists(excluded)).select_related("lead_agency")
    cases = list(mine.select_for_update(of=("self",)).order_by("pk"))
    handed = [case for case in cases if case.tier != Tier.RESTRICTED or _opened_elsewhere(case, agency_id)]
    for case in handed:
        _give(actor, case, successor)
    return len(handed)


def _opened_elsewhere(case: Case, agency_id: int) -> bool:
    """Whether somebody of another agency is named in a RESTRICTED case and can go on with it."""
    named = CasePerson.objects.unscoped(reason=_WHY).filter(case=case, ended_at=None, rank__gte=Level.CONTRIBUTE.rank)
    others = named.filter(user__is_active=True, user__memberships__is_active=True)
    return others.exclude(user__memberships__agency_id=agency_id).exists()


def _give(actor: Actor, case: Case, successor: Agency) -> None:
    """The lead moves, with what waits there: open tasks, clocks, names in quarantine. The former agency keeps nothing.

    Also against a victim's wish, which the grant then says: a case without a lead helps nobody. Information governance
    is asked to look.
    """
    former = case.lead_agency_id
    assignees_drop(actor=actor, tasks=case.tasks.filter(agency_id=former), successor=successor)
    for grant in case.grants.filter(agency_id=former, ended_at=None).exclude(source=CaseGrant.Source.LEAD):
        grant_end(grant)
    basis = lead_basis(_wishes(case), successor, ShareBasis.SUCCESSION)
    terms = LeadTerms(basis, _REASON, successor.caldicott_guardian)
    lead_move(actor=actor, case=case, agency=successor, terms=terms, keep=False)
    if basis == ShareBasis.SUCCESSION:
        _tell_governance(case)


def _wishes(case: Case) -> list[Wishes]:
    """What the victims of a case wish; the worker holds no case, and asks for none."""
    parties = Party.objects.unscoped(reason=_WHY).filter(case=case, victim__isnull=False)
    names = [f"victim__{name}" for name in ASKED_ABOUT]
    return [Wishes(*row) for row in parties.values_list(*names).distinct()]


def _tell_governance(case: Case) -> None:
    notices_create(
        NoticeData(
            user_id,
            f"wish:{case.pk}:{case.version}",
            WISH_NOTICE,
            f"{case.ref} went to a successor agency of a kind with which a victim does not want it shared: look at it",
            f"/governance/record/?{urlencode({'ref': case.ref})}",
            case.pk,
        )
        for user_id in governance_ids()
    )


CASES = Succession(count=led_count, hand=led_hand, leave=agency_leave)
