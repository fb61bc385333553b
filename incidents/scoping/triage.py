"""Who may see decisions that wait for a second person, and incidents that changed cases."""

from __future__ import annotations

from typing import Any

from incidents.models import CaseMoved, ClassificationProposal, IncidentMove
from incidents.scoping.opening import TRIAGERS, agencies_as, through_case
from kernel.actors import Actor
from kernel.scoping import scope


@scope(ClassificationProposal)
def _proposals(queryset: Any, actor: Actor) -> Any:
    """The triagers of the lead agency, while they may see the case."""
    return through_case(queryset, actor).filter(case__lead_agency_id__in=agencies_as(actor, *TRIAGERS))


@scope(IncidentMove)
def _moves(queryset: Any, actor: Actor) -> Any:
    """Those who may see both cases: a move names them both."""
    return through_case(through_case(queryset, actor, "from_case"), actor, "to_case")


scope(CaseMoved)(through_case)
