"""Whether one part of the system is well, asked from outside it: ``python -m hatecase.probe web|worker|beat``.

For the supervisor and for containers' health checks, so it is light: no Django.
"""

from __future__ import annotations

import http.client
import os
import sys

import redis

from hatecase import embedded


def web(port: int, page: str = "/health/live") -> bool:
    """Answers whether the web server gives the health page a 200."""
    # Any name that the web server answers to; without a list it answers to loopback's own.
    host = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".*") or "127.0.0.1"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", page, headers={"Host": host})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def beating(part: str) -> bool:
    """Answers whether the part (``worker``, ``beat``) has left a pulse lately."""
    with _redis() as client:
        try:
            return bool(client.exists(embedded.pulse_key(part)))
        except redis.RedisError:
            return False


def forget_pulses() -> None:
    """Removes the pulses that an earlier run has left, so that nothing answers for a part that is not up yet."""
    with _redis() as client:
        client.delete(embedded.pulse_key("worker"), embedded.pulse_key("beat"))


def _redis() -> redis.Redis:
    return redis.Redis.from_url(
        embedded.redis_client_url(embedded.redis_url()), socket_timeout=2, socket_connect_timeout=2
    )


if __name__ == "__main__":
    part = sys.argv[1]
    well = web(int(os.environ.get("PORT", "8000"))) if part == "web" else beating(part)
    sys.exit(0 if well else 1)
