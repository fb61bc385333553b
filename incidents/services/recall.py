"""Recall: a mistaken share is withdrawn in one step, and a breach is opened (docs/domain.md §8.3)."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction

from incidents.choices import Level
from incidents.models import Breach, Case, CaseGrant
from incidents.rules.breach import report_due
from incidents.selectors.breach import openings
from incidents.services.access import access_rebuild, database_now, grant_end
from incidents.services.breach import breach_opened
from incidents.services.common import case_hold, case_touch
from incidents.services.share import require_sharer, share_record
from incidents.services.task_access import tasks_follow
from incidents.services.words import case_words
from kernel import clock
from kernel.actors import Actor
from kernel.errors import RuleError

REASON_LIMIT = 500


def share_recall(
    *, actor: Actor, case: Case, uid: uuid.UUID, reason: str, aware_at: dt.datetime | None = None
) -> CaseGrant:
    """Withdraw a mistaken share, or one agency's view through a meeting's release: it ends at once, and a breach opens
    with its 72 hours from awareness.

    Also what has ended already can be recalled. A second click changes nothing. Raises CaseGrant.DoesNotExist
    where the case has no such grant, ForbiddenError for who may not share, RuleError for access that nobody shared,
    without a reason, or where somebody would have become aware in the future or before the share.
    """
    with transaction.atomic():
        held = case_hold(actor, case, Level.MANAGE, open_only=False)
        require_sharer(actor)
        grant: CaseGrant = held.grants.select_related("agency").get(uid=uid)
        if not CaseGrant.Source(grant.source).can_be_recalled:
            raise RuleError("This access was not shared by anybody and cannot be recalled.")
        if grant.recalled_at is not None:
            return grant
        reason = case_words(actor, held, reason, name="Reason", field="reason", limit=REASON_LIMIT)
        aware_at = _aware(aware_at)
        # While the actor still manages the case: what they recall may be the very share by which they do.
        breach_opened(actor, _breach(actor, held, grant, reason, aware_at))
        share_record(actor, "case.recall", held, grant, reason=reason)
        case_touch(held)
        if grant.ended_at is None:
            grant_end(grant)
        grant.recalled_at = database_now()
        grant.save(update_fields=["recalled_at"])
        access_rebuild([held.pk])
        tasks_follow(actor, held)
        return grant


def _aware(aware_at: dt.datetime | None) -> dt.datetime:
    now = clock.now()
    if aware_at is not None and aware_at > now:
        raise RuleError("When you became aware must be in the past.", "aware_at")
    return aware_at or now


def _breach(actor: Actor, case: Case, grant: CaseGrant, reason: str, aware_at: dt.datetime) -> Breach:
    ended = grant.ended_at or database_now()
    return Breach(
        case=case,
        case_ref=case.ref,
        grant=grant,
        lead_agency_id=case.lead_agency_id,
        agency=grant.agency,
        level=grant.level,
        field_groups=grant.field_groups,
        shared_at=grant.starts_at,
        ended_at=min(ended, grant.until) if grant.until else ended,
        reason=reason,
        openings=[
            {"who": one.name, "user": one.user_id, "what": one.action, "at": one.at.isoformat()}
            for one in openings(grant.uid)
        ],
        reported_by_id=actor.user_id,
        aware_at=aware_at,
        due_at=report_due(aware_at),
    )
