"""What every page may show: the actor, the demo banner, the number of unread notices."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from agencies.models import Notice


def site(request: HttpRequest) -> dict[str, Any]:
    """Template context for the whole site. The notices are counted only where the page shows them (one query)."""
    actor = getattr(request, "actor", None)

    def unread() -> int:
        if actor is None or actor.user_id is None:
            return 0
        return Notice.objects.visible_to(actor).filter(read_at=None)[:100].count()

    return {"actor": actor, "demo": settings.DEMO, "unread_notices": SimpleLazyObject(unread)}
