"""Whether the system lives and is ready, for supervisors and load balancers; no personal data, no sign-in.

The worker and beat leave a pulse in Redis that dies out by itself, so a silent one shows without being asked.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from hatecase.embedded import pulse_key, redis_client_url

log = logging.getLogger(__name__)

PULSE_SECONDS = 60
# A pulse is written at most this often: the worker's own heartbeat comes every two seconds.
PULSE_EVERY = 10
TIMEOUT = 2.0


def pulse(part: str) -> None:
    """Leaves the pulse of a part. Raises redis.RedisError if Redis does not answer."""
    with _redis() as client:
        client.set(pulse_key(part), "1", ex=PULSE_SECONDS)


def database() -> bool:
    """Answers whether the database answers. One query."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return cursor.fetchone() == (1,)
    except DatabaseError:
        log.warning("health: the database does not answer")
        connection.close()
        return False


def broker() -> bool:
    """Answers whether Redis answers."""
    try:
        with _redis() as client:
            return bool(client.ping())
    except redis.RedisError:
        log.warning("health: Redis does not answer")
        return False


def beating(part: str) -> bool:
    """Answers whether the part (``worker``, ``beat``) has left a pulse within the last minute."""
    try:
        with _redis() as client:
            return bool(client.exists(pulse_key(part)))
    except redis.RedisError:
        return False


CHECKS: dict[str, Callable[[], bool]] = {
    "database": database,
    "redis": broker,
    "worker": lambda: beating("worker"),
}


@require_safe
@never_cache
def live(request: HttpRequest) -> JsonResponse:
    """The process answers; nothing behind it is asked."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """Every part answers, or 503 with the names of those that do not."""
    parts = {name: "ok" if check() else "failing" for name, check in CHECKS.items()}
    healthy = set(parts.values()) == {"ok"}
    return JsonResponse({"status": "ok" if healthy else "failing", "parts": parts}, status=200 if healthy else 503)


def _redis() -> redis.Redis:
    return redis.Redis.from_url(
        redis_client_url(settings.REDIS_URL), socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT
    )
