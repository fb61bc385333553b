"""Classifications that need two people: proposed by one, confirmed by another, with all that follows (docs/domain.md §1.4)."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import IntegrityError, connection, transaction

from agencies.services.notice import NoticeData, notices_create
from incidents.choices import CaseStatus, Classification, ClockKind, Level, ProposalState
from incidents.choices.changes import ChangeKind
from incidents.models import Case, ClassificationProposal
from incidents.rules.classification import FOR_HATE, Change
from incidents.rules.sharing import answer_due
from incidents.rules.triage_routes import Route
from incidents.scoping import is_triager
from incidents.selectors.classification import triager_ids
from incidents.services.access import access_rebuild
from incidents.services.change import change_tell, status_tell
from incidents.services.clock import clock_meet, clocks_stop, holidays_all
from incidents.services.closure import closure_decided
from incidents.services.common import case_hold, case_touch
from incidents.services.crime import decision_write
from incidents.services.names import names_quarantine, texts_erased
from incidents.services.repeat import repeat_refresh
from incidents.services.search import search_refresh
from incidents.services.task_end import tasks_end
from incidents.services.ways import way_require
from incidents.services.words import case_words
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError, StaleError
from kernel.models import AuditOperation

REASON_LIMIT = 500
PROPOSAL_DAYS = 5
"""Working days after which a proposal that nobody decided counts for nothing."""

ONLY_TRIAGERS = "Only a triager of the lead agency decides this."
NOT_ALONE = "Two people decide this. Ask a colleague who sorts reports for your agency."


def classification_propose(*, actor: Actor, case: Case, version: int, to: str, reason: str) -> ClassificationProposal:
    """Propose that a case is *not hate*, *not to be recorded*, or *anti-social behaviour*; nothing changes until a
    second triager of the lead agency confirms it. The same proposal by the same person again is the first one.

    Raises ForbiddenError for who does not triage for the lead agency, StaleError, RuleError with the field: no reason,
    another classification, one that waits already.
    """
    with transaction.atomic():
        held = case_hold(actor, case, Level.MANAGE)
        _require_triager(actor, held)
        if held.version != version:
            raise StaleError("Somebody else changed this case while you were working on it.", held)
        if to not in Classification.values or not Classification(to).needs_two:
            raise RuleError("Choose what it is from the list.", "to")
        way_require(actor, held, Route(to), "to")
        reason = case_words(actor, held, reason, name="Reason", field="reason", limit=REASON_LIMIT)
        _expire(held)
        waiting = held.proposals.filter(state=ProposalState.WAITING).first()
        if waiting is not None:
            if (waiting.to, waiting.reason, waiting.proposed_by_id) == (to, reason, actor.user_id):
                return waiting
            way_require(actor, held, Route(to), "to", proposal_waits=True)
        now = clock.now()
        proposal = ClassificationProposal(
            case=held,
            to=to,
            reason=reason,
            proposed_by_id=actor.user_id or 0,
            at=now,
            expires_at=answer_due(now, PROPOSAL_DAYS, holidays_all()),
        )
        _insert(proposal)
        case_touch(held)
        audit.record(actor, "classification.propose", held, detail={"to": to}, reason=reason)
        change_tell(actor, held, ChangeKind.PROPOSED, after=to)
        _tell_others(actor, held, proposal)
        return proposal


def classification_confirm(*, actor: Actor, proposal: ClassificationProposal, version: int) -> ClassificationProposal:
    """Confirm as the second person; the classification changes with its history, and all that follows at once.

    Raises what `classification_propose` raises, ForbiddenError for whoever proposed it, RuleError where it is decided
    or expired.
    """
    with transaction.atomic():
        held, waiting = _waiting(actor, proposal)
        if held.version != version:
            raise StaleError("Somebody else changed this case while you were working on it.", held)
        _require_second(actor, waiting)
        # It may have become something else since it was proposed.
        way_require(actor, held, Route(waiting.to))
        _decide(actor, waiting, ProposalState.CONFIRMED, "")
        before = held.classification
        classification_apply(actor=actor, case=held, to=waiting.to, reason=waiting.reason)
        audit.record(
            actor,
            "classification.confirm",
            held,
            before={"classification": before},
            after={"classification": waiting.to},
            detail={"proposed_by": waiting.proposed_by_id},
            reason=waiting.reason,
        )
        _tell_proposer(actor, held, waiting, "was confirmed")
        return waiting


def classification_refuse(*, actor: Actor, proposal: ClassificationProposal, reason: str) -> ClassificationProposal:
    """Refuse as the second person, with a reason for whoever proposed it. Nothing changes in the case."""
    with transaction.atomic():
        held, waiting = _waiting(actor, proposal)
        _require_second(actor, waiting)
        reason = case_words(actor, held, reason, name="Reason", field="reason", limit=REASON_LIMIT)
        _decide(actor, waiting, ProposalState.REFUSED, reason)
        case_touch(held)
        audit.record(actor, "classification.refuse", held, detail={"to": waiting.to}, reason=reason)
        change_tell(actor, held, ChangeKind.PROPOSAL_REFUSED, after=waiting.to)
        _tell_proposer(actor, held, waiting, "was refused")
        return waiting


def classification_withdraw(*, actor: Actor, proposal: ClassificationProposal) -> ClassificationProposal:
    """Take back one's own proposal while it waits."""
    with transaction.atomic():
        held, waiting = _waiting(actor, proposal)
        if waiting.proposed_by_id != actor.user_id:
            raise ForbiddenError("Only who proposed it can take it back.")
        _decide(actor, waiting, ProposalState.WITHDRAWN, "")
        case_touch(held)
        audit.record(actor, "classification.withdraw", held, detail={"to": waiting.to})
        change_tell(actor, held, ChangeKind.PROPOSAL_TAKEN_BACK, after=waiting.to)
        return waiting


