"""A signposted agency asks for access to a case: it asks, answers a question, and is reminded or runs out.

Each turn lasts five working days: the lead agency's after a request or an answer, the asking agency's after a
question. Rules: docs/domain.md §5.5. What the lead agency decides stands in `services/access_decision.py`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import F

from agencies.services.notice import NoticeData, notices_create
from incidents.choices import LEVEL_RANK, OPEN_REQUESTS, Gateway, Level, RequestState
from incidents.models import AccessMessage, AccessRequest, Case, CaseAccess, CaseGrant
from incidents.rules.sharing import REQUEST_DAYS, answer_due, answer_remind
from incidents.scoping import REQUEST_NOTICE
from incidents.selectors.audience import decider_ids, spoc_ids
from incidents.services.clock import holidays_all
from incidents.services.common import text_check
from incidents.services.words import names_kept_out
from kernel import audit, clock
from kernel.actors import Actor
from kernel.db import advisory_lock
from kernel.errors import ForbiddenError, RuleError

PURPOSE_LIMIT, MESSAGE_LIMIT = 300, 500
_WAITS = "Your agency has asked for access to this case already."


def access_ask(*, actor: Actor, signpost: CaseAccess, purpose: str, gateway: str) -> AccessRequest:
    """Ask for access to a case of which one's agency only knows that it exists (a row from `signpost_get`).

    Asking again for the same purpose while the request waits (a double click) answers the first. The lead agency's
    points of contact are told. Raises RuleError with the field, or where a colleague has asked already.
    """
    purpose = text_check(purpose, name="Purpose", field="purpose", limit=PURPOSE_LIMIT)
    if gateway not in Gateway.values:
        raise RuleError("Choose the legal gateway from the list.", "gateway")
    if signpost.agency_id not in actor.agency_ids:
        raise ForbiddenError("Only an agency that knows of the case can ask for access to it.")
    mine = AccessRequest.objects.visible_to(actor).filter(case_id=signpost.case_id, agency_id=signpost.agency_id)
    earlier = mine.filter(state__in=OPEN_REQUESTS).first()
    if earlier is not None:
        if (earlier.purpose, earlier.gateway, earlier.asked_by_id) == (purpose, gateway, actor.user_id):
            return earlier
        raise RuleError(_WAITS)
    now = clock.now()
    asked = AccessRequest(
        uid=uuid.uuid4(),
        case_id=signpost.case_id,
        agency_id=signpost.agency_id,
        purpose=purpose,
        gateway=gateway,
        asked_by_id=actor.user_id,
        asked_at=now,
    )
    turn_start(asked)
    try:
        with transaction.atomic():
            asked.save(force_insert=True)
            request_record(actor, "access.ask", asked, reason=purpose)
            people = spoc_ids(signpost.lead_agency_id) or decider_ids(signpost.lead_agency_id)
            lead_tell(asked, signpost.case_ref, people, "an agency asks for access", "ask")
    except IntegrityError as error:
        raise RuleError(_WAITS) from error
    return asked


def access_reply(*, actor: Actor, asked: AccessRequest, ref: str, lead_agency_id: int, text: str) -> AccessMessage:
    """Answer the lead agency's question; the request then waits for the lead agency again.

    Raises AccessRequest.DoesNotExist out of scope, RuleError without an answer or where nothing was asked.
    """
    with transaction.atomic():
        found = request_hold(actor, asked)
        if found.agency_id not in actor.agency_ids:
            raise ForbiddenError("Only the agency that asks for access answers this.")
        if found.state != RequestState.QUESTION:
            raise RuleError("There is no question to answer.", "text")
        message = message_write(actor, found, AccessMessage.Kind.ANSWER, text, found.agency_id)
        found.state = RequestState.OPEN
        turn_start(found)
        found.save(update_fields=["state", "remind_at", "expires_at"])
        request_record(actor, "access.reply", found)
        people = spoc_ids(lead_agency_id) or decider_ids(lead_agency_id)
        lead_tell(found, ref, people, "your question about a request is answered", f"reply{message.pk}")
        return message


def requests_meet(actor: Actor, case: Case, grant: CaseGrant) -> None:
    """A share that lets an agency read grants what it asked for. Two queries, and three where it had asked."""
    if grant.rank < LEVEL_RANK[Level.VIEW]:
        return
    waiting = AccessRequest.objects.visible_to(actor).filter(case=case, agency_id=grant.agency_id)
    asked = waiting.filter(state__in=OPEN_REQUESTS).select_for_update(of=("self",)).first()
    if asked is None:
        return
    request_decide(actor, asked, RequestState.GRANTED, grant)
    request_record(actor, "access.grant", asked)
    if asked.asked_by_id:
        asker_tell(asked, case.ref, "your request for access is granted", "granted")


# --- Sweeps --------------------------------------------------------------------------------------


def requests_sweep(*, actor: Actor) -> int:
    """Remind whose turn it is the working day before a request runs out, and let it run out; answers how many ran out.

    One sweeper at a time.
    """
    with transaction.atomic():
        if not advisory_lock("access requests"):
            return 0
        now = clock.now()
        rows = AccessRequest.objects.unscoped(reason="requests that nobody has answered").annotate(
            ref=F("case__ref"), lead_id=F("case__lead_agency_id")
        )
        waiting = rows.filter(state__in=OPEN_REQUESTS)
        for asked in waiting.filter(remind_at__lte=now, expires_at__gt=now):
            _remind(asked)
        due = list(waiting.filter(expires_at__lte=now).select_for_update(of=("self",), skip_locked=True))
        for asked in due:
            _expire(actor, asked)
        return len(due)


def _remind(asked: AccessRequest) -> None:
    step = f"remind{asked.expires_at:%Y%m%d}"
    ref, lead_id = asked.ref, asked.lead_id  # type: ignore[attr-defined]
    if asked.state == RequestState.QUESTION:
        asker_tell(asked, ref, "your answer to a question is due on the next working day", step)
    else:
        lead_tell(asked, ref, decider_ids(lead_id), "a request for access runs out on the next working day", step)


def _expire(actor: Actor, asked: AccessRequest) -> None:
    ref, lead_id = asked.ref, asked.lead_id  # type: ignore[attr-defined]
    asked.state, asked.decided_at = RequestState.EXPIRED, clock.now()
    asked.save(update_fields=["state", "decided_at"])
    request_record(actor, "access.expire", asked)
    asker_tell(asked, ref, "your request for access has run out unanswered", "expired")
    lead_tell(asked, ref, spoc_ids(lead_id), "a request for access has run out unanswered", "expired")


# --- Parts of every step --------------------------------------------------------------------------


def request_hold(actor: Actor, asked: AccessRequest) -> AccessRequest:
    """The row as it stands, locked. Raises AccessRequest.DoesNotExist out of scope."""
    rows = AccessRequest.objects.visible_to(actor).select_for_update(of=("self",)).select_related("agency")
    found: AccessRequest = rows.get(pk=asked.pk)
    return found


def turn_start(asked: AccessRequest) -> None:
    """Whoever's turn it is now has five working days, and is reminded the working day before they end."""
    holidays = holidays_all()
    asked.expires_at = answer_due(clock.now(), REQUEST_DAYS, holidays)
    asked.remind_at = answer_remind(asked.expires_at, holidays)


