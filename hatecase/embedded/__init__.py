"""Where the embedded PostgreSQL and Redis answer: addresses computed from ``HATECASE_HOME``, nothing started here.

Both servers listen on Unix sockets alone, in a directory that only the shell user who runs Hatecase may enter.
Settings read these functions, so they touch neither disk nor network and import nothing outside the standard library.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from urllib.parse import quote, urlencode

PROJECT = Path(__file__).resolve().parent.parent.parent
DATABASE = "hatecase"
ROLES = ("owner", "app", "worker", "stats")
# sun_path holds 108 bytes, the last of them a NUL.
SOCKET_PATH_LIMIT = 107
# The longest name that either server puts into the directory; PostgreSQL adds ".lock" to a file, not to the socket.
LONGEST_SOCKET_NAME = ".s.PGSQL.5432"


def home() -> Path:
    """Answers the absolute directory of embedded data, stored files and logs (``HATECASE_HOME``, default ``var/``)."""
    return Path(os.environ.get("HATECASE_HOME") or PROJECT / "var").absolute()


def socket_directory() -> Path:
    """Answers the directory of both servers' sockets: ``run/`` in the home, or a short private one if that is too long."""
    nearby = home() / "run"
    if len(os.fsencode(nearby / LONGEST_SOCKET_NAME)) <= SOCKET_PATH_LIMIT:
        return nearby
    digest = hashlib.sha256(os.fsencode(home())).hexdigest()[:12]
    return Path(f"/tmp/hatecase-{os.getuid()}-{digest}")  # noqa: S108 - its owner and mode are checked before use


def database_url(role: str = "owner", database: str = DATABASE) -> str:
    """Answers the connection URL of the embedded database for ``owner``, ``app``, ``worker`` or ``stats``.

    Raises ValueError for a role that cannot sign in.
    """
    if role not in ROLES:
        raise ValueError(f"{role!r} is none of {', '.join(ROLES)}")
    return f"postgresql://hatecase_{role}@/{database}?{urlencode({'host': str(socket_directory())})}"


def redis_url() -> str:
    """Answers the URL of the embedded Redis, as redis-py and Django's cache take it."""
    return f"unix://{quote(str(socket_directory() / 'redis.sock'))}"


def broker_url(url: str) -> str:
    """Answers the same Redis in Celery's spelling: a Unix socket is ``redis+socket://`` there."""
    if url.startswith("unix://"):
        return "redis+socket://" + url.removeprefix("unix://")
    return url
