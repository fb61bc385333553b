"""What a service asks before it takes a report along one of the ways out of triage: the table that its page shows."""

from __future__ import annotations

from typing import Any

from incidents.models import Case
from incidents.rules.triage_routes import Route, shut_by
from incidents.selectors.triage import route_facts
from kernel.actors import Actor
from kernel.errors import ForbiddenError, RuleError


def way_require(actor: Actor, case: Case, route: Route, field: str = "", **known: Any) -> None:
    """Raise unless a way stands open to the actor, for a case that the caller holds: ForbiddenError for what is asked
    of the person, RuleError with the field for how the case stands. `known` is what the caller knows of both; without
    it they manage the case, somebody can be asked and no proposal waits. No query.
    """
    need = shut_by(route, route_facts(actor, case, **known))
    if need is None:
        return
    if need.role:
        raise ForbiddenError(need.otherwise)
    raise RuleError(need.otherwise, field)
