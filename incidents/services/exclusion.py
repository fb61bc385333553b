"""Conflicts of interest: a person or an agency for whom a case does not exist (docs/domain.md §5.5).

An exclusion beats every grant. Whoever declares one sees nothing of the case from the next page on, nor of the cases
that are joined with it (`incidents.services.conflict`).
"""

from __future__ import annotations

import uuid

from django.db import transaction

from agencies.models import Agency, User
from agencies.services.notice import NoticeData, notices_create
from incidents.choices import Level, Tier
from incidents.choices.changes import ChangeKind
from incidents.models import Case, CaseExclusion
from incidents.scoping import is_decider
from incidents.selectors.audience import spoc_ids
from incidents.selectors.openers import openers
from incidents.services.access import access_rebuild, database_now
from incidents.services.change import change_tell
from incidents.services.common import case_hold
from incidents.services.conflict import conflict_record, hand_back, joined_follow, joined_hand_back
from incidents.services.repeat import repeat_refresh
from incidents.services.words import case_words
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError

REASON_LIMIT = 300


def conflict_declare(*, actor: Actor, case: Case, reason: str) -> CaseExclusion:
    """Leave a case because of a conflict of interest of one's own: from now on it is not there for the actor.

    The lead agency's points of contact are told; what the actor led or had to do there goes back to the agencies, whose
    points of contact are told of each task, as is who asked for it.
    Raises RuleError where nobody else could open the case any more.
    """
    with transaction.atomic():
        held = case_hold(actor, case, Level.VIEW, open_only=False, people=True)
        reason = case_words(actor, held, reason, name="Reason", field="reason", limit=REASON_LIMIT)
        user = User.objects.get(pk=actor.user_id or 0)
        return _exclude(actor, held, reason, user=user, declared=True)


def exclusion_set(
    *, actor: Actor, case: Case, reason: str, user: User | None = None, agency: Agency | None = None
) -> CaseExclusion:
    """Keep a person or a whole agency out of a case, with a reason. For those who decide for the lead agency.

    Raises ForbiddenError for others; RuleError for the lead agency itself (move the case first), for oneself (declare
    it), and where nobody else could open the case. The same twice changes nothing.
    """
    with transaction.atomic():
        held = _hold_decider(actor, case)
        reason = case_words(actor, held, reason, name="Reason", field="reason", limit=REASON_LIMIT)
        if (user is None) == (agency is None):
            raise RuleError("Choose a person or an agency.", "who")
        if agency is not None and agency.pk == held.lead_agency_id:
            raise RuleError(f"{agency.name} leads this case. Move the case to another lead agency first.", "who")
        if user is not None and user.pk == actor.user_id:
            raise RuleError("Declare a conflict of your own instead.", "who")
        earlier = held.exclusions.filter(user=user, agency=agency, ended_at=None).first()
        return earlier or _exclude(actor, held, reason, user=user, agency=agency)


def exclusion_end(*, actor: Actor, case: Case, uid: uuid.UUID, reason: str) -> CaseExclusion:
    """End an exclusion, with a reason: the grants count again. Raises CaseExclusion.DoesNotExist, ForbiddenError."""
    with transaction.atomic():
        held = _hold_decider(actor, case)
        reason = case_words(actor, held, reason, name="Reason", field="reason", limit=REASON_LIMIT)
        exclusion = held.exclusions.get(uid=uid)
        if exclusion.ended_at is None:
            exclusion.ended_at, exclusion.ended_by_id = database_now(), actor.user_id
            exclusion.save(update_fields=["ended_at", "ended_by"])
            repeat_refresh(held)
            access_rebuild([held.pk])
            change_tell(actor, held, ChangeKind.CONFLICT_ENDED)
            conflict_record(actor, "case.exclusion_end", held, exclusion, reason)
        return exclusion


def _hold_decider(actor: Actor, case: Case) -> Case:
    held = case_hold(actor, case, Level.MANAGE, open_only=False, people=True)
    if not is_decider(actor, held.lead_agency_id):
        raise ForbiddenError("The lead agency’s point of contact or a manager keeps people out of a case.")
    return held


def _exclude(
    actor: Actor,
    case: Case,
    reason: str,
    *,
    user: User | None = None,
    agency: Agency | None = None,
    declared: bool = False,
) -> CaseExclusion:
    _check_not_last(case, user, agency)
    exclusion = CaseExclusion(
        case=case, user=user, agency=agency, reason=reason, declared=declared, set_by_id=actor.user_id
    )
    # What the actor may not do any more once the exclusion stands comes first.
    repeat_refresh(case, apart=True)
    change_tell(actor, case, ChangeKind.CONFLICT)
    hand_back(actor, case, user, agency)
    joined_hand_back(actor, case, user, agency)
    exclusion.save(force_insert=True)
    conflict_record(actor, "case.conflict_declare" if declared else "case.exclusion", case, exclusion, reason)
    _tell(actor, case, exclusion)
    joined_follow(actor, exclusion)
    access_rebuild([case.pk])
    return exclusion


def _check_not_last(case: Case, user: User | None, agency: Agency | None) -> None:
    if not Tier(case.tier).by_name or user is None:
        return
    others = [one for one in openers(case) if one.key.startswith("user:") and one.key != f"user:{user.pk}"]
    if not others:
        raise RuleError("Nobody else could open this case. Name somebody else on it first.")


def _tell(actor: Actor, case: Case, exclusion: CaseExclusion) -> None:
    """The lead agency's points of contact; whoever is excluded is told of nothing."""
    if not exclusion.declared:
        return
    notices_create(
        NoticeData(
            user_id,
            f"conflict:{exclusion.uid}",
            "conflict",
            f"A conflict of interest was declared in {case.ref}",
            f"/cases/{case.ref}/conflicts/",
            case.pk,
        )
        for user_id in spoc_ids(case.lead_agency_id)
        if user_id != actor.user_id
    )
