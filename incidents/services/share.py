"""Sharing a case with another agency, and ending it: disclosures with purpose and gateway (docs/domain.md §6.7)."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import connection, transaction

from agencies.choices import Role
from agencies.models import Agency
from agencies.services.notice import NoticeData, notices_create
from incidents.choices import LEVEL_RANK, Gateway, Level
from incidents.models import Case, CaseGrant
from incidents.rules.sharing import Wishes, sharing_error
from incidents.scoping import is_decider
from incidents.selectors.audience import spoc_ids
from incidents.selectors.share import recipients
from incidents.services.access import access_rebuild, database_now, grant_create, grant_end, level_of
from incidents.services.common import case_hold, case_touch, text_check
from kernel import audit
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError
from kernel.models import AuditOperation

PURPOSE_LIMIT = 300

_NOT_WITH_THEM = "This case cannot be shared with that agency. Choose another, or ask information governance."


def share_give(
    *,
    actor: Actor,
    case: Case,
    agency: Agency,
    level: str,
    purpose: str,
    gateway: str,
    starts_at: dt.datetime | None = None,
    until: dt.datetime | None = None,
) -> CaseGrant:
    """Share a case with an agency at a level, for a purpose, by a legal gateway, perhaps from and until an instant.

    An earlier share with the same agency ends: the new terms take its place; the same terms again (a double click)
    change nothing. Raises ForbiddenError for who does not manage the case or does not decide, RuleError with the
    field: a level above one's own, a victim who does not want it, an agency that it cannot be shared with (the same
    sentence whatever the reason), an end before its start.
    """
    with transaction.atomic():
        held = case_hold(actor, case, Level.MANAGE, open_only=False)
        _require_sharer(actor)
        purpose = text_check(purpose, name="Purpose", field="purpose", limit=PURPOSE_LIMIT)
        _check_level(actor, held, level)
        if gateway not in Gateway.values:
            raise RuleError("Choose the legal gateway from the list.", "gateway")
        _check_recipient(held, agency)
        _check_time(starts_at, until)
        _check_wishes(held, agency)
        earlier = held.grants.filter(agency=agency, source=CaseGrant.Source.SHARE, ended_at=None).first()
        terms = (level, purpose, gateway, until)
        if earlier is not None and (earlier.level, earlier.purpose, earlier.gateway, earlier.until) == terms:
            return earlier
        if earlier is not None:
            grant_end(earlier)
        grant = grant_create(
            case=held,
            agency=agency,
            level=level,
            source=CaseGrant.Source.SHARE,
            purpose=purpose,
            gateway=gateway,
            starts_at=starts_at,
            until=until,
            given_by_id=actor.user_id,
        )
        access_rebuild([held.pk])
        case_touch(held)
        _record(actor, "case.share", held, grant, reason=purpose)
        _tell(actor, held, grant)
        return grant


def share_end(*, actor: Actor, case: Case, uid: uuid.UUID) -> CaseGrant:
    """End a share now. What was shared lawfully stays with the receiver; a second click changes nothing.

    Raises CaseGrant.DoesNotExist where the case has no such grant, ForbiddenError for who may not share, RuleError
    for access that is no share: the lead agency's own, a reporter's, a meeting's.
    """
    with transaction.atomic():
        held = case_hold(actor, case, Level.MANAGE, open_only=False)
        _require_sharer(actor)
        grant = held.grants.select_related("agency").get(uid=uid)
        if grant.source != CaseGrant.Source.SHARE:
            raise RuleError("This access is not a share and cannot be ended here.")
        if grant.ended_at is not None:
            return grant
        grant_end(grant)
        access_rebuild([held.pk])
        case_touch(held)
        _record(actor, "case.unshare", held, grant)
        return grant


def may_share(actor: Actor) -> bool:
    """Whether the actor's role shares cases at all: those who decide for their agency, and caseworkers."""
    return any(is_decider(actor, a) or actor.has_role(Role.CASEWORKER, agency_id=a) for a in actor.agency_ids)


def _require_sharer(actor: Actor) -> None:
    if not may_share(actor):
        raise ForbiddenError("Your role does not share cases. Ask your agency’s single point of contact.")


def _check_level(actor: Actor, case: Case, level: str) -> None:
    if level not in Level.values:
        raise RuleError("Choose the level of access from the list.", "level")
    own = level_of(actor, case)
    if own is None or LEVEL_RANK[level] > own.rank:
        raise RuleError("You cannot give more access than your own agency has.", "level")


def _check_recipient(case: Case, agency: Agency) -> None:
    if agency.pk == case.lead_agency_id:
        raise RuleError(f"{agency.name} leads this case and sees it already.", "agency")
    excluded = case.exclusions.filter(agency=agency, ended_at=None).exists()
    if excluded or not recipients(case).filter(pk=agency.pk).exists():
        raise RuleError(_NOT_WITH_THEM, "agency")


def _check_time(starts_at: dt.datetime | None, until: dt.datetime | None) -> None:
    # Access goes by the database's clock, never by a frozen one.
    now = database_now()
    if until is not None and until <= max(starts_at or now, now):
        raise RuleError("When the access ends must be after it starts, and in the future.", "until")


def _check_wishes(case: Case, agency: Agency) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select police, council, support from hatecase_case_wishes(%s)", [case.pk])
        wishes = [Wishes(*row) for row in cursor.fetchall()]
    error = sharing_error(wishes, agency.type)
    if error:
        raise RuleError(f"{error} It cannot be shared with {agency.name} unless the wish changes.", "agency")


def _record(actor: Actor, action: str, case: Case, grant: CaseGrant, reason: str = "") -> None:
    detail = {
        "agency": grant.agency.code,
        "level": grant.level,
        "gateway": grant.gateway,
        "from": grant.starts_at.isoformat(),
        "until": grant.until.isoformat() if grant.until else None,
    }
    audit.record(actor, action, case, operation=AuditOperation.DISCLOSURE, detail=detail, reason=reason)


def _tell(actor: Actor, case: Case, grant: CaseGrant) -> None:
    """The receiver's points of contact learn that there is something to read; a signpost is told to nobody."""
    if grant.rank < LEVEL_RANK[Level.VIEW] or grant.starts_at > database_now():
        return
    text = f"{case.ref} is shared with your agency"
    notices_create(
        NoticeData(user_id, f"share:{grant.uid}", "share", text, f"/cases/{case.ref}/", case.pk)
        for user_id in spoc_ids(grant.agency_id)
        if user_id != actor.user_id
    )
