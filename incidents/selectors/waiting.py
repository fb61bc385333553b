"""What waits for a decision about sharing: a panel on a case's page."""

from __future__ import annotations

from typing import Any

from incidents.choices import LEVEL_RANK, Level, RequestState
from incidents.selectors.access_request import requests_of
from incidents.selectors.override import overrides_of
from kernel.actors import Actor
from kernel.panels import Panel


def case_waiting(actor: Actor, case: Any) -> Panel | None:
    """Overrides and requests for access that wait in a case from `case_get`, for who manages it.

    A query for each kind of which something waits, else none.
    """
    if getattr(case, "rank", 0) < LEVEL_RANK[Level.MANAGE]:
        return None
    found = requests_of(actor=actor, case=case) if case.requests_wait else []
    requests = [one for one in found if RequestState(one.state).is_open]
    overrides = overrides_of(actor=actor, case=case) if case.overrides_wait else []
    if not (requests or overrides):
        return None
    return Panel("incidents/parts/waiting.html", {"case": case, "requests": requests, "overrides": overrides})
