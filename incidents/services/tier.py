"""How widely a case is shared: own agency, named agencies, a HASBAG, or named people only (docs/domain.md §5.4)."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.db.models import Max

from incidents.choices import LEVEL_RANK, Level, Tier
from incidents.choices.changes import ChangeKind
from incidents.models import Case, CaseGrant, CasePerson
from incidents.scoping import may_set_tier
from incidents.selectors.openers import IN_FORCE, nameable, own_people
from incidents.services.access import access_rebuild, database_now
from incidents.services.change import change_tell
from incidents.services.common import case_hold
from incidents.services.repeat import repeat_refresh
from incidents.services.search import search_refresh
from incidents.services.task_access import tasks_follow, workers_empty
from incidents.services.words import case_words
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError, StaleError
from kernel.models import AuditOperation

REASON_LIMIT = 300


def tier_change(
    *, actor: Actor, case: Case, version: int, tier: str, people: Collection[int] = (), reason: str
) -> Case:
    """Choose how widely a case is shared, with a reason; OWN and RESTRICTED name people by their ids.

    Shares are kept, and count again when the tier widens; a meeting's release ends with the HASBAG tier for good.
    A RESTRICTED case leaves the search. Raises ForbiddenError for who does not own the case, StaleError where somebody
    changed it meanwhile, RuleError with the field: a RESTRICTED case needs somebody of the lead agency who decides, its
    lead worker, and whoever restricts it, or it could be lost to all.
    """
    with transaction.atomic():
        held = case_hold(actor, case, Level.MANAGE, open_only=False, people=True)
        if not may_set_tier(actor, held):
            raise ForbiddenError("The lead agency’s point of contact, a manager or the lead worker decides this.")
        if held.version != version:
            raise StaleError("Somebody else changed this case while you were working on it.", held)
        if tier not in Tier.values:
            raise RuleError("Choose who can open this case.", "tier")
        reason = case_words(actor, held, reason, name="Reason", field="reason", limit=REASON_LIMIT)
        named = _people_checked(actor, held, tier, people)
        before = held.tier
        repeat_refresh(held, apart=tier == Tier.RESTRICTED or held.exclusions.filter(ended_at=None).exists())
        _name(actor, held, named, reason)
        if tier != Tier.HASBAG:
            held.grants.filter(source=CaseGrant.Source.MEETING, ended_at=None).update(ended_at=database_now())
        held.tier = tier
        held.version += 1
        held.updated_at = clock.now()
        held.save(update_fields=["tier", "version", "updated_at"])
        if tier != before:
            change_tell(actor, held, ChangeKind.TIER, before=before, after=tier)
        if tier == Tier.RESTRICTED:
            _emergencies_end(held)
        if tier == Tier.RESTRICTED and held.deputy_id not in named:
            workers_empty(actor, held, {held.deputy_id})
        access_rebuild([held.pk])
        tasks_follow(actor, held)
        search_refresh(held)
        audit.record(
            actor,
            "case.tier",
            held,
            operation=AuditOperation.DISCLOSURE,
            before={"tier": before},
            after={"tier": tier},
            detail={"people": sorted(named)},
            reason=reason,
        )
        return held


BY_NAME = "Only named people open {ref}, or the lead agency’s own. Choose who can open it first, then release it."


def tier_for_meeting(*, actor: Actor, case: Case, meeting_ref: str) -> None:
    """Make a case of named agencies one of the HASBAG tier, which its meeting's members open too (docs/domain.md §5.4);
    for the transaction that releases it, holds the case and then rebuilds its access. Of that tier already: nothing.

    Raises RuleError where people open it by name: its shares would count again, and that is a choice of its own.
    """
    if Tier(case.tier).by_name:
        raise RuleError(BY_NAME.format(ref=case.ref))
    if case.tier == Tier.HASBAG:
        return
    before, case.tier = case.tier, Tier.HASBAG
    case.version += 1
    case.updated_at = clock.now()
    case.save(update_fields=["tier", "version", "updated_at"])
    change_tell(actor, case, ChangeKind.TIER, before=before, after=case.tier)
    audit.record(
        actor,
        "case.tier",
        case,
        operation=AuditOperation.DISCLOSURE,
        before={"tier": before},
        after={"tier": case.tier},
        detail={"people": []},
        reason=f"Released to {meeting_ref}",
    )


def _people_checked(actor: Actor, case: Case, tier: str, people: Collection[int]) -> set[int]:
    if not Tier(tier).by_name:
        return set()
    possible = {user.pk for user, _ in nameable(case)}
    named = set(people)
    if named - possible:
        raise RuleError("Choose people from the list.", "people")
    if tier == Tier.OWN:
        if not own_people(case).exists() and not named:
            raise RuleError("Name somebody who can open the case.", "people")
        return named
    if actor.user_id not in named:
        raise RuleError("Name yourself as well, or somebody else has to make this choice.", "people")
    if case.lead_worker_id is not None and case.lead_worker_id not in named:
        raise RuleError("Name the lead worker as well, or choose another lead worker first.", "people")
    deciders = {member.user_id for member in own_people(case)} - {case.lead_worker_id}
    if not named & deciders:
        raise RuleError("Name the lead agency’s single point of contact or a deputy as well.", "people")
    return named


def _name(actor: Actor, case: Case, named: set[int], reason: str) -> None:
    """The named people's rows: those who stay are kept, the others end, new ones begin now."""
    now = database_now()
    rows = case.people.filter(source=CasePerson.Source.NAMED, ended_at=None)
    rows.exclude(user_id__in=named).update(ended_at=now)
    kept = set(rows.filter(user_id__in=named).values_list("user_id", flat=True))
    for user_id in sorted(named - kept):
        level = _level(case, user_id)
        CasePerson(
            case=case,
            user_id=user_id,
            level=level,
            rank=LEVEL_RANK[level],
            source=CasePerson.Source.NAMED,
            reason=reason,
            starts_at=now,
            given_by_id=actor.user_id,
        ).save(force_insert=True)


def _emergencies_end(case: Case) -> None:
    """To RESTRICTED an emergency opens for information governance alone: who opened it before is shut out now (§5.5)."""
    rows = case.people.filter(source=CasePerson.Source.EMERGENCY, passes_exclusion=False, ended_at=None)
    rows.update(ended_at=database_now())


def _level(case: Case, user_id: int) -> Level:
    """As much as the person's agency holds: naming somebody gives nothing that a share did not."""
    grants = case.grants.filter(IN_FORCE, agency__memberships__user_id=user_id, agency__memberships__is_active=True)
    return Level.from_rank(grants.aggregate(best=Max("rank"))["best"] or LEVEL_RANK[Level.VIEW])
