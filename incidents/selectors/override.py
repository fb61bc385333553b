"""Overrides of a victim's wish that wait for a supervisor (docs/domain.md §6.7)."""

from __future__ import annotations

import uuid

from incidents.choices import OverrideState
from incidents.models import Case, WishOverride
from kernel import clock
from kernel.actors import Actor
from kernel.errors import AbsentError


def override_get(*, actor: Actor, case: Case, uid: uuid.UUID) -> WishOverride:
    """An override of a case, for the agency that asked for it. Raises AbsentError. One query."""
    rows = WishOverride.objects.visible_to(actor).filter(case=case, pk=uid)
    found: WishOverride | None = rows.select_related("case", "agency", "from_agency", "asked_by", "decided_by").first()
    if found is None:
        raise AbsentError
    return found


def overrides_of(*, actor: Actor, case: Case) -> list[WishOverride]:
    """The overrides of a case that wait, for the agency that asked. One query."""
    rows = WishOverride.objects.visible_to(actor).filter(case=case, state=OverrideState.WAITING)
    return list(rows.filter(expires_at__gt=clock.now()).select_related("agency", "asked_by").order_by("asked_at"))
