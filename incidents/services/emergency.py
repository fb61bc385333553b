"""Emergency access: opening a case by its exact reference without a grant, for four hours (docs/domain.md §5.5)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db import connection, transaction

from agencies.choices import Role
from agencies.services.notice import NoticeData, notices_create
from incidents.models import Case, EmergencyAccess
from incidents.rules.emergency import review_due, review_step
from incidents.scoping import DECIDERS, EMERGENCY_NOTICE, is_decider
from incidents.selectors.audience import decider_ids, governance_ids, spoc_ids
from incidents.services.clock import holidays_all
from incidents.services.common import text_check
from incidents.services.reading import words_digest
from kernel import audit, clock
from kernel.actors import Actor
from kernel.db import advisory_lock
from kernel.errors import ForbiddenError, RuleError
from kernel.models import AuditOperation
from kernel.references import reference_normalise
from kernel.when import moment_text

HOURS = 4
REASON_LIMIT = 300
REASON_LEAST = 20
_STEPS = {
    "soon": "its review is due",
    "late": "its review is late",
    "escalated": "its review is two working days late",
}

NOT_OPENED = "No case can be opened with this reference. Check it, or ring the duty officer or information governance."
"""The one answer for a case that is not there, is restricted, or from which the asker is kept out."""


def may_open_emergency(actor: Actor) -> bool:
    """Points of contact, deputies, managers and information governance; never an administrator (§5.3)."""
    return actor.user_id is not None and actor.has_role(*DECIDERS, Role.GOVERNANCE)


def emergency_open(*, actor: Actor, ref: str, reason: str) -> Case:
    """Open a case in an emergency, at once: the lead agency's points of contact and information governance are told.

    RESTRICTED cases, and those from which the actor is excluded, open for information governance alone. Who can open
    the case already gets it without an emergency. Raises ForbiddenError for other roles, RuleError with the field; a
    refused try is in the audit, with a digest of what was typed.
    """
    if not may_open_emergency(actor):
        raise ForbiddenError("Your role does not open cases in an emergency. Ask your single point of contact.")
    reason = text_check(reason, name="Why it cannot wait", field="reason", limit=REASON_LIMIT)
    if len(reason) < REASON_LEAST:
        raise RuleError("Say in a sentence why it cannot wait. Others will read it.", "reason")
    with transaction.atomic():
        wanted = reference_normalise(ref, "HC") or ""
        seen = Case.objects.visible_to(actor).filter(ref=wanted).first()
        if seen is not None:
            return seen
        opened = _open(wanted, reason)
        if opened:
            access = EmergencyAccess.objects.visible_to(actor).get(uid=opened)
            case = Case.objects.visible_to(actor).get(pk=access.case_id)
            audit.record(
                actor,
                "case.emergency_open",
                case,
                operation=AuditOperation.ACCESS,
                detail={"until": access.until.isoformat()},
                reason=reason,
            )
            _alert(access)
            return case
        audit.record(
            actor,
            "case.emergency_refused",
            operation=AuditOperation.ACCESS,
            detail={"words": words_digest(ref)},
            reason=reason,
        )
    raise RuleError(NOT_OPENED, "ref")


def emergency_review(*, actor: Actor, access: EmergencyAccess, outcome: str, note: str) -> EmergencyAccess:
    """Close the review of an opening: by information governance, or the owner's point of contact or manager, and never
    by whoever opened. Raises ForbiddenError, RuleError with the field; a second click changes nothing."""
    with transaction.atomic():
        held = EmergencyAccess.objects.visible_to(actor).select_for_update(of=("self",)).get(pk=access.pk)
        if not may_review(actor, held):
            raise ForbiddenError("Somebody else must review this.")
        if held.reviewed_at is not None:
            return held
        if outcome not in EmergencyAccess.Outcome.values:
            raise RuleError("Choose what you found.", "outcome")
        held.outcome = outcome
        held.review_note = text_check(note, name="What you found", field="note", limit=REASON_LIMIT)
        held.reviewed_at, held.reviewed_by_id = clock.now(), actor.user_id
        held.save(update_fields=["outcome", "review_note", "reviewed_at", "reviewed_by"])
        audit.record(actor, "case.emergency_review", held, detail={"outcome": outcome}, reason=held.review_note)
        return held


def may_review(actor: Actor, access: EmergencyAccess) -> bool:
    """Whether the actor may close the review: never of an opening of their own."""
    if access.user_id == actor.user_id:
        return False
    return actor.has_role(Role.GOVERNANCE) or is_decider(actor, access.lead_agency_id)


def _open(ref: str, reason: str) -> uuid.UUID | None:
    now = clock.now()
    with connection.cursor() as cursor:
        due = review_due(now, holidays_all())
        cursor.execute("select hatecase_emergency_open(%s, %s, %s, %s, %s)", [ref, reason, now, HOURS, due])
        return cursor.fetchone()[0]


def _alert(access: EmergencyAccess) -> None:
    text = f"{access.case_ref} was opened by emergency access. Review it by {moment_text(access.review_due_at)}."
    _tell(access, [*spoc_ids(access.lead_agency_id), *governance_ids()], text)


def _tell(access: EmergencyAccess, people: Iterable[int], text: str, step: str = "") -> int:
    """Tell people who may know of the opening, but for whoever opened; information governance need not be able to read
    the case for it, and an officer with a conflict of interest is not told.
    """
    key = f"emergency:{access.uid}{step and f':{step}'}"
    return notices_create(
        NoticeData(user_id, key, EMERGENCY_NOTICE, text, f"/emergency-access/{access.uid}/", access.case_id)
        for user_id in people
        if user_id != access.user_id
    )


def reviews_remind(*, actor: Actor) -> int:
    """Tell who reviews emergency openings of those that are due or late; answers how many notices were new.

    From the working day before the lead agency's points of contact and information governance; from the moment it is
    late also its managers, and these once more two working days later (incidents/rules/emergency.py). One sweeper at a
    time; each step reaches each person once.
    """
    with transaction.atomic():
        if not advisory_lock("emergency reviews"):
            return 0
        now, holidays = clock.now(), holidays_all()
        waiting = EmergencyAccess.objects.unscoped(reason="openings that nobody has reviewed").filter(reviewed_at=None)
        made = 0
        for access in waiting.order_by("review_due_at"):
            step = review_step(access.review_due_at, now, holidays)
            if not step:
                # Nothing is due sooner than the first that is not.
                break
            people = spoc_ids if step == "soon" else decider_ids
            text = f"{access.case_ref} was opened by emergency access: {_STEPS[step]}"
            made += _tell(access, [*people(access.lead_agency_id), *governance_ids()], text, step)
        if made:
            audit.record(actor, "case.emergency_remind", detail={"count": made})
        return made
