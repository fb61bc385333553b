"""Emergency access: opening a case by its exact reference without a grant, for four hours (docs/domain.md §5.5)."""

from __future__ import annotations

import uuid

from django.db import connection, transaction

from agencies.choices import Role
from agencies.services.notice import NoticeData, notices_create
from incidents.models import Case, EmergencyAccess
from incidents.scoping import DECIDERS, is_decider
from incidents.selectors.audience import governance_ids, spoc_ids
from incidents.services.common import text_check
from incidents.services.reading import words_digest
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError
from kernel.models import AuditOperation
from kernel.references import reference_normalise

HOURS = 4
REASON_LIMIT = 300
REASON_LEAST = 20

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
            _alert(actor, access)
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
    with connection.cursor() as cursor:
        cursor.execute("select hatecase_emergency_open(%s, %s, %s, %s)", [ref, reason, clock.now(), HOURS])
        return cursor.fetchone()[0]


def _alert(actor: Actor, access: EmergencyAccess) -> None:
    """Owners are told as readers of the case, information governance without it: it need not be able to read it."""
    url = f"/emergency-access/{access.uid}/"
    text = f"{access.case_ref} was opened by emergency access. Review it."
    key = f"emergency:{access.uid}"
    owners = dict.fromkeys(spoc_ids(access.lead_agency_id), access.case_id)
    told = owners | {user_id: None for user_id in governance_ids() if user_id not in owners}
    notices_create(
        NoticeData(user_id, key, "emergency", text, url, case_id)
        for user_id, case_id in told.items()
        if user_id != actor.user_id
    )