def classification_apply(*, actor: Actor, case: Case, to: str, reason: str) -> None:
    """Change the classification of a case that the caller holds, with its history, and do all that follows: tasks,
    clocks, names, standing, the closing, access rows, search and the repeat flag. The caller audits it.
    """
    change = Change(case.classification, to)
    now, status = clock.now(), case.status
    decision_write(actor, case, to, reason)
    if change.closes:
        tasks_end(actor=actor, case=case, why=f"The case was closed: {Classification(to).label.lower()}.")
    if change.status_after:
        case.status, case.closed_at = change.status_after, now
    elif case.status in (CaseStatus.NEW, CaseStatus.TRIAGE):
        case.status = CaseStatus.OPEN
    case.triaged_at = case.triaged_at or now
    case.version += 1
    case.updated_at = now
    case.save(update_fields=["classification", "status", "closed_at", "triaged_at", "version", "updated_at"])
    if not change.closes:
        status_tell(actor, case, status)
    _clocks(actor, case, change, now)
    _names(actor, case, to)
    access_rebuild([case.pk])
    search_refresh(case)
    repeat_refresh(case)


def _clocks(actor: Actor, case: Case, change: Change, now: dt.datetime) -> None:
    clock_meet(case, ClockKind.K2, now)
    if change.closes:
        closure_decided(actor, case, change.after, now)
    elif change.stops:
        clocks_stop(case, FOR_HATE)


def _names(actor: Actor, case: Case, to: str) -> None:
    names_quarantine(actor=actor, case=case)
    if to != Classification.NO_RECORD:
        return
    with connection.cursor() as cursor:
        cursor.execute("select hatecase_quarantine_drop(%s)", [case.pk])
        erased = int(cursor.fetchone()[0])
    if erased:
        audit.record(
            actor,
            "quarantine.erase",
            case,
            operation=AuditOperation.ERASURE,
            detail={"people": erased} | texts_erased(),
            reason="Not to be recorded",
        )


# --- Checks -----------------------------------------------------------------------------------------


def _require_triager(actor: Actor, case: Case) -> None:
    if not is_triager(actor, case.lead_agency_id):
        raise ForbiddenError(ONLY_TRIAGERS)


def _require_second(actor: Actor, proposal: ClassificationProposal) -> None:
    if proposal.proposed_by_id == actor.user_id:
        raise ForbiddenError(NOT_ALONE)


def _waiting(actor: Actor, proposal: ClassificationProposal) -> tuple[Case, ClassificationProposal]:
    """The case and the proposal, both locked, for a triager of the lead agency while it waits."""
    held = case_hold(actor, proposal.case, Level.MANAGE, people=True)
    _require_triager(actor, held)
    row = ClassificationProposal.objects.visible_to(actor).select_for_update(of=("self",)).get(pk=proposal.pk)
    if row.state != ProposalState.WAITING:
        raise RuleError(f"This was decided already: {row.get_state_display().lower()}.")
    if row.expires_at <= clock.now():
        raise RuleError("This proposal has expired. Propose it again if it still holds.")
    row.case = held
    return held, row


def _decide(actor: Actor, proposal: ClassificationProposal, state: ProposalState, reason: str) -> None:
    proposal.state, proposal.decided_by_id, proposal.decided_at = state, actor.user_id, clock.now()
    proposal.decision_reason = reason
    proposal.save(update_fields=["state", "decided_by", "decided_at", "decision_reason"])


def _expire(case: Case) -> None:
    over = case.proposals.filter(state=ProposalState.WAITING, expires_at__lte=clock.now())
    over.update(state=ProposalState.EXPIRED, decided_at=clock.now())


def _insert(proposal: ClassificationProposal) -> None:
    try:
        with transaction.atomic():
            proposal.save(force_insert=True)
    except IntegrityError as error:
        raise RuleError(
            "A proposal for this case waits for a second person already. Decide it first.", "to"
        ) from error


def _tell_others(actor: Actor, case: Case, proposal: ClassificationProposal) -> None:
    text = f"{case.ref} waits for a second person’s decision"
    url = f"/cases/{case.ref}/classification/{proposal.uid}/"
    notices_create(
        NoticeData(user_id, f"proposal:{proposal.uid}", "proposal", text, url, case.pk)
        for user_id in triager_ids(case.lead_agency_id)
        if user_id != actor.user_id
    )


def _tell_proposer(actor: Actor, case: Case, proposal: ClassificationProposal, what: str) -> None:
    key = f"proposal:{proposal.uid}:{uuid.uuid4().hex}"
    text = f"What you proposed for {case.ref} {what}"
    notices_create(
        [NoticeData(proposal.proposed_by_id, key, "proposal", text, f"/cases/{case.ref}/classification/", case.pk)]
    )
