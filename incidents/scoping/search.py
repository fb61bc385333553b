"""Who may know of a saved search: its owner, and where it is shared the agency that it was made for."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from incidents.models import SavedSearch
from kernel.actors import Actor
from kernel.scoping import scope


@scope(SavedSearch)
def _searches(queryset: Any, actor: Actor) -> Any:
    """While they work for that agency: what somebody kept there stays there."""
    mine = Q(owner_id=actor.user_id or 0) | Q(shared=True)
    return queryset.filter(mine, agency_id__in=actor.agency_ids)
