"""Sharing agreements near their end: warned of, extended by two people, and never the end of a case.

At the end the open cases go to the named successor; only when none is left does sign-in close. Where there is no
successor, or one may not have a case, the agency goes on until somebody has decided (docs/domain.md §5.3). What others
asked of it in their cases goes back to them with its last day.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from agencies.choices import Role
from agencies.models import Agency, AgreementExtension
from agencies.registries import asked_return, led_count, led_hand
from agencies.rules import AGREEMENT_WARNING, NOT_READY, agreement_stage, extension_error, successor_error
from agencies.scoping import may_decide_agreement, may_see_agreement
from agencies.selectors import can_succeed
from agencies.services.upkeep import holders, system_administrators, tell
from kernel import audit, clock
from kernel.actors import Actor, system_actor
from kernel.db import advisory_lock
from kernel.errors import ForbiddenError, RuleError

_OWN = (Role.SPOC, Role.DEPUTY_SPOC, Role.AGENCY_ADMIN)
_SYSTEM = system_actor("sharing agreements end, and cases go to successors")


def extension_ask(*, actor: Actor, agency: Agency, until: dt.date, reason: str) -> AgreementExtension:
    """Ask that an agreement lasts until a later day. Raises RuleError with the field; ForbiddenError."""
    _require(may_see_agreement(actor, agency.pk))
    error = extension_error(until, agency.isa_expires_on, clock.today_real())
    if error:
        raise RuleError(error, "until")
    with transaction.atomic():
        Agency.objects.select_for_update().get(pk=agency.pk)
        if agency.extensions.filter(decided_at=None).exists():
            raise RuleError("Somebody has asked for an extension already. It waits for a decision")
        asked = AgreementExtension.objects.create(
            agency=agency, until=until, reason=reason, asked_by_id=actor.user_id, asked_at=clock.now_real()
        )
        deciders = [person for person in _deciders() if person != actor.user_id]
        tell(deciders, f"extension:{asked.pk}", f"{agency.name} asks to extend its sharing agreement", _path(agency))
        audit.record(
            actor,
            "agreement.ask",
            asked,
            reason=reason,
            detail={"agency": agency.code, "until": until.isoformat()},
        )
    return asked


def extension_decide(*, actor: Actor, extension: AgreementExtension, approve: bool) -> AgreementExtension:
    """Agree to an extension or refuse it; never the one who asked. Raises ForbiddenError, RuleError."""
    _require(may_decide_agreement(actor))
    with transaction.atomic():
        held = AgreementExtension.objects.select_for_update(of=("self",)).select_related("agency").get(pk=extension.pk)
        if held.asked_by_id == actor.user_id:
            raise ForbiddenError("Somebody else has to decide what you asked for")
        if held.decided_at is not None:
            raise RuleError("This has been decided already")
        held.decided_by_id, held.decided_at, held.approved = actor.user_id, clock.now_real(), approve
        held.save(update_fields=["decided_by", "decided_at", "approved"])
        agency = held.agency
        before = agency.isa_expires_on
        if approve:
            agency.isa_expires_on, agency.handing_over = held.until, False
            agency.save(update_fields=["isa_expires_on", "handing_over"])
        word = "is extended" if approve else "is not extended"
        told = [*holders(agency, _OWN), *([held.asked_by_id] if held.asked_by_id else [])]
        tell(told, f"extension:{held.pk}:decided", f"The sharing agreement of {agency.name} {word}", _path(agency))
        audit.record(
            actor,
            "agreement.extend" if approve else "agreement.refuse",
            agency,
            before={"isa_expires_on": before},
            after={"isa_expires_on": agency.isa_expires_on},
            reason=held.reason,
            detail={"asked_by": held.asked_by_id},
        )
    return held


def successor_set(*, actor: Actor, agency: Agency, successor: Agency) -> None:
    """Name the agency that takes over the open cases. Raises RuleError with the field; ForbiddenError."""
    _require(may_see_agreement(actor, agency.pk))
    error = successor_error(agency.side, successor.side, successor.type)
    if error or successor.pk == agency.pk:
        raise RuleError(error or "An agency cannot succeed itself", "successor")
    if not can_succeed().filter(pk=successor.pk).exists():
        raise RuleError(NOT_READY.format(name=successor.name), "successor")
    with transaction.atomic():
        held = Agency.objects.select_for_update(of=("self",)).get(pk=agency.pk)
        before, held.successor = held.successor_id, successor
        held.save(update_fields=["successor"])
        if before != successor.pk:
            text = f"{successor.name} is to take over the open cases of {agency.name}"
            key = f"successor:{agency.pk}:{successor.pk}"
            tell([*holders(successor, _OWN), *holders(agency, _OWN)], key, text, _path(agency))
            audit.record(
                actor, "agreement.successor", held, before={"successor": before}, after={"successor": successor.pk}
            )


def agreements_sweep() -> int:
    """Warn of agreements near their end, and hand on the open cases of those that have ended; answers how many cases.

    One sweeper at a time; each agency in a transaction of its own.
    """
    handed = 0
    today = clock.today_real()
    soon = Agency.objects.filter(is_active=True, isa_expires_on__lte=today + AGREEMENT_WARNING)
    for pk in list(soon.values_list("pk", flat=True)):
        with transaction.atomic():
            if not advisory_lock(f"agreement {pk}"):
                continue
            agency = Agency.objects.select_related("successor").get(pk=pk)
            if agency.isa_expires_on is not None:
                handed += _end(agency) if agency.isa_expires_on < today else 0
                _warn(agency, agency.isa_expires_on, today)
    return handed


def _end(agency: Agency) -> int:
    """Hand on what can be handed on; answers how much. A successor that has left meanwhile gets nothing."""
    if agency.successor is None or not led_count(agency.pk):
        return 0
    if not can_succeed().filter(pk=agency.successor.pk).exists():
        return 0
    handed = led_hand(_SYSTEM, agency.pk, agency.successor.pk)
    if handed:
        key = f"succession:{agency.pk}:{clock.now_real():%Y-%m-%d}"
        # No number: it would count what is restricted, and cases from which the reader is kept out.
        text = f"The agreement of {agency.name} has ended: what it led came to your agency"
        tell(holders(agency.successor, _OWN[:2]), key, text, "/cases/")
        detail = {"agency": agency.code, "successor": agency.successor.code, "cases": handed}
        audit.record(_SYSTEM, "agreement.succession", agency, detail=detail)
    return handed


def _warn(agency: Agency, ends: dt.date, today: dt.date) -> None:
    left = led_count(agency.pk)
    over = ends < today
    if agency.handing_over != bool(left):
        agency.handing_over = bool(left)
        agency.save(update_fields=["handing_over"])
    if over and not left:
        asked_return(_SYSTEM, agency.pk)
        if tell(system_administrators(), f"ended:{agency.pk}:{ends}", _ended(agency), _path(agency)):
            audit.record(_SYSTEM, "agreement.end", agency, detail={"agency": agency.code, "ended": ends.isoformat()})
        return
    stage = f"late {today}" if over else agreement_stage(ends, today)
    text = _late(agency) if over else f"The sharing agreement of {agency.name} ends on {ends:%-d %B %Y}"
    people = [*holders(agency, _OWN), *system_administrators(), *(_deciders() if over else [])]
    tell(people, f"agreement:{agency.pk}:{ends}:{stage}", text, _path(agency))


def _late(agency: Agency) -> str:
    """Without a number, as for the successor."""
    why = "name a successor" if agency.successor is None else "they cannot go to the successor"
    return f"The agreement of {agency.name} has ended and it still leads open cases: {why}"


def _ended(agency: Agency) -> str:
    return f"The sharing agreement of {agency.name} has ended and its people cannot sign in"


def _deciders() -> list[int]:
    found = [person for agency in Agency.objects.filter(is_active=True) for person in _governance(agency)]
    return [*system_administrators(), *found]


def _governance(agency: Agency) -> list[int]:
    return holders(agency, [Role.GOVERNANCE])


def _path(agency: Agency) -> str:
    return f"/agreements/{agency.code}/"


def _require(allowed: bool) -> None:
    if not allowed:
        raise ForbiddenError("You may see this agreement but not do this")
