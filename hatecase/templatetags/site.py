"""The tag that draws the service's menu."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from hatecase.navigation import menu_for

register = template.Library()


@register.inclusion_tag("shared/parts/menu.html", takes_context=True)
def service_menu(context: Context) -> dict[str, Any]:
    """The menu of whoever is signed in; nothing on pages for the public. Where `plain`, no place is active."""
    request = context.get("request")
    actor = getattr(request, "actor", None)
    path = "" if request is None or context.get("plain") else request.path
    return {"menu": menu_for(actor, path)}
