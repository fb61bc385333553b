"""Sharing a case with another agency, and ending it: disclosures with purpose and gateway (docs/domain.md §6.7)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass, replace

from django.db import transaction

from agencies.choices import Role
from agencies.models import Agency
from agencies.services.notice import NoticeData, notices_create
from incidents.choices import LEVEL_RANK, Gateway, Level, ShareBasis
from incidents.models import Case, CaseGrant
from incidents.rules.sharing import (
    SHARE_MOST_MONTHS,
    basis_of,
    groups_default,
    groups_error,
    guardian_needed,
    share_too_long,
    share_until,
    sharing_error,
)
from incidents.scoping import is_decider
from incidents.selectors.audience import spoc_ids
from incidents.selectors.share import recipients, wishes_of
from incidents.services.access import access_rebuild, database_now, grant_create, grant_end, level_of
from incidents.services.access_request import requests_meet
from incidents.services.common import agency_acting, case_hold, case_touch, text_check
from incidents.services.task_access import tasks_follow
from incidents.services.words import case_words
from kernel import audit
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError
from kernel.models import AuditOperation

PURPOSE_LIMIT = 300
GUARDIAN_LIMIT = 120

_NOT_WITH_THEM = "This case cannot be shared with that agency. Choose another, or ask information governance."
_UNLESS = "It cannot be shared with {name} unless the wish changes, or a supervisor confirms an override."


@dataclass(frozen=True)
class ShareTerms:
    """What was agreed: with whom, at which level, why and why so much, by which gateway, which fields, from and until.

    Without `field_groups` what the level alone gives; without `necessity` the purpose says it; without `until` it ends
    after six months.
    """

    agency: Agency
    level: str
    purpose: str
    gateway: str
    necessity: str = ""
    field_groups: Collection[str] | None = None
    caldicott_guardian: str = ""
    starts_at: dt.datetime | None = None
    until: dt.datetime | None = None


def share_give(
    *,
    actor: Actor,
    case: Case,
    agency: Agency,
    level: str,
    purpose: str,
    gateway: str,
    necessity: str = "",
    field_groups: Collection[str] | None = None,
    caldicott_guardian: str = "",
    starts_at: dt.datetime | None = None,
    until: dt.datetime | None = None,
) -> CaseGrant:
    """Share a case with an agency: its passport says level, purpose, gateway, field groups, necessity, from and until.

    An earlier share with the same agency ends: the new terms take its place; the same terms again (a double click)
    change nothing. A request of that agency for access is thereby granted. Raises ForbiddenError for who does not
    manage the case or does not decide, RuleError with the field: a level above one's own, a victim who does not want
    it, an agency that it cannot be shared with (the same sentence whatever the reason), an end before its start or
    more than twelve months after it, a field group of the side that the agency may not know, a health agency without
    its Caldicott guardian.
    """
    terms = ShareTerms(agency, level, purpose, gateway, necessity, field_groups, caldicott_guardian, starts_at, until)
    return share_put(actor=actor, case=case, terms=terms)


def share_put(*, actor: Actor, case: Case, terms: ShareTerms) -> CaseGrant:
    """Share a case on terms: `share_give`, for who holds them together."""
    with transaction.atomic():
        held = case_hold(actor, case, Level.MANAGE, open_only=False)
        terms = terms_check(actor, held, terms)
        wishes = wishes_of(held)
        error = sharing_error(wishes, terms.agency.type)
        if error:
            raise RuleError(f"{error} {_UNLESS.format(name=terms.agency.name)}", "agency")
        basis = basis_of(wishes, terms.agency.type)
        return share_write(actor, held, terms, basis=basis, given_by_id=actor.user_id)


def terms_check(actor: Actor, held: Case, terms: ShareTerms) -> ShareTerms:
    """The terms as they are kept, for a case that the caller holds; the victims' wishes are asked apart.

    Raises what `share_give` raises. Five queries.
    """
    require_sharer(actor)
    purpose = case_words(actor, held, terms.purpose, name="Purpose", field="purpose", limit=PURPOSE_LIMIT)
    necessity = case_words(
        actor,
        held,
        terms.necessity,
        name="Why this much is needed",
        field="necessity",
        limit=PURPOSE_LIMIT,
        required=False,
    )
    _check_level(actor, held, terms.level)
    if terms.gateway not in Gateway.values:
        raise RuleError("Choose the legal gateway from the list.", "gateway")
    _check_recipient(held, terms.agency)
    until = _until(terms.starts_at, terms.until)
    groups = terms.field_groups
    if groups is None:
        groups = groups_default(terms.level, terms.agency.side)
    error = groups_error(groups, terms.level, terms.agency.side)
    if error:
        raise RuleError(error, "field_groups")
    return replace(
        terms,
        purpose=purpose,
        necessity=necessity or purpose,
        until=until,
        field_groups=sorted(set(groups)),
        caldicott_guardian=_guardian(actor, held, terms),
    )


def share_write(
    actor: Actor, held: Case, terms: ShareTerms, *, basis: ShareBasis, given_by_id: int | None
) -> CaseGrant:
    """Put checked terms into force, for a case that the caller holds; the grant that stands, where they are the same."""
    agency = terms.agency
    earlier = held.grants.filter(agency=agency, source=CaseGrant.Source.SHARE, ended_at=None).first()
    if earlier is not None and _same_terms(earlier, terms):
        return earlier
    if earlier is not None:
        grant_end(earlier)
    grant = grant_create(
        case=held,
        agency=agency,
        level=terms.level,
        source=CaseGrant.Source.SHARE,
        purpose=terms.purpose,
        gateway=terms.gateway,
        starts_at=terms.starts_at,
        until=terms.until,
        given_by_id=given_by_id,
        field_groups=terms.field_groups,
        necessity=terms.necessity,
        basis=basis,
        caldicott_guardian=terms.caldicott_guardian,
        from_agency_id=agency_acting(actor, held),
    )
    access_rebuild([held.pk])
    case_touch(held)
    share_record(actor, "case.share", held, grant, reason=terms.purpose)
    requests_meet(actor, held, grant)
    _tell(actor, held, grant)
    return grant


def _same_terms(earlier: CaseGrant, terms: ShareTerms) -> bool:
    """Whether a share stands on these terms; one that only begins later is not the one that is wanted now."""
    begins = earlier.starts_at <= database_now() if terms.starts_at is None else earlier.starts_at == terms.starts_at
    return begins and _terms_of(earlier) == _terms_wanted(terms)


def _terms_of(grant: CaseGrant) -> tuple[object, ...]:
    texts = (grant.purpose, grant.necessity, grant.caldicott_guardian)
    return (grant.level, grant.gateway, grant.until, *texts, sorted(grant.field_groups))


def _terms_wanted(terms: ShareTerms) -> tuple[object, ...]:
    texts = (terms.purpose, terms.necessity, terms.caldicott_guardian)
    return (terms.level, terms.gateway, terms.until, *texts, sorted(terms.field_groups or []))


def share_end(*, actor: Actor, case: Case, uid: uuid.UUID) -> CaseGrant:
    """End a share now. What was shared lawfully stays with the receiver; a second click changes nothing.

    Raises CaseGrant.DoesNotExist where the case has no such grant, ForbiddenError for who may not share, RuleError
    for access that is no share: the lead agency's own, a reporter's, a meeting's.
    """
    with transaction.atomic():
        held = case_hold(actor, case, Level.MANAGE, open_only=False)
        require_sharer(actor)
        grant = held.grants.select_related("agency").get(uid=uid)
        if grant.source != CaseGrant.Source.SHARE:
            raise RuleError("This access is not a share and cannot be ended here.")
        if grant.ended_at is not None:
            return grant
        grant_end(grant)
        access_rebuild([held.pk])
        tasks_follow(actor, held)
        case_touch(held)
        share_record(actor, "case.unshare", held, grant)
        return grant


def may_share(actor: Actor) -> bool:
    """Whether the actor's role shares cases at all: those who decide for their agency, and caseworkers."""
    return any(is_decider(actor, a) or actor.has_role(Role.CASEWORKER, agency_id=a) for a in actor.agency_ids)


