"""What the lead agency decides: to release a case to a meeting, to refuse, to refer a case to the next meeting."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from django.db import IntegrityError, transaction

from agencies.choices import AgencyType, Area
from agencies.models import Agency
from hasbag import rules, tasks
from hasbag.choices import ItemState, ProposalState
from hasbag.models import AgendaItem, AgendaProposal, Meeting, Referral
from hasbag.selectors.release import release_for
from hasbag.services.item import is_late_now
from hasbag.services.meeting import require_unsigned
from incidents.choices import CaseStatus, Gateway, Level
from incidents.models import Case, CaseGrant
from incidents.rules.sharing import basis_of
from incidents.scoping import is_decider
from incidents.services.access import access_rebuild, grant_create
from incidents.services.common import case_hold
from incidents.services.share import guardian_for
from incidents.services.tier import tier_for_meeting
from incidents.services.words import names_kept_out
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError
from kernel.models import AuditOperation
from kernel.queue import enqueue

PURPOSE_LIMIT = 300
REASON_LIMIT = 300
PURPOSE = "Discussion at {ref}: preventing crime and disorder, and protecting those affected"
NECESSITY = "Members can only discuss the case at {ref} if they can read it; they read and add nothing else"
# Section 115 lets anybody disclose to the authorities it names; other members need a gateway of their own (§6.7).
GATEWAY, GATEWAY_OTHERS = Gateway.CDA_115, Gateway.PREVENT_CRIME


def proposal_release(
    *,
    actor: Actor,
    proposal: AgendaProposal,
    agency_ids: Collection[int] | None = None,
    purpose: str = "",
    gateway: str = GATEWAY,
    gateway_others: str = GATEWAY_OTHERS,
) -> AgendaItem:
    """Release a proposed case to the meeting: the members may read it until twenty working days after the minutes'
    sign-off, and it comes on the agenda; it becomes a case of the HASBAG tier. Without `agency_ids` the members that
    the page suggests.

    Members with a conflict of interest are passed over, and who reads the case already keeps what they have. Raises
    RuleError where the proposal was decided, the case is closed or opens to named people alone, or a victim's wishes
    stand against it.
    """
    with transaction.atomic():
        proposal = _locked(actor, proposal)
        if proposal.state == ProposalState.RELEASED and proposal.decided_by_id == actor.user_id:
            return proposal.meeting.items.select_related("case").get(case=proposal.case)
        _require_waiting(proposal)
        given = _give(actor, proposal.case, proposal.meeting, agency_ids, purpose, gateway, gateway_others)
        item = _item_list(actor, proposal)
        _decide(actor, proposal, ProposalState.RELEASED)
        _record(actor, "meeting.release", proposal, AuditOperation.DISCLOSURE, agencies=given)
    return item


def proposal_refuse(*, actor: Actor, proposal: AgendaProposal, reason: str) -> AgendaProposal:
    """Keep a proposed case from the meeting, with a reason that stays with the lead agency: the chair's agency learns
    nothing of it. Raises RuleError without a reason or where the proposal was decided."""
    reason = _text(actor, proposal.case, reason, "Enter why the case is not released.")
    with transaction.atomic():
        proposal = _locked(actor, proposal)
        if proposal.state == ProposalState.REFUSED and proposal.decided_by_id == actor.user_id:
            return proposal
        _require_waiting(proposal)
        proposal.reason = reason
        _decide(actor, proposal, ProposalState.REFUSED)
        _record(actor, "meeting.refuse", proposal, AuditOperation.ALTERATION)
    return proposal


def item_release(
    *,
    actor: Actor,
    item: AgendaItem,
    agency_ids: Collection[int] | None = None,
    purpose: str = "",
    gateway: str = GATEWAY,
    gateway_others: str = GATEWAY_OTHERS,
) -> AgendaItem:
    """Open a case that is on the agenda already to all members of the meeting; the same terms as a proposal's release.

    Raises ForbiddenError for whoever does not decide for the lead agency, RuleError as `proposal_release` does.
    """
    if not is_decider(actor, item.case.lead_agency_id):
        raise ForbiddenError("Only the lead agency’s point of contact or a manager can release this case.")
    with transaction.atomic():
        given = _give(actor, item.case, item.meeting, agency_ids, purpose, gateway, gateway_others)
        _record(actor, "meeting.release", item, AuditOperation.DISCLOSURE, agencies=given)
    return item


def case_refer(
    *, actor: Actor, case: Case, area: str, reason: str, submission_id: uuid.UUID | None = None
) -> Referral:
    """Refer a case to the next meeting of an area whose agenda is not frozen yet, with a reason that the meeting reads
    (docs/domain.md §6.3). The system puts it on the agenda, or asks the lead agency to release it first.

    Raises ForbiddenError for whoever does not decide for the lead agency, RuleError with the field.
    """
    if not is_decider(actor, case.lead_agency_id):
        raise ForbiddenError("Only the lead agency’s point of contact or a manager can refer this case.")
    if area not in Area.values:
        raise RuleError("Choose an area: north or west.", "area")
    reason = _text(actor, case, reason, "Enter why the meeting should discuss the case.")
    _require_open(case)
    _require_area(case, area)
    submission_id = submission_id or uuid.uuid4()
    mine = Referral.objects.visible_to(actor).filter(submission_id=submission_id, referred_by_id=actor.user_id)
    if (earlier := mine.first()) is not None:
        return earlier
    try:
        with transaction.atomic():
            referral = Referral(
                submission_id=submission_id,
                case=case,
                area=area,
                reason=reason,
                referred_by_id=actor.user_id,
                created_at=clock.now(),
            )
            referral.save(force_insert=True)
            audit.record(actor, "case.refer", referral, detail={"case": case.ref, "area": area})
    except IntegrityError:
        if (earlier := mine.first()) is not None:
            return earlier
        raise RuleError(f"{case.ref} waits for the next meeting of this area already.", "area") from None
    enqueue(tasks.area_choose, area)
    return referral


# --- Giving access -------------------------------------------------------------------------------


def _give(
    actor: Actor,
    case: Case,
    meeting: Meeting,
    agency_ids: Collection[int] | None,
    purpose: str,
    gateway: str,
    gateway_others: str,
) -> list[str]:
    """Grant *view* to the newcomers among the members that were chosen; answers their codes."""
    require_unsigned(meeting)
    _require_open(case)
    held = case_hold(actor, case, Level.MANAGE)
    purpose = purpose.strip() or PURPOSE.format(ref=meeting.ref)
    _text(actor, held, purpose, "", field="purpose", limit=PURPOSE_LIMIT)
    for name, value in (("gateway", gateway), ("gateway_others", gateway_others)):
        if value not in Gateway.values:
            raise RuleError("Choose a legal gateway.", name)
    release = release_for(actor, case, meeting)
    chosen = release.suggested if agency_ids is None else [a for a in release.newcomers if a.pk in set(agency_ids)]
    if any(agency.pk == meeting.chair_agency_id for agency in set(release.newcomers) - set(chosen)):
        raise RuleError("The chair’s agency has to be able to read a case that the meeting discusses.", "agencies")
    if problems := release.problems(chosen):
        raise RuleError(" ".join(problems), "agencies")
    _require_gateway(chosen, gateway_others)
    tier_for_meeting(actor=actor, case=held, meeting_ref=meeting.ref)
    for agency in chosen:
        guardian = _guardian(case, agency)
        grant_create(
            case=case,
            agency=agency,
            level=Level.VIEW,
            source=CaseGrant.Source.MEETING,
            source_ref=meeting.ref,
            purpose=purpose,
            gateway=gateway if AgencyType(agency.type).is_statutory_s115 else gateway_others,
            given_by_id=actor.user_id,
            necessity=NECESSITY.format(ref=meeting.ref),
            basis=basis_of(release.wishes, agency.type),
            caldicott_guardian=guardian,
            from_agency_id=case.lead_agency_id,
        )
    access_rebuild([case.pk])
    return [agency.code for agency in chosen]


def _guardian(case: Case, agency: Agency) -> str:
    """The Caldicott guardian on record, where a health agency gives or receives (docs/domain.md §8.4)."""
    try:
        return guardian_for(case.lead_agency, agency)
    except RuleError as error:
        raise RuleError(f"{error.message} It is kept with the agency’s record.", "agencies") from error


def _require_gateway(chosen: Sequence[Agency], gateway_others: str) -> None:
    others = [agency.name for agency in chosen if not AgencyType(agency.type).is_statutory_s115]
    if others and gateway_others == Gateway.CDA_115:
        raise RuleError(f"Section 115 does not cover sharing with {', '.join(others)}.", "gateway_others")


def _item_list(actor: Actor, proposal: AgendaProposal) -> AgendaItem:
    """The released case as a line of the agenda; one that the chair added or took off meanwhile stays as it is."""
    # The lead agency need not be a member of the meeting: the wall lets it at the line through its proposal.
    known = AgendaItem.objects.unscoped(reason="the line of a case that its lead agency releases")
    item = known.select_related("case").filter(meeting=proposal.meeting, case=proposal.case).first()
    if item is not None:
        return item
    late = is_late_now(proposal.meeting)
    item = AgendaItem(
        meeting=proposal.meeting,
        case=proposal.case,
        criteria=proposal.criteria,
        reason=proposal.reason or ("Released after the freeze." if late else ""),
        late=late,
        state=ItemState.LISTED,
        added_by_id=actor.user_id,
        added_at=clock.now(),
    )
    item.save(force_insert=True)
    return item


# --- Small parts ---------------------------------------------------------------------------------


def _locked(actor: Actor, proposal: AgendaProposal) -> AgendaProposal:
    return (
        AgendaProposal.objects.visible_to(actor)
        .select_related("meeting", "case")
        .select_for_update(of=("self",))
        .get(pk=proposal.pk)
    )


def _require_waiting(proposal: AgendaProposal) -> None:
    if proposal.state != ProposalState.WAITING:
        said = "released" if proposal.state == ProposalState.RELEASED else "refused"
        raise RuleError(f"A colleague has {said} this case already.")


def _require_open(case: Case) -> None:
    if not CaseStatus(case.status).is_open:
        raise RuleError(f"{case.ref} is not open, so it cannot come before a meeting.")


def _require_area(case: Case, area: str) -> None:
    """The meeting of an area discusses what happened there, or to somebody who lives there."""
    facts = rules.CaseFacts(
        case.status,
        case.classification,
        case.tier,
        victim_districts=frozenset({case.victim_district}),
        incident_districts=frozenset({case.district_id, *case.incidents.values_list("district_id", flat=True)}),
    )
    if not facts.in_area(area):
        raise RuleError(f"{case.ref} has no place in {Area(area).label}. Choose the other area.", "area")


def _decide(actor: Actor, proposal: AgendaProposal, state: ProposalState) -> None:
    proposal.state, proposal.decided_by_id, proposal.decided_at = state, actor.user_id, clock.now()
    proposal.save(update_fields=["state", "reason", "decided_by", "decided_at"])


def _text(
    actor: Actor, case: Case, text: str, missing: str, *, field: str = "reason", limit: int = REASON_LIMIT
) -> str:
    text = text.strip()
    if not text:
        raise RuleError(missing, field)
    if len(text) > limit:
        raise RuleError(f"It must be {limit} characters or fewer.", field)
    names_kept_out(actor, case, text, field=field)
    return text


def _record(
    actor: Actor,
    action: str,
    subject: AgendaProposal | AgendaItem,
    operation: str,
    agencies: Sequence[str] = (),
) -> None:
    audit.record(
        actor,
        action,
        subject,
        operation=operation,
        detail={"meeting": subject.meeting.ref, "case": subject.case.ref, "agencies": list(agencies)},
    )
