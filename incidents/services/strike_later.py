"""Striking what was written in the wrong case after the minute for taking it back: comments on tasks, key events, action
plans and handover notes. Notes and contacts have theirs in incidents/services/repair.py, by the same rights.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from agencies.choices import Side
from incidents.choices import Level, StruckKind
from incidents.choices.changes import ChangeKind
from incidents.models import ActionPlan, Case, Handover, KeyEvent, TaskComment
from incidents.scoping.repair import may_strike
from incidents.services.change import change_tell
from incidents.services.clock_repair import clock_after_event_undo, clocks_after_plan_repair
from incidents.services.common import case_hold, case_touch, text_check
from incidents.services.strike import row_strike
from kernel import audit
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError

REASON_LIMIT = 300
GONE = "It was struck already."

StruckLater = TaskComment | KeyEvent | ActionPlan | Handover


def record_strike(*, actor: Actor, case: Case, row: StruckLater, reason: str) -> None:
    """Strike a comment on a task, a key event, an action plan or the note of a handover, with a reason: who may know of
    it is told that it was struck, and not what it said. The clock that hung on it is worked out anew, or ends.

    For the agency that wrote it and who decides for the lead agency, also in a closed case. Raises ForbiddenError,
    RuleError without a reason and where it was struck already.
    """
    why = text_check(reason, name="Why", field="reason", limit=REASON_LIMIT)
    sort = _SORTS[type(row)]
    with transaction.atomic():
        kept = case_hold(actor, case, strike_level(row), open_only=False)
        if not may_strike(actor, kept, row):
            raise ForbiddenError("The agency that wrote it and the lead agency’s deciders may strike it.")
        rows: Any = type(row).objects.visible_to(actor).filter(**{sort.to_case: kept, "pk": row.pk, "struck_at": None})
        held = rows.select_for_update(of=("self",)).first()
        if held is None:
            raise RuleError(GONE)
        row_strike(actor, kept, held, sort.kind, sort.words, reason=why)
        sort.follow(actor, kept, held)
        case_touch(kept)
        audit.record(actor, sort.action, held, detail={"case": kept.ref}, reason=why, case_id=kept.pk)


def strike_level(row: StruckLater) -> Level:
    """What somebody has to hold of the case: a comment is struck by whoever could write it."""
    return Level.VIEW if isinstance(row, TaskComment) else Level.CONTRIBUTE


def _comment(actor: Actor, case: Case, row: Any) -> None:
    # Told to those of the side whose words they are: the others do not read such comments either.
    theirs = row.agency_id is not None and row.agency.side == Side.PERPETRATOR
    change_tell(actor, case, ChangeKind.COMMENT_STRUCK, sides=[Side.PERPETRATOR if theirs else Side.VICTIM])


def _event(actor: Actor, case: Case, row: Any) -> None:
    clock_after_event_undo(row)
    change_tell(actor, case, ChangeKind.EVENT_STRUCK)


def _plan(actor: Actor, case: Case, row: Any) -> None:
    clocks_after_plan_repair(case, row.agreed_at)
    change_tell(actor, case, ChangeKind.PLAN_STRUCK)


def _handover(actor: Actor, case: Case, row: Any) -> None:
    """That the case passed stays in the chronology, and there it says that its note was struck."""


@dataclass(frozen=True)
class _Sort:
    kind: StruckKind
    words: str
    to_case: str
    action: str
    follow: Callable[[Actor, Case, Any], None]


_SORTS: dict[type, _Sort] = {
    TaskComment: _Sort(StruckKind.COMMENT, "text", "task__case", "task.comment_strike", _comment),
    KeyEvent: _Sort(StruckKind.EVENT, "note", "case", "event.strike", _event),
    ActionPlan: _Sort(StruckKind.PLAN, "text", "case", "plan.strike", _plan),
    Handover: _Sort(StruckKind.HANDOVER, "note", "case", "handover.strike", _handover),
}