def require_sharer(actor: Actor) -> None:
    """Raise ForbiddenError unless the actor's role shares cases."""
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


def _until(starts_at: dt.datetime | None, until: dt.datetime | None) -> dt.datetime:
    """When the share ends: six months after it begins where nobody said it, and twelve months after that at most."""
    # Access goes by the database's clock, never by a frozen one.
    now = database_now()
    begins = max(starts_at or now, now)
    ends = share_until(begins, until)
    if ends <= begins:
        raise RuleError("When the access ends must be after it starts, and in the future.", "until")
    if share_too_long(begins, ends):
        raise RuleError(
            f"A share lasts {SHARE_MOST_MONTHS} months at most. If it is still needed then, share the case again.",
            "until",
        )
    return ends


def _guardian(actor: Actor, case: Case, terms: ShareTerms) -> str:
    """The Caldicott guardian of a disclosure to or from a health agency; nobody for any other."""
    acting = Agency.objects.get(pk=agency_acting(actor, case))
    given = text_check(
        terms.caldicott_guardian,
        name="Caldicott guardian",
        field="caldicott_guardian",
        limit=GUARDIAN_LIMIT,
        required=False,
    )
    return guardian_for(acting, terms.agency, given)


def guardian_for(giver: Agency, receiver: Agency, given: str = "") -> str:
    """The Caldicott guardian of a disclosure: the one that is given, else the health agency's on record; nobody where
    none of the two is a health agency. Raises RuleError where there is none to name (docs/domain.md §8.4).
    """
    if not guardian_needed(giver.type, receiver.type):
        return ""
    health = receiver if guardian_needed(receiver.type) else giver
    if not (given or health.caldicott_guardian):
        raise RuleError(f"Enter the Caldicott guardian of {health.name}.", "caldicott_guardian")
    return given or health.caldicott_guardian


def share_record(actor: Actor, action: str, case: Case, grant: CaseGrant, reason: str = "") -> None:
    """The audit event of a disclosure: to whom, in codes; the reason is the purpose in words."""
    detail = {
        "agency": grant.agency.code,
        "level": grant.level,
        "gateway": grant.gateway,
        "groups": grant.field_groups,
        "basis": grant.basis,
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
