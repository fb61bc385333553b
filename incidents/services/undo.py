"""Taking back what one has just added, within a minute: one rule for every kind, each by its own mechanism.

Notes and contacts have theirs beside striking (incidents/services/repair.py). What is taken back is kept for the audit
and hidden from all; what cannot honestly be unsaid is not here (docs/decisions/0026-just-added.md).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction

from incidents.choices import Level, StruckKind
from incidents.choices.changes import ChangeKind
from incidents.models import (
    ActionPlan,
    Case,
    CaseGrant,
    Evidence,
    InvolvedPerson,
    JustDecided,
    KeyEvent,
    PersonTie,
    SupportReferral,
    Task,
    TaskComment,
    UpdateAgreement,
)
from incidents.selectors.breach import openings
from incidents.selectors.share import share_replaces
from incidents.services.change import change_tell
from incidents.services.clock_repair import (
    clock_after_event_undo,
    clocks_after_plan_repair,
)
from incidents.services.common import case_hold
from incidents.services.decision_undo import decision_undo
from incidents.services.evidence import evidence_withdraw
from incidents.services.involved import involved_end
from incidents.services.notice_end import comment_untell
from incidents.services.share import share_end
from incidents.services.strike import fresh_check, referral_strike, row_strike, row_undone, updates_clock
from incidents.services.task import task_undo
from incidents.services.ties import tie_end
from kernel.actors import Actor
from kernel.errors import RuleError

WHY = "Taken back at once by who had added it"

_ADDED = {
    Task: ("asked_by_id", "created_at"),
    TaskComment: ("author_id", "at"),
    Evidence: ("added_by_id", "added_at"),
    KeyEvent: ("by_id", "created_at"),
    ActionPlan: ("by_id", "created_at"),
    SupportReferral: ("by_id", "created_at"),
    UpdateAgreement: ("by_id", "created_at"),
    InvolvedPerson: ("by_id", "created_at"),
    PersonTie: ("by_id", "created_at"),
    CaseGrant: ("given_by_id", "created_at"),
    JustDecided: ("by_id", "at"),
}
"""Who added a row of each kind, and when."""

Undone = (
    Task
    | TaskComment
    | Evidence
    | KeyEvent
    | ActionPlan
    | SupportReferral
    | UpdateAgreement
    | InvolvedPerson
    | PersonTie
    | CaseGrant
    | JustDecided
)


def added_by(actor: Actor, row: Undone) -> bool:
    """Whether the actor is who added something."""
    return actor.user_id is not None and getattr(row, _ADDED[type(row)][0]) == actor.user_id


def just_added_undo(*, actor: Actor, case: Case, row: Undone) -> None:
    """Take back what the actor added within the last minute; twice is once.

    Raises ForbiddenError for anybody but who added it, RuleError later, and where it cannot be unsaid any more: a task
    that somebody has taken on, a share by which somebody has opened the case or that took the place of another, a decision
    about a case that somebody has changed since.
    """
    by, at = _ADDED[type(row)]
    fresh_check(actor, getattr(row, by), getattr(row, at))
    with transaction.atomic():
        _UNDO[type(row)](actor, case, row)


def _task(actor: Actor, case: Case, row: Any) -> None:
    task_undo(actor=actor, task=row)


def _evidence(actor: Actor, case: Case, row: Any) -> None:
    evidence_withdraw(actor=actor, case=case, evidence=row, reason=WHY)


def _person(actor: Actor, case: Case, row: Any) -> None:
    involved_end(actor=actor, case=case, uid=row.pk)


def _tie(actor: Actor, case: Case, row: Any) -> None:
    tie_end(actor=actor, case=case, uid=row.pk)


def _share(actor: Actor, case: Case, row: Any) -> None:
    if openings(row.uid):
        raise RuleError("Somebody has opened the case by this share already. Recall it instead, with a reason.")
    if share_replaces(case, row):
        raise RuleError(
            "It took the place of an earlier share, which would not come back. Change it or end it instead."
        )
    share_end(actor=actor, case=case, uid=row.uid)


# --- What is struck -------------------------------------------------------------------------------


def _comment(actor: Actor, case: Case, row: Any) -> None:
    kept = case_hold(actor, case, Level.VIEW, open_only=False)
    held = TaskComment.objects.visible_to(actor).select_for_update(of=("self",)).get(pk=row.pk)
    if held.struck_at is None:
        row_strike(actor, kept, held, StruckKind.COMMENT, "text")
        comment_untell(held)
        row_undone(actor, kept, held, "task.comment_undo")


def _event(actor: Actor, case: Case, row: Any) -> None:
    kept = case_hold(actor, case, Level.CONTRIBUTE, open_only=False)
    held = _progress(actor, kept, KeyEvent, row)
    if held is not None:
        row_strike(actor, kept, held, StruckKind.EVENT, "note")
        clock_after_event_undo(held)
        change_tell(actor, kept, ChangeKind.EVENT_TAKEN_BACK)
        row_undone(actor, kept, held, "event.undo")


def _plan(actor: Actor, case: Case, row: Any) -> None:
    kept = case_hold(actor, case, Level.CONTRIBUTE, open_only=False)
    held = _progress(actor, kept, ActionPlan, row)
    if held is not None:
        row_strike(actor, kept, held, StruckKind.PLAN, "text")
        clocks_after_plan_repair(kept, held.agreed_at)
        change_tell(actor, kept, ChangeKind.PLAN_TAKEN_BACK)
        row_undone(actor, kept, held, "plan.undo")


def _referral(actor: Actor, case: Case, row: Any) -> None:
    if row.task_id is not None:
        raise RuleError("It was sent by a task. Undo the task, or withdraw it, instead.")
    referral_strike(actor, case, row.uid)


def _updates(actor: Actor, case: Case, row: Any) -> None:
    kept = case_hold(actor, case, Level.CONTRIBUTE, open_only=False)
    held = _progress(actor, kept, UpdateAgreement, row)
    if held is not None:
        row_strike(actor, kept, held, StruckKind.AGREEMENT, "every_days", left=None)
        updates_clock(kept, held)
        change_tell(actor, kept, ChangeKind.UPDATES_TAKEN_BACK)
        row_undone(actor, kept, held, "updates.undo")


def _progress(actor: Actor, case: Case, model: Any, row: Any) -> Any:
    """The row, locked; None where it was taken back already."""
    return model.objects.visible_to(actor).filter(case=case, pk=row.pk).select_for_update(of=("self",)).first()


_UNDO: dict[type, Callable[[Actor, Case, Any], None]] = {
    Task: _task,
    TaskComment: _comment,
    Evidence: _evidence,
    KeyEvent: _event,
    ActionPlan: _plan,
    SupportReferral: _referral,
    UpdateAgreement: _updates,
    InvolvedPerson: _person,
    PersonTie: _tie,
    CaseGrant: _share,
    JustDecided: decision_undo,
}
