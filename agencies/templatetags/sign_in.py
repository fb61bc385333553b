"""What the pages about signing in show: ways to sign in, keys, and what a browser must know to use a passkey."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder

register = template.Library()


@register.filter
def as_json(value: Any) -> str:
    """The value as JSON, for an attribute, which escapes it: no page carries inline scripts."""
    return json.dumps(value, cls=DjangoJSONEncoder)


@register.filter
def chunks(text: str) -> str:
    """A long key in groups of four, which are easier to type."""
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


@register.simple_tag
def single_sign_on() -> list[tuple[str, str]]:
    """The agencies' own sign-in services: id and name."""
    return sorted(((key, one["name"]) for key, one in settings.SINGLE_SIGN_ON.items()), key=lambda way: way[1])
