"""`Idempotency-Key`: the same key and body find the first result again, rendered anew under present access.

Only which record came out is kept (24 hours, per user), never its content.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, transaction

from agencies.models import IdempotencyRecord
from kernel import audit
from kernel.errors import RuleError

KEPT = dt.timedelta(hours=24)
T = TypeVar("T")


class KeyReusedError(RuleError):
    """The key was used before with another body (409)."""


@transaction.atomic
def once(
    *,
    user_id: int,
    key: str,
    method: str,
    path: str,
    body: bytes,
    make: Callable[[], T],
    identify: Callable[[T], str],
    find: Callable[[str], T],
) -> T:
    """Do something once for a key: `make` at the first request, `find` the same result at any later one.

    `identify` gives the id that `find` takes. The record is written first and in the same transaction, so of two
    requests at the same moment the second waits for the first; where `make` refuses, the key stays unused. Raises
    KeyReusedError for another body.
    """
    digest = hashlib.sha256(b"\n".join([method.encode(), path.encode(), body])).hexdigest()
    earliest = audit.clock_database() - KEPT
    IdempotencyRecord.objects.filter(user_id=user_id, key=key, created_at__lt=earliest).delete()
    try:
        with transaction.atomic():
            record = IdempotencyRecord(
                user_id=user_id, key=key, request_digest=digest, created_at=audit.clock_database()
            )
            record.save(force_insert=True)
    except IntegrityError:
        earlier = IdempotencyRecord.objects.get(user_id=user_id, key=key)
        if earlier.request_digest != digest:
            raise KeyReusedError("This Idempotency-Key was used before with another request.") from None
        return find(earlier.result_id)
    result = make()
    record.result_id = identify(result)
    record.save(update_fields=["result_id"])
    return result
