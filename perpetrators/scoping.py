"""Who may see an alleged perpetrator: those who may see one of their cases from that side.

The predicate over the access rows is registered by incidents (`incidents.scoping`).
"""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef

from kernel.actors import Actor
from kernel.scoping import scope
from perpetrators.models import AllegedPerpetrator, PerpetratorAccess


@scope(AllegedPerpetrator)
def _perpetrators(queryset: Any, actor: Actor) -> Any:
    if not actor.sees_some_perpetrators:
        return queryset.none()
    rows = PerpetratorAccess.objects.visible_to(actor).filter(perpetrator_id=OuterRef("pk"))
    return queryset.filter(Exists(rows))
