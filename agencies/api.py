"""What API views of every app need of agencies: doing something once for an Idempotency-Key."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeVar

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from agencies.idempotency import once
from kernel.actors import Actor

KEY_LIMIT = 120
T = TypeVar("T")


def idempotent(
    request: Request,
    actor: Actor,
    make: Callable[[], T],
    *,
    identify: Callable[[T], str],
    find: Callable[[str], T],
    body: bytes | None = None,
) -> T:
    """`make()` once for the request's Idempotency-Key, if it carries one; later requests `find` the same result.

    `body` stands for what was sent where that is no JSON.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not key or actor.user_id is None:
        return make()
    if len(key) > KEY_LIMIT:
        raise ValidationError({"Idempotency-Key": [f"The key must be {KEY_LIMIT} characters or fewer."]})
    return once(
        user_id=actor.user_id,
        key=key,
        method=request.method or "",
        path=request.path,
        body=json.dumps(request.data, sort_keys=True).encode() if body is None else body,
        make=make,
        identify=identify,
        find=find,
    )
