"""Striking what was written in the wrong case after the minute for taking it back: comments on tasks, key events, action
plans, handover notes, support referrals, agreed updates and letters. Notes and contacts have theirs in
incidents/services/repair.py, by the same rights.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from agencies.choices import Side
from incidents.choices import Level, StruckKind, TaskState
from incidents.choices.changes import ChangeKind
from incidents.models import (
    ActionPlan,
    Case,
    Handover,
    KeyEvent,
    Letter,
    SupportReferral,
    Task,
    TaskComment,
    UpdateAgreement,
)
from incidents.scoping.repair import may_strike
from incidents.services.change import change_tell
from incidents.services.clock_repair import clock_after_event_undo, clocks_after_plan_repair
from incidents.services.common import case_hold, case_touch
from incidents.services.notice_end import comment_untell
from incidents.services.repair import contact_strike
from incidents.services.strike import SOME_SERVICE, referral_clock, row_strike, updates_clock
from incidents.services.words import case_words
from kernel import audit
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError

REASON_LIMIT = 300
GONE = "It was struck already."

StruckLater = TaskComment | KeyEvent | ActionPlan | Handover | SupportReferral | UpdateAgreement | Letter


def record_strike(*, actor: Actor, case: Case, row: StruckLater, reason: str) -> None:
    """Strike a comment on a task, a key event, an action plan, the note of a handover, a support referral, what was agreed
    about updates or a letter, with a reason: who may know of it is told that it was struck, and not what it said. The
    clock that hung on it is worked out anew, or ends.

    For the agency that wrote it and who decides for the lead agency, also in a closed case. Raises ForbiddenError,
    RuleError without a reason, where it was struck already, and of a referral whose task goes on.
    """
    sort = _SORTS[type(row)]
    with transaction.atomic():
        kept = case_hold(actor, case, strike_level(row), open_only=False)
        if not may_strike(actor, kept, row):
            raise ForbiddenError("The agency that wrote it and the lead agency’s deciders may strike it.")
        why = case_words(actor, kept, reason, name="Why", field="reason", limit=REASON_LIMIT)
        rows: Any = type(row).objects.visible_to(actor).filter(**{sort.to_case: kept, "pk": row.pk, "struck_at": None})
        held = rows.select_for_update(of=("self",)).first()
        if held is None:
            raise RuleError(GONE)
        row_strike(actor, kept, held, sort.kind, *sort.words, left=sort.left, reason=why)
        sort.follow(actor, kept, held, why)
        case_touch(kept)
        audit.record(actor, sort.action, held, detail={"case": kept.ref}, reason=why, case_id=kept.pk)


def strike_level(row: StruckLater) -> Level:
    """What somebody has to hold of the case: a comment is struck by whoever could write it."""
    return Level.VIEW if isinstance(row, TaskComment) else Level.CONTRIBUTE


def _comment(actor: Actor, case: Case, row: Any, why: str) -> None:
    # Told to those of the side whose words they are: the others do not read such comments either.
    theirs = row.agency_id is not None and row.agency.side == Side.PERPETRATOR
    comment_untell(row)
    change_tell(actor, case, ChangeKind.COMMENT_STRUCK, sides=[Side.PERPETRATOR if theirs else Side.VICTIM])


def _event(actor: Actor, case: Case, row: Any, why: str) -> None:
    clock_after_event_undo(row)
    change_tell(actor, case, ChangeKind.EVENT_STRUCK)


def _plan(actor: Actor, case: Case, row: Any, why: str) -> None:
    clocks_after_plan_repair(case, row.agreed_at)
    change_tell(actor, case, ChangeKind.PLAN_STRUCK)


def _handover(actor: Actor, case: Case, row: Any, why: str) -> None:
    """That the case passed stays in the chronology, and there it says that its note was struck."""


def _referral(actor: Actor, case: Case, row: Any, why: str) -> None:
    over = (TaskState.DONE, TaskState.WITHDRAWN)
    if row.task_id and not Task.objects.visible_to(actor).filter(pk=row.task_id, state__in=over).exists():
        raise RuleError("It was sent by a task that goes on. Withdraw the task first.")
    referral_clock(case, row)
    change_tell(actor, case, ChangeKind.REFERRAL_STRUCK)


def _updates(actor: Actor, case: Case, row: Any, why: str) -> None:
    updates_clock(case, row)
    change_tell(actor, case, ChangeKind.UPDATES_STRUCK)


def _letter(actor: Actor, case: Case, row: Any, why: str) -> None:
    """Its file goes as its words do. A contact that it became never was one in this case: that is told as any that is
    struck, and of a letter that was not sent nobody else knew."""
    row.pdf = None
    row.save(update_fields=["pdf"])
    if row.recorded and row.contact is not None:
        contact_strike(actor=actor, contact=row.contact, reason=why)


@dataclass(frozen=True)
class _Sort:
    kind: StruckKind
    words: tuple[str, ...]
    to_case: str
    action: str
    follow: Callable[[Actor, Case, Any, str], None]
    left: str | None = ""


_SORTS: dict[type, _Sort] = {
    TaskComment: _Sort(StruckKind.COMMENT, ("text",), "task__case", "task.comment_strike", _comment),
    KeyEvent: _Sort(StruckKind.EVENT, ("note",), "case", "event.strike", _event),
    ActionPlan: _Sort(StruckKind.PLAN, ("text",), "case", "plan.strike", _plan),
    Handover: _Sort(StruckKind.HANDOVER, ("note",), "case", "handover.strike", _handover),
    SupportReferral: _Sort(StruckKind.REFERRAL, ("service",), "case", "support.strike", _referral, left=SOME_SERVICE),
    UpdateAgreement: _Sort(StruckKind.AGREEMENT, ("every_days",), "case", "updates.strike", _updates, left=None),
    Letter: _Sort(
        StruckKind.LETTER, ("recipient", "address", "body", "emergency_reason"), "case", "letter.strike", _letter
    ),
}
