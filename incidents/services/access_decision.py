"""What the lead agency decides about a request for access: to grant it, to refuse, to ask back (docs/domain.md §5.5)."""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction

from incidents.choices import LEVEL_RANK, Level, RequestState
from incidents.models import AccessMessage, AccessRequest, Case, CaseGrant
from incidents.scoping import is_decider
from incidents.services.access_request import (
    asker_tell,
    message_write,
    request_decide,
    request_hold,
    request_record,
    turn_start,
)
from incidents.services.common import case_hold
from incidents.services.share import ShareTerms, share_put
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError


def access_grant(*, actor: Actor, case: Case, asked: AccessRequest, terms: ShareTerms) -> CaseGrant:
    """Grant a request: the case is shared with the agency that asked, on terms that the lead agency sets.

    Raises what `share_give` raises; ForbiddenError for who does not decide for the lead agency; RuleError where the
    request is decided, or the level lets them read no more than they know already.
    """
    with transaction.atomic():
        held, found = _hold(actor, case, asked)
        if terms.level not in Level.values or LEVEL_RANK[terms.level] < LEVEL_RANK[Level.VIEW]:
            raise RuleError("Choose a level that lets them read the case, or refuse the request.", "level")
        return share_put(actor=actor, case=held, terms=replace(terms, agency=found.agency))


def access_refuse(*, actor: Actor, case: Case, asked: AccessRequest, reason: str) -> AccessRequest:
    """Refuse a request, with a reason that the agency that asked reads.

    Raises ForbiddenError for who does not decide for the lead agency, RuleError without a reason or where the request
    is decided.
    """
    with transaction.atomic():
        held, found = _hold(actor, case, asked)
        message = message_write(actor, found, AccessMessage.Kind.REFUSAL, reason, held.lead_agency_id, held)
        request_decide(actor, found, RequestState.REFUSED, None)
        request_record(actor, "access.refuse", found, reason=message.text)
        asker_tell(found, held.ref, "your request for access is refused", "refused")
        return found


def access_question(*, actor: Actor, case: Case, asked: AccessRequest, text: str) -> AccessMessage:
    """Ask the agency that wants access something first; it then has five working days to answer.

    Raises as `access_refuse` does.
    """
    with transaction.atomic():
        held, found = _hold(actor, case, asked)
        message = message_write(actor, found, AccessMessage.Kind.QUESTION, text, held.lead_agency_id, held)
        found.state = RequestState.QUESTION
        turn_start(found)
        found.save(update_fields=["state", "remind_at", "expires_at"])
        request_record(actor, "access.question", found)
        asker_tell(found, held.ref, "the lead agency has a question about your request", f"question{message.pk}")
        return message


def require_decides(actor: Actor, case: Case) -> None:
    """Raise ForbiddenError unless the actor decides for the lead agency."""
    if not is_decider(actor, case.lead_agency_id):
        raise ForbiddenError("Only the lead agency’s point of contact, a deputy or a manager decides on a request.")


def _hold(actor: Actor, case: Case, asked: AccessRequest) -> tuple[Case, AccessRequest]:
    """Case and request, locked, in that order."""
    held = case_hold(actor, case, Level.MANAGE, open_only=False)
    require_decides(actor, held)
    found = request_hold(actor, asked)
    if not RequestState(found.state).is_open:
        raise RuleError(f"This request is decided: {found.get_state_display().lower()}.")
    return held, found
