"""What the browser must know to make or use a passkey, as text for an attribute: no page carries inline scripts."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.core.serializers.json import DjangoJSONEncoder

register = template.Library()


@register.filter
def as_json(value: Any) -> str:
    """The value as JSON; the template escapes it for the attribute it stands in."""
    return json.dumps(value, cls=DjangoJSONEncoder)


@register.filter
def chunks(text: str) -> str:
    """A long key in groups of four, which are easier to type."""
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))
