"""Moving a case to another lead agency (docs/domain.md §5.5): who employs an alleged perpetrator cannot lead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from agencies.choices import Side
from agencies.models import Agency
from agencies.services.notice import NoticeData, notices_create
from incidents.choices import LEVEL_RANK, Level, ShareBasis
from incidents.choices.changes import ChangeKind
from incidents.models import Case, CaseGrant, SubjectReport
from incidents.rules.sharing import KEPT_PURPOSE, LED_PURPOSE, Wishes, basis_of, gateway_standing, sharing_error
from incidents.rules.triage_routes import Route
from incidents.selectors.audience import IN_FORCE, spoc_ids
from incidents.selectors.share import recipients, wishes_of
from incidents.services.access import access_rebuild, grant_create, grant_end
from incidents.services.change import change_tell
from incidents.services.common import agency_acting, case_hold, text_check
from incidents.services.share import GUARDIAN_LIMIT, guardian_for
from incidents.services.ways import way_require
from incidents.services.words import case_words
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import RuleError, StaleError
from kernel.models import AuditOperation

REASON_LIMIT = 300
KEPT_NECESSITY = "It answers for the records that it made, and for tasks that stay with it"
NOT_TO_THEM = "This case cannot move to that agency. Choose another, or ask information governance."
NOT_AGAINST_WISH = (
    "{error} Share it with {name} by an override first: the case can move once a supervisor has confirmed it."
)


@dataclass(frozen=True)
class LeadTerms:
    """How the disclosure to a new lead agency stands: to the victims' wishes, why, and who answers for health data."""

    basis: ShareBasis
    reason: str
    caldicott_guardian: str = ""


def lead_transfer(
    *,
    actor: Actor,
    case: Case,
    version: int,
    agency: Agency,
    reason: str,
    keep: bool = True,
    caldicott_guardian: str = "",
) -> Case:
    """Give a case to another lead agency, with a reason. `keep`: the agency that gives it goes on reading it.

    For those who decide for the lead agency. Shares, clocks and history stay; the new agency names its own lead worker,
    and its points of contact are told. Against a victim's wish it goes only to an agency that reads it by a confirmed
    override. Raises ForbiddenError, StaleError, RuleError with the field: an agency that cannot lead (a conflict of
    interest gives the same sentence), one that a victim does not want, a health agency without its Caldicott guardian,
    a case that only named people open.
    """
    with transaction.atomic():
        held = case_hold(actor, case, Level.MANAGE)
        way_require(actor, held, Route.TRANSFER, "agency")
        if held.version != version:
            raise StaleError("Somebody else changed this case while you were working on it.", held)
        reason = case_words(actor, held, reason, name="Reason", field="reason", limit=REASON_LIMIT)
        # The wish first: an agency of a kind that it stands against is told from no other of that kind.
        basis = _basis(held, agency)
        _check(held, agency)
        guardian = text_check(
            caldicott_guardian,
            name="Caldicott guardian",
            field="caldicott_guardian",
            limit=GUARDIAN_LIMIT,
            required=False,
        )
        giver = Agency.objects.get(pk=agency_acting(actor, held))
        terms = LeadTerms(basis, reason, guardian_for(giver, agency, guardian))
        return lead_move(actor=actor, case=held, agency=agency, terms=terms, keep=keep)


