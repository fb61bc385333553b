"""Striking what was added: it counts for nothing from then on, and its words are kept apart for the audit alone."""

from __future__ import annotations

import datetime as dt
from typing import Any

from incidents.choices import Level, StruckKind
from incidents.choices.changes import ChangeKind
from incidents.models import Case, StruckText, SupportReferral
from incidents.scoping.repair import UNDO_SECONDS
from incidents.services.change import change_tell
from incidents.services.clock_repair import clocks_after_referral_repair
from incidents.services.common import case_hold, case_touch
from incidents.services.support_clock import support_wanted_again
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError

TOO_LATE = "The minute in which it can be undone is over."


def fresh_check(actor: Actor, by_id: int | None, at: dt.datetime) -> None:
    """Raise ForbiddenError unless the actor is who added it, RuleError once the minute for taking it back is over."""
    if actor.user_id is None or by_id != actor.user_id:
        raise ForbiddenError("Only who added it takes back what they have just added.")
    # By the clock that the rows themselves go by: nothing here decides about access.
    if clock.now() - at > dt.timedelta(seconds=UNDO_SECONDS):
        raise RuleError(TOO_LATE)


def row_strike(
    actor: Actor, case: Case, row: Any, kind: StruckKind, name: str, *, left: str = "", reason: str = ""
) -> None:
    """Strike a row that the caller holds: its words go from the field `name`, where `left` stays. Two queries."""
    words = {name: getattr(row, name)}
    StruckText(
        kind=kind, row_id=row.pk, case=case, words=words, reason=reason, by_id=actor.user_id, at=clock.now()
    ).save(force_insert=True)
    setattr(row, name, left)
    row.struck_at, row.struck_by_id = clock.now(), actor.user_id
    row.save(update_fields=[name, "struck_at", "struck_by"])


def row_undone(actor: Actor, case: Case, row: Any, action: str) -> None:
    """Audit that a row was taken back. Two queries."""
    case_touch(case)
    audit.record(actor, action, row, detail={"case": case.ref})


def referral_strike(actor: Actor, case: Case, uid: Any) -> None:
    """Strike a support referral, and work K5 out anew from those that stand; twice is once.

    Raises ForbiddenError below contribute; nothing happens to what the actor may not see.
    """
    kept = case_hold(actor, case, Level.CONTRIBUTE, open_only=False)
    rows = SupportReferral.objects.visible_to(actor).filter(case=kept, uid=uid)
    held = rows.select_for_update(of=("self",)).first()
    if held is None or held.struck_at is not None:
        return
    # A referral says to whom, so the name of a service goes and a word stays.
    row_strike(actor, kept, held, StruckKind.REFERRAL, "service", left="—" if held.service else "")
    if held.sent_at is not None:
        clocks_after_referral_repair(kept, held.sent_at)
    else:
        support_wanted_again(kept, held.created_at)
    change_tell(actor, kept, ChangeKind.REFERRAL_TAKEN_BACK)
    row_undone(actor, kept, held, "support.undo")
