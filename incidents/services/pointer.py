"""Asking whether a partner has a record of somebody: with a reason, for a case, ten times an hour (docs/domain.md §5.5)."""

from __future__ import annotations

from django.core.cache import cache

from incidents.choices import CaseStatus, Level
from incidents.models import Case
from incidents.selectors.pointer import Pointer, pointers
from incidents.services.access import require_level
from incidents.services.common import text_check
from incidents.services.reading import words_digest
from kernel import audit, clock
from kernel.actors import Actor
from kernel.errors import RuleError
from kernel.models import AuditOperation

NAME_LIMIT, REASON_LIMIT = 160, 300
AN_HOUR, TIMES_AN_HOUR = 3600, 10


def partner_ask(*, actor: Actor, name: str, case: Case | None, reason: str) -> list[Pointer]:
    """Whom to ask about somebody; empty for no record, and for one that nobody may be pointed to: nobody can tell which.

    Every question is audited, as a search with a digest of the name, the reason and the case; the owner of a record
    is not told. Raises RuleError with the field: no full name, no open case that the actor works, no reason, or more
    than ten questions within an hour.
    """
    name = " ".join(text_check(name, name="Full name", field="name", limit=NAME_LIMIT).split())
    if " " not in name:
        raise RuleError("Enter the first name and the last name.", "name")
    if case is None or not CaseStatus(case.status).is_open:
        raise RuleError("Choose one of your open cases.", "case")
    require_level(actor, case, Level.VIEW)
    reason = text_check(reason, name="Why you need to know", field="reason", limit=REASON_LIMIT)
    _count(actor)
    found = pointers(name=name, related=case)
    audit.record(
        actor,
        "case.partner_search",
        case,
        operation=AuditOperation.CONSULTATION,
        detail={"words": words_digest(name), "found": len(found)},
        reason=reason,
    )
    return found


def _count(actor: Actor) -> None:
    """Count this question among those of the last hour. Raises RuleError where there were ten."""
    key, now = f"pointer:{actor.user_id}", clock.now_real().timestamp()
    asked = [at for at in cache.get(key, []) if now - at < AN_HOUR]
    if len(asked) >= TIMES_AN_HOUR:
        raise RuleError(f"You have asked {TIMES_AN_HOUR} times within an hour. Try again later.")
    cache.set(key, [*asked, now], AN_HOUR)