def message_write(
    actor: Actor, asked: AccessRequest, kind: str, text: str, agency_id: int, case: Case | None = None
) -> AccessMessage:
    """Keep what was said; `case` where it is said by who leads it. Raises RuleError without a text."""
    text = text_check(text, name=AccessMessage.Kind(kind).label, field="text", limit=MESSAGE_LIMIT)
    if case is not None:
        names_kept_out(actor, case, text, field="text")
    message = AccessMessage(
        request=asked, kind=kind, text=text, agency_id=agency_id, author_id=actor.user_id, at=clock.now()
    )
    message.save(force_insert=True)
    return message


def request_decide(actor: Actor, asked: AccessRequest, state: RequestState, grant: CaseGrant | None) -> None:
    """Close a request."""
    asked.state, asked.grant = state, grant
    asked.decided_by_id, asked.decided_at = actor.user_id, clock.now()
    asked.save(update_fields=["state", "grant", "decided_by", "decided_at"])


def request_record(actor: Actor, action: str, asked: AccessRequest, reason: str = "") -> None:
    """The audit event of a step."""
    detail = {"agency": asked.agency_id, "state": asked.state}
    audit.record(actor, action, asked, detail=detail, reason=reason)


def asker_tell(asked: AccessRequest, ref: str, words: str, step: str) -> None:
    """Tell who asked; the wall keeps it from them once they may not know of the case any more."""
    if asked.asked_by_id:
        _tell(asked, ref, [asked.asked_by_id], words, step, f"/cases/{ref}/")


def lead_tell(asked: AccessRequest, ref: str, people: Iterable[int], words: str, step: str) -> None:
    """Tell people of the lead agency, with the way to where they decide."""
    _tell(asked, ref, people, words, step, f"/cases/{ref}/requests/{asked.pk}/")


def _tell(asked: AccessRequest, ref: str, people: Iterable[int], words: str, step: str, url: str) -> None:
    notices_create(
        NoticeData(user_id, f"request:{asked.pk}:{step}", REQUEST_NOTICE, f"{ref}: {words}", url, asked.case_id)
        for user_id in people
    )
