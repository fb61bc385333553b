"""What waits for a decision about sharing: panels on a case's page and on My work."""

from __future__ import annotations

from typing import Any

from incidents.choices import LEVEL_RANK, Level, RequestState
from incidents.scoping import is_decider
from incidents.selectors.access_request import requests_of, requests_waiting
from incidents.selectors.override import overrides_of, overrides_waiting
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


def work_waiting(actor: Actor, subject: Any) -> Panel | None:
    """Overrides and requests for access that wait for somebody who decides. Two queries for those, else none."""
    if not any(is_decider(actor, agency_id) for agency_id in actor.agency_ids):
        return None
    requests, overrides = requests_waiting(actor=actor), overrides_waiting(actor=actor)
    if not (requests or overrides):
        return None
    return Panel("incidents/parts/waiting_work.html", {"requests": requests, "overrides": overrides})
