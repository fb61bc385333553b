"""Striking what was added: it counts for nothing from then on, and its words are kept apart for the audit alone."""

from __future__ import annotations

import datetime as dt
from typing import Any

from incidents.choices import CaseStatus, ClockKind, ContactResult, Level, StruckKind
from incidents.choices.changes import ChangeKind
from incidents.models import Case, StruckText, SupportReferral, UpdateAgreement
from incidents.scoping.repair import UNDO_SECONDS
from incidents.services.change import change_tell
from incidents.services.clock import NOT_APPLICABLE
from incidents.services.clock_repair import clocks_after_referral_repair
from incidents.services.common import case_hold, case_touch
from incidents.services.support_clock import support_wanted_again
from incidents.services.update_clock import agreement_of, update_clock_start
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError

TOO_LATE = "The minute in which it can be undone is over."
SOME_SERVICE = "—"
"""What stays of the name of a service: a referral says to whom it went."""


def fresh_check(actor: Actor, by_id: int | None, at: dt.datetime) -> None:
    """Raise ForbiddenError unless the actor is who added it, RuleError once the minute for taking it back is over."""
    if actor.user_id is None or by_id != actor.user_id:
        raise ForbiddenError("Only who added it takes back what they have just added.")
    # By the clock that the rows themselves go by: nothing here decides about access.
    if clock.now() - at > dt.timedelta(seconds=UNDO_SECONDS):
        raise RuleError(TOO_LATE)


def row_strike(
    actor: Actor, case: Case, row: Any, kind: StruckKind, *names: str, left: str | None = "", reason: str = ""
) -> None:
    """Strike a row that the caller holds: its words go from the fields `names`; where there were any, `left` stays. Two
    queries."""
    words = {name: getattr(row, name) for name in names}
    StruckText(
        kind=kind, row_id=row.pk, case=case, words=words, reason=reason, by_id=actor.user_id, at=clock.now()
    ).save(force_insert=True)
    for name in filter(words.get, words):
        setattr(row, name, left)
    row.struck_at, row.struck_by_id = clock.now(), actor.user_id
    row.save(update_fields=[*names, "struck_at", "struck_by"])


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
    row_strike(actor, kept, held, StruckKind.REFERRAL, "service", left=SOME_SERVICE)
    referral_clock(kept, held)
    change_tell(actor, kept, ChangeKind.REFERRAL_TAKEN_BACK)
    row_undone(actor, kept, held, "support.undo")


def referral_clock(case: Case, row: SupportReferral) -> None:
    """Work K5 out anew without a referral, or a refusal, that was struck. In a closed case nothing runs again."""
    if row.sent_at is not None:
        clocks_after_referral_repair(case, row.sent_at)
    elif CaseStatus(case.status).is_open:
        support_wanted_again(case, row.created_at)


def updates_clock(case: Case, row: UpdateAgreement) -> None:
    """Work K7 out anew without what was agreed about updates and was struck: from the last time that the victim was told
    something, or the agreement that counts now. Nothing moves in a closed case, nor where a later word counted. Up to
    ten queries.
    """
    if not CaseStatus(case.status).is_open:
        return
    standing = agreement_of(case)
    if standing is not None and (standing.created_at, standing.pk) > (row.created_at, row.pk):
        return
    unmet = case.clocks.filter(kind=ClockKind.K7, met_at=None).exclude(outcome=NOT_APPLICABLE)
    unmet.filter(closed_at=None).update(outcome=NOT_APPLICABLE, closed_at=clock.now())
    since = _updates_since(case, standing)
    # What was agreed may have ended a clock that was overdue: it is missed still, and the victim waits.
    if since is not None and not unmet.filter(starts_at=since).update(closed_at=None):
        update_clock_start(case, since)


def _updates_since(case: Case, standing: UpdateAgreement | None) -> dt.datetime | None:
    """From when the next update is counted: the last time that the victim was spoken to, or what they agreed since, where
    that began anew because an update was overdue. Two queries at most."""
    spoken = case.contacts.filter(victim__isnull=False, struck_at=None, result=ContactResult.TWO_WAY)
    last: dt.datetime | None = spoken.order_by("-at").values_list("at", flat=True).first()
    if standing is None or (last is not None and last > standing.agreed_at):
        return last
    anew = case.clocks.filter(kind=ClockKind.K7, starts_at=standing.agreed_at)
    return standing.agreed_at if last is None or anew.exists() else last
