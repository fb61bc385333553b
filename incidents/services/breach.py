"""Breaches: opened by a recall, judged by information governance within 72 hours (docs/domain.md §8.3)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from agencies.services.notice import NoticeData, notices_create
from incidents.choices import BreachState
from incidents.models import Breach
from incidents.rules.breach import STEPS, hours_left, reminders_due
from incidents.scoping import BREACH_NOTICE, may_judge_breaches
from incidents.selectors.audience import decider_ids, governance_ids
from incidents.services.common import text_check
from kernel import audit, clock
from kernel.actors import Actor
from kernel.db import advisory_lock
from kernel.errors import ForbiddenError, RuleError

REASON_LIMIT, ICO_LIMIT = 500, 40


def breach_opened(actor: Actor, breach: Breach) -> None:
    """Keep a new breach, and tell information governance and who decides for the lead agency."""
    breach.save(force_insert=True)
    _record(actor, "breach.open", breach, reason=breach.reason)
    people = [*governance_ids(), *decider_ids(breach.lead_agency_id)]
    _tell(breach, people, "a share was recalled; 72 hours run", "open")


def breach_read(*, actor: Actor, breach: Breach) -> None:
    """Record that somebody consulted a breach. One query."""
    audit.record(actor, "breach.read", breach, operation="consultation", detail={"case": breach.case_ref})


def breach_report(*, actor: Actor, breach: Breach, ico_reference: str = "", reason: str = "") -> Breach:
    """Say that a breach was reported to the Information Commissioner, with their reference if there is one yet.

    Raises ForbiddenError for who is not information governance, RuleError where it is closed or reported already.
    """
    with transaction.atomic():
        found = _hold(actor, breach, BreachState.REPORTED)
        found.ico_reference = text_check(
            ico_reference, name="ICO reference", field="ico_reference", limit=ICO_LIMIT, required=False
        )
        found.decision_reason = text_check(reason, name="Reason", field="reason", limit=REASON_LIMIT, required=False)
        return _decide(actor, found, BreachState.REPORTED)


def breach_not_reportable(*, actor: Actor, breach: Breach, reason: str) -> Breach:
    """Say why a breach need not be reported. Raises as `breach_report`, and RuleError without a reason."""
    with transaction.atomic():
        found = _hold(actor, breach, BreachState.NOT_REPORTABLE)
        found.decision_reason = text_check(reason, name="Why it is not reportable", field="reason", limit=REASON_LIMIT)
        return _decide(actor, found, BreachState.NOT_REPORTABLE)


def breach_close(*, actor: Actor, breach: Breach, note: str) -> Breach:
    """Close a breach that is decided, saying what was done and learnt. Raises as `breach_not_reportable`."""
    with transaction.atomic():
        found = _hold(actor, breach, BreachState.CLOSED)
        found.closing_note = text_check(note, name="What was done", field="note", limit=REASON_LIMIT)
        found.state, found.closed_by_id, found.closed_at = BreachState.CLOSED, actor.user_id, clock.now()
        found.save(update_fields=["state", "closing_note", "closed_by", "closed_at"])
        _record(actor, "breach.close", found, reason=found.closing_note)
        return found


def breaches_remind(*, actor: Actor) -> int:
    """Remind information governance 48 and 66 hours after awareness of what is not decided; answers how many notices.

    One sweeper at a time; each reminder reaches each officer once.
    """
    with transaction.atomic():
        if not advisory_lock("breaches"):
            return 0
        now = clock.now()
        waiting = Breach.objects.unscoped(reason="breaches whose 72 hours run").filter(state=BreachState.OPEN)
        made = 0
        for breach in waiting:
            for hours in reminders_due(breach.aware_at, now)[-1:]:
                left = max(hours_left(breach.due_at, now), 0)
                words = f"a breach is not decided yet, {left} hour{'s' * (left != 1)} left"
                made += _tell(breach, governance_ids(), words, f"remind{hours}")
        if made:
            audit.record(actor, "breach.remind", detail={"count": made})
        return made


def _hold(actor: Actor, breach: Breach, wanted: BreachState) -> Breach:
    if not may_judge_breaches(actor):
        raise ForbiddenError("Information governance decides on breaches.")
    rows = Breach.objects.visible_to(actor).select_for_update(of=("self",))
    found: Breach = rows.get(pk=breach.pk)
    if wanted not in STEPS[BreachState(found.state)]:
        raise RuleError(f"This breach stands at “{found.get_state_display()}”, so that cannot follow.", "decision")
    return found


def _decide(actor: Actor, breach: Breach, state: BreachState) -> Breach:
    breach.state, breach.decided_by_id, breach.decided_at = state, actor.user_id, clock.now()
    breach.save(update_fields=["state", "decision_reason", "ico_reference", "decided_by", "decided_at"])
    _record(actor, f"breach.{state.value}", breach, reason=breach.decision_reason)
    return breach


def _record(actor: Actor, action: str, breach: Breach, reason: str = "") -> None:
    detail = {"case": breach.case_ref, "agency": breach.agency_id, "state": breach.state}
    audit.record(actor, action, breach, detail=detail, reason=reason)


def _tell(breach: Breach, people: Iterable[int], words: str, step: str) -> int:
    return notices_create(
        NoticeData(
            user_id,
            f"breach:{breach.pk}:{step}",
            BREACH_NOTICE,
            f"{breach.case_ref}: {words}",
            f"/breaches/{breach.pk}/",
            breach.case_id,
        )
        for user_id in people
    )