def lead_move(*, actor: Actor, case: Case, agency: Agency, terms: LeadTerms, keep: bool) -> Case:
    """The move itself, in a transaction that holds the case: for `lead_transfer`, and for an agency that leaves the
    partnership (its open cases go to its successor)."""
    former = case.lead_agency
    _grants_move(actor, case, agency, terms, keep=keep)
    case.clocks.update(lead_agency=agency)
    SubjectReport.objects.unscoped(reason="names in quarantine go with the case").filter(case_id=case.pk).update(
        lead_agency=agency
    )
    case.lead_agency, case.lead_worker, case.deputy = agency, None, None
    case.version += 1
    case.updated_at = clock.now()
    # Nobody works it yet: so it stands in the new agency's triage inbox. The clock of the triage stands where it stood.
    case.save(update_fields=["lead_agency", "lead_worker", "deputy", "version", "updated_at"])
    audit.record(
        actor,
        "case.transfer",
        case,
        operation=AuditOperation.DISCLOSURE,
        before={"lead_agency": former.pk},
        after={"lead_agency": agency.pk},
        detail={"from": former.code, "to": agency.code, "keeps": keep, "basis": terms.basis},
        reason=terms.reason,
    )
    change_tell(actor, case, ChangeKind.LEAD_AGENCY, agency_id=agency.pk)
    access_rebuild([case.pk])
    _tell(actor, case, agency)
    return case


def _grants_move(actor: Actor, case: Case, agency: Agency, terms: LeadTerms, *, keep: bool) -> None:
    """Ends the lead of the agency that gives the case and begins the new one's; `keep`: the former goes on reading."""
    former = case.lead_agency
    for grant in case.grants.filter(source=CaseGrant.Source.LEAD, ended_at=None):
        grant_end(grant)
    grant_create(
        case=case,
        agency=agency,
        level=Level.MANAGE,
        source=CaseGrant.Source.LEAD,
        purpose=LED_PURPOSE,
        gateway=gateway_standing(agency.type),
        necessity=terms.reason,
        basis=terms.basis,
        caldicott_guardian=terms.caldicott_guardian,
        given_by_id=actor.user_id,
        from_agency_id=former.pk,
    )
    if keep and not case.grants.filter(agency=former, source=CaseGrant.Source.REPORT, ended_at=None).exists():
        grant_create(
            case=case,
            agency=former,
            level=Level.CONTRIBUTE,
            source=CaseGrant.Source.REPORT,
            purpose=KEPT_PURPOSE,
            gateway=gateway_standing(former.type),
            necessity=KEPT_NECESSITY,
            given_by_id=actor.user_id,
            from_agency_id=agency.pk,
        )


def lead_basis(wishes: Iterable[Wishes], agency: Agency, against: ShareBasis) -> ShareBasis:
    """How it stands to the victims' wishes that an agency leads their case; `against` where one says no to its kind."""
    said = tuple(wishes)
    return against if sharing_error(said, agency.type) else basis_of(said, agency.type)


def _basis(case: Case, agency: Agency) -> ShareBasis:
    """How the move stands to the wishes. Raises RuleError where they are against it and no override stands."""
    wishes = wishes_of(case)
    error = sharing_error(wishes, agency.type)
    if error and not _overridden(case, agency):
        raise RuleError(NOT_AGAINST_WISH.format(error=error, name=agency.name), "agency")
    return lead_basis(wishes, agency, ShareBasis.OVERRIDE)


def _overridden(case: Case, agency: Agency) -> bool:
    """Whether an agency reads the case by a share that somebody confirmed against the wish. One query."""
    shares = case.grants.filter(IN_FORCE, agency=agency, source=CaseGrant.Source.SHARE, basis=ShareBasis.OVERRIDE)
    return shares.filter(rank__gte=LEVEL_RANK[Level.VIEW]).exists()


def _check(case: Case, agency: Agency) -> None:
    possible = recipients(case).exclude(side=Side.PERPETRATOR)
    excluded = case.exclusions.filter(agency=agency, ended_at=None).exists()
    if excluded or not possible.filter(pk=agency.pk).exists():
        raise RuleError(NOT_TO_THEM, "agency")


def _tell(actor: Actor, case: Case, agency: Agency) -> None:
    notices_create(
        NoticeData(
            user_id,
            f"transfer:{case.pk}:{case.version}",
            "transfer",
            f"{case.ref} is now your agency’s to lead",
            f"/cases/{case.ref}/",
            case.pk,
        )
        for user_id in spoc_ids(agency.pk)
        if user_id != actor.user_id
    )
