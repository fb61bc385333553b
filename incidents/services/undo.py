"""Taking back what one has just added, within a minute: one rule for every kind, each by its own mechanism.

Notes and contacts have theirs beside striking (incidents/services/repair.py). What is taken back is kept for the audit
and hidden from all; what cannot honestly be unsaid is not here (docs/decisions/0026-just-added.md).
"""

from __future__ import annotations

import datetime as dt
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
    KeyEvent,
    PersonTie,
    StruckText,
    SupportReferral,
    Task,
    TaskComment,
)
from incidents.scoping.repair import UNDO_SECONDS
from incidents.selectors.breach import openings
from incidents.services.change import change_tell
from incidents.services.clock_repair import (
    clock_after_event_undo,
    clocks_after_plan_repair,
    clocks_after_referral_repair,
    clocks_after_refusal_undo,
)
from incidents.services.common import case_hold, case_touch
from incidents.services.evidence import evidence_withdraw
from incidents.services.involved import involved_end
from incidents.services.progress import all_refused
from incidents.services.share import share_end
from incidents.services.task import task_undo
from incidents.services.ties import tie_end
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError

WHY = "Taken back at once by who had added it"
TOO_LATE = "The minute in which it can be undone is over."

_ADDED = {
    Task: ("asked_by_id", "created_at"),
    TaskComment: ("author_id", "at"),
    Evidence: ("added_by_id", "added_at"),
    KeyEvent: ("by_id", "created_at"),
    ActionPlan: ("by_id", "created_at"),
    SupportReferral: ("by_id", "created_at"),
    InvolvedPerson: ("by_id", "created_at"),
    PersonTie: ("by_id", "created_at"),
    CaseGrant: ("given_by_id", "created_at"),
}
"""Who added a row of each kind, and when."""

Undone = (
    Task | TaskComment | Evidence | KeyEvent | ActionPlan | SupportReferral | InvolvedPerson | PersonTie | CaseGrant
)


def added_by(actor: Actor, row: Undone) -> bool:
    """Whether the actor is who added something."""
    return actor.user_id is not None and getattr(row, _ADDED[type(row)][0]) == actor.user_id


def just_added_undo(*, actor: Actor, case: Case, row: Undone) -> None:
    """Take back what the actor added within the last minute; twice is once.

    Raises ForbiddenError for anybody but who added it, RuleError later, and where it cannot be unsaid any more: a task
    that somebody has taken on, a share by which somebody has opened the case.
    """
    if not added_by(actor, row):
        raise ForbiddenError("Only who added it takes back what they have just added.")
    # By the clock that the rows themselves go by: nothing here decides about access.
    if clock.now() - getattr(row, _ADDED[type(row)][1]) > dt.timedelta(seconds=UNDO_SECONDS):
        raise RuleError(TOO_LATE)
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
    share_end(actor=actor, case=case, uid=row.uid)


# --- What is struck -------------------------------------------------------------------------------


def _comment(actor: Actor, case: Case, row: Any) -> None:
    held = TaskComment.objects.visible_to(actor).select_for_update(of=("self",)).get(pk=row.pk)
    if held.struck_at is None:
        _strike(actor, case, held, StruckKind.COMMENT, "text")
        _record(actor, case, held, "task.comment_undo")


def _event(actor: Actor, case: Case, row: Any) -> None:
    kept = case_hold(actor, case, Level.CONTRIBUTE, open_only=False)
    held = _progress(actor, kept, KeyEvent, row)
    if held is not None:
        _strike(actor, kept, held, StruckKind.EVENT, "note")
        clock_after_event_undo(held)
        change_tell(actor, kept, ChangeKind.EVENT_TAKEN_BACK)
        _record(actor, kept, held, "event.undo")


def _plan(actor: Actor, case: Case, row: Any) -> None:
    kept = case_hold(actor, case, Level.CONTRIBUTE, open_only=False)
    held = _progress(actor, kept, ActionPlan, row)
    if held is not None:
        _strike(actor, kept, held, StruckKind.PLAN, "text")
        clocks_after_plan_repair(kept, held.agreed_at)
        change_tell(actor, kept, ChangeKind.PLAN_TAKEN_BACK)
        _record(actor, kept, held, "plan.undo")


def _referral(actor: Actor, case: Case, row: Any) -> None:
    kept = case_hold(actor, case, Level.CONTRIBUTE, open_only=False)
    held = _progress(actor, kept, SupportReferral, row)
    if held is not None:
        # A referral says to whom, so the name of a service goes and a word stays.
        _strike(actor, kept, held, StruckKind.REFERRAL, "service", left="—" if held.service else "")
        if held.sent_at is not None:
            clocks_after_referral_repair(kept, held.sent_at)
        elif not all_refused(actor, kept):
            clocks_after_refusal_undo(kept, held.created_at)
        change_tell(actor, kept, ChangeKind.REFERRAL_TAKEN_BACK)
        _record(actor, kept, held, "support.undo")


def _progress(actor: Actor, case: Case, model: Any, row: Any) -> Any:
    """The row, locked; None where it was taken back already."""
    return model.objects.visible_to(actor).filter(case=case, pk=row.pk).select_for_update(of=("self",)).first()


def _strike(actor: Actor, case: Case, row: Any, kind: StruckKind, name: str, left: str = "") -> None:
    words = {name: getattr(row, name)}
    StruckText(kind=kind, row_id=row.pk, case=case, words=words, reason="", by_id=actor.user_id, at=clock.now()).save(
        force_insert=True
    )
    setattr(row, name, left)
    row.struck_at, row.struck_by_id = clock.now(), actor.user_id
    row.save(update_fields=[name, "struck_at", "struck_by"])


def _record(actor: Actor, case: Case, row: Any, action: str) -> None:
    case_touch(case)
    audit.record(actor, action, row, detail={"case": case.ref})


_UNDO: dict[type, Callable[[Actor, Case, Any], None]] = {
    Task: _task,
    TaskComment: _comment,
    Evidence: _evidence,
    KeyEvent: _event,
    ActionPlan: _plan,
    SupportReferral: _referral,
    InvolvedPerson: _person,
    PersonTie: _tie,
    CaseGrant: _share,
}
