"""Who may see a victim: those who may see one of their cases from the victim side.

The predicate over the access rows is registered by incidents (`incidents.scoping`), because victims know no cases.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef

from kernel.actors import Actor
from kernel.scoping import scope
from victims.models import Victim, VictimAccess


@scope(Victim)
def _victims(queryset: Any, actor: Actor) -> Any:
    if not actor.sees_some_victims:
        return queryset.none()
    rows = VictimAccess.objects.visible_to(actor).filter(victim_id=OuterRef("pk"))
    return queryset.filter(Exists(rows))
