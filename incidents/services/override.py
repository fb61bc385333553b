"""Sharing against a victim's wish: asked for on a ground, confirmed by a supervisor who did not ask.

Rules: docs/domain.md §6.7. Nothing is shared before it is confirmed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from agencies.services.notice import NoticeData, notices_create
from incidents.choices import Level, OverrideGround, OverrideState, ShareBasis
from incidents.models import Case, CaseGrant, WishOverride
from incidents.rules.sharing import OVERRIDE_DAYS, answer_due, sharing_error
from incidents.scoping import is_decider
from incidents.selectors.audience import decider_ids
from incidents.selectors.share import wishes_of
from incidents.services.clock import holidays_all
from incidents.services.common import agency_acting, case_hold, case_touch
from incidents.services.share import ShareTerms, share_write, terms_check
from incidents.services.words import case_words
from kernel import audit, clock
from kernel.actors import Actor
from kernel.db import advisory_lock
from kernel.errors import ForbiddenError, RuleError

REASON_LIMIT, DECISION_LIMIT = 500, 300
NOTICE_KIND = "override"


@dataclass(frozen=True)
class OverrideCase:
    """Why a wish is to be overridden, and whether the victim was told; if not, why not."""

    ground: str
    reason: str
    victim_told: bool | None
    not_told_reason: str = ""


def override_ask(*, actor: Actor, case: Case, terms: ShareTerms, why: OverrideCase) -> WishOverride:
    """Ask a supervisor of one's own agency to confirm a share against a victim's wish. It takes effect only then.

    A second request for the same agency while one waits is refused. Raises what `share_give` raises but for the wish;
    RuleError where no wish stands against the share, without a ground or a reason, or where nobody could confirm.
    """
    with transaction.atomic():
        held = case_hold(actor, case, Level.MANAGE, open_only=False)
        terms = terms_check(actor, held, terms)
        if sharing_error(wishes_of(held), terms.agency.type) is None:
            raise RuleError("No victim’s wish stands against this share, so it needs no override.", "ground")
        why = _why_checked(actor, held, why)
        home = agency_acting(actor, held)
        supervisors = [user_id for user_id in decider_ids(home) if user_id != actor.user_id]
        if not supervisors:
            raise RuleError(
                "Nobody else in your agency can confirm an override. Ask information governance.", "ground"
            )
        if held.overrides.filter(agency=terms.agency, state=OverrideState.WAITING).exists():
            raise RuleError(f"An override for {terms.agency.name} waits for a supervisor already.", "agency")
        override = _override_write(actor, held, home, terms, why)
        _record(actor, "case.override_ask", override, reason=why.reason)
        _tell(override, held, supervisors, "an override waits for a supervisor", "ask")
        return override


def override_confirm(*, actor: Actor, override: WishOverride, reason: str = "") -> CaseGrant:
    """Confirm an override as a supervisor: the share takes effect with the terms that were asked for.

    Confirming twice changes nothing. Raises ForbiddenError for who is no supervisor of the sharing agency or asked
    for it, RuleError where it was decided or expired, or the terms hold no longer.
    """
    with transaction.atomic():
        held = case_hold(actor, override.case, Level.MANAGE, open_only=False)
        found = _hold(actor, override)
        if found.state == OverrideState.CONFIRMED and found.decided_by_id == actor.user_id and found.grant:
            return found.grant
        _require_decider(actor, found)
        _require_waiting(found)
        grant = share_write(
            actor,
            held,
            terms_check(actor, held, terms_of(found)),
            basis=ShareBasis.OVERRIDE,
            given_by_id=found.asked_by_id,
        )
        found.grant = grant
        _decide(actor, found, OverrideState.CONFIRMED, reason)
        _record(actor, "case.override_confirm", found, reason=found.reason)
        _tell_asker(found, held, "the override is confirmed")
        return grant


def override_refuse(*, actor: Actor, override: WishOverride, reason: str) -> WishOverride:
    """Refuse an override as a supervisor, with a reason: nothing is shared. Refusing twice changes nothing.

    Raises ForbiddenError and RuleError as `override_confirm` does, RuleError without a reason.
    """
    with transaction.atomic():
        held = case_hold(actor, override.case, Level.MANAGE, open_only=False)
        found = _hold(actor, override)
        if found.state == OverrideState.REFUSED and found.decided_by_id == actor.user_id:
            return found
        _require_decider(actor, found)
        _require_waiting(found)
        if not reason.strip():
            raise RuleError("Enter why the override is refused.", "reason")
        _decide(actor, found, OverrideState.REFUSED, reason)
        _record(actor, "case.override_refuse", found, reason=found.decision_reason)
        _tell_asker(found, held, "the override is refused")
        return found


def overrides_expire(*, actor: Actor) -> int:
    """Let overrides expire that nobody answered in two working days; answers how many. One sweeper at a time."""
    with transaction.atomic():
        if not advisory_lock("overrides"):
            return 0
        rows = WishOverride.objects.unscoped(reason="overrides that nobody answered")
        due = list(
            rows.select_for_update(of=("self",), skip_locked=True)
            .select_related("case")
            .filter(state=OverrideState.WAITING, expires_at__lte=clock.now())
        )
        for override in due:
            override.state, override.decided_at = OverrideState.EXPIRED, clock.now()
            override.save(update_fields=["state", "decided_at"])
            _record(actor, "case.override_expire", override)
            _tell_asker(override, override.case, "the override has expired unanswered")
        return len(due)


def terms_of(override: WishOverride) -> ShareTerms:
    """The terms that an override holds."""
    return ShareTerms(
        agency=override.agency,
        level=override.level,
        purpose=override.purpose,
        gateway=override.gateway,
        necessity=override.necessity,
        field_groups=override.field_groups,
        caldicott_guardian=override.caldicott_guardian,
        starts_at=override.starts_at,
        until=override.until,
    )


def may_decide(actor: Actor, override: WishOverride) -> bool:
    """Whether the actor is a supervisor of the sharing agency, and somebody else than who asked."""
    return override.asked_by_id != actor.user_id and is_decider(actor, override.from_agency_id)


def _why_checked(actor: Actor, case: Case, why: OverrideCase) -> OverrideCase:
    if why.ground not in OverrideGround.values:
        raise RuleError("Choose the ground for the override.", "ground")
    reason = case_words(actor, case, why.reason, name="Why the wish is overridden", field="reason", limit=REASON_LIMIT)
    if why.victim_told is None:
        raise RuleError("Say whether the victim was told.", "victim_told")
    not_told = case_words(
        actor, case, why.not_told_reason, name="Why not", field="not_told_reason", limit=DECISION_LIMIT, required=False
    )
    if not why.victim_told and not not_told:
        raise RuleError("Enter why the victim was not told.", "not_told_reason")
    return OverrideCase(why.ground, reason, why.victim_told, "" if why.victim_told else not_told)


def _override_write(actor: Actor, case: Case, home: int, terms: ShareTerms, why: OverrideCase) -> WishOverride:
    now = clock.now()
    override = WishOverride(
        case=case,
        from_agency_id=home,
        agency=terms.agency,
        level=terms.level,
        purpose=terms.purpose,
        necessity=terms.necessity,
        gateway=terms.gateway,
        field_groups=list(terms.field_groups or []),
        caldicott_guardian=terms.caldicott_guardian,
        starts_at=terms.starts_at,
        until=terms.until,
        ground=why.ground,
        reason=why.reason,
        victim_told=bool(why.victim_told),
        not_told_reason=why.not_told_reason,
        asked_by_id=actor.user_id,
        asked_at=now,
        expires_at=answer_due(now, OVERRIDE_DAYS, holidays_all()),
    )
    override.save(force_insert=True)
    case_touch(case)
    return override


def _hold(actor: Actor, override: WishOverride) -> WishOverride:
    rows = WishOverride.objects.visible_to(actor).select_for_update(of=("self",)).select_related("agency", "grant")
    found: WishOverride = rows.get(pk=override.pk)
    return found


def _require_decider(actor: Actor, override: WishOverride) -> None:
    if override.asked_by_id == actor.user_id:
        raise ForbiddenError("Somebody else than who asked for the override has to decide on it.")
    if not is_decider(actor, override.from_agency_id):
        raise ForbiddenError("Only a point of contact, a deputy or a manager of the sharing agency decides on this.")


def _require_waiting(override: WishOverride) -> None:
    if override.state != OverrideState.WAITING:
        raise RuleError(f"This override is decided: {override.get_state_display().lower()}.")
    if override.expires_at <= clock.now():
        raise RuleError("This override has expired unanswered. It has to be asked for again.")


def _decide(actor: Actor, override: WishOverride, state: OverrideState, reason: str) -> None:
    override.decision_reason = case_words(
        actor, override.case, reason, name="Reason", field="reason", limit=DECISION_LIMIT, required=False
    )
    override.state, override.decided_by_id, override.decided_at = state, actor.user_id, clock.now()
    override.save(update_fields=["state", "decided_by", "decided_at", "decision_reason", "grant"])


def _record(actor: Actor, action: str, override: WishOverride, reason: str = "") -> None:
    detail = {
        "agency": override.agency.code,
        "level": override.level,
        "ground": override.ground,
        "victim_told": override.victim_told,
    }
    audit.record(actor, action, override, detail=detail, reason=reason)


def _tell_asker(override: WishOverride, case: Case, words: str) -> None:
    if override.asked_by_id:
        _tell(override, case, [override.asked_by_id], words, override.state)


def _tell(override: WishOverride, case: Case, people: Iterable[int], words: str, step: str) -> None:
    url = f"/cases/{case.ref}/overrides/{override.pk}/"
    notices_create(
        NoticeData(user_id, f"override:{override.pk}:{step}", NOTICE_KIND, f"{case.ref}: {words}", url, case.pk)
        for user_id in people
    )
