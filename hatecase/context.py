"""What every page may show: the actor, the demo banner, unread notices, and how long the sign-in still lasts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from agencies.models import Notice
from agencies.services.sign_in import seconds_left
from kernel.actors import Actor
from kernel.prepared import Prepared

MOST_COUNTED = 100


@Prepared
def _unread(actor: Actor) -> QuerySet:
    return Notice.objects.visible_to(actor).filter(read_at=None).values_list("pk")[:MOST_COUNTED]


def site(request: HttpRequest) -> dict[str, Any]:
    """Template context for the whole site. The notices are counted only where the page shows them (one query)."""
    actor = getattr(request, "actor", None)

    def unread() -> int:
        if actor is None or actor.user_id is None:
            return 0
        return len(_unread(actor))

    sign_in = getattr(request, "sign_in", None)
    return {
        "actor": actor,
        "demo": settings.DEMO,
        "unread_notices": SimpleLazyObject(unread),
        "sign_in_seconds": None if sign_in is None else seconds_left(sign_in),
        "sign_in_warning": int(settings.SIGN_IN_WARNING.total_seconds()),
    }
