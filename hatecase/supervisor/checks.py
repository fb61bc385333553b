"""What the supervisor asks: is the home free, is the port free, is there a case, does every part answer."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import time
from collections.abc import Callable, Iterator

import psycopg

from hatecase import embedded, probe
from hatecase.embedded import process
from hatecase.supervisor.system import System
from hatecase.supervisor.words import StartError, log_path, tail

READY_SECONDS = 180


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Holds the home for this system. Raises StartError if another one runs in it; a killed one holds nothing."""
    home = embedded.home()
    home.mkdir(parents=True, exist_ok=True)
    (home / "log").mkdir(mode=0o700, exist_ok=True)
    handle = os.open(home / "supervisor.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        # One that was killed this moment may not be gone yet.
        if not process.wait_until(lambda: _lock(handle), 2):
            raise StartError(f"Hatecase already runs in {home}. Stop it, or set HATECASE_HOME and PORT for another.")
        yield
    finally:
        os.close(handle)


def check_port(port: int) -> None:
    """Raises StartError if something else listens on the port; waits a moment for one that is just ending."""

    def is_free() -> bool:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
        return True

    if not process.wait_until(is_free, 3):
        raise StartError(f"Port {port} is taken. Choose another: make run PORT=8001")


def has_cases() -> bool:
    """Answers whether the embedded database holds a case. One query, as the cluster's own administrator."""
    with psycopg.connect(embedded.administrator_url()) as connection:
        row = connection.execute("SELECT EXISTS (SELECT 1 FROM incidents_case)").fetchone()
    return bool(row and row[0])


def await_ready(system: System) -> None:
    """Waits until every part answers. After three minutes raises StartError with those that do not, and their logs."""
    waiting: dict[str, Callable[[], bool]] = {
        # The web's answer speaks for the database, Redis and the worker, too.
        "web": lambda: probe.web(system.port, "/health/ready"),
        "beat": lambda: probe.beating("beat"),
    }
    deadline = time.monotonic() + READY_SECONDS
    while waiting:
        waiting = {name: answers for name, answers in waiting.items() if not answers()}
        fallen = [part for part in system.parts if part.process and part.process.poll() is not None]
        if fallen or time.monotonic() > deadline:
            names = [part.name for part in fallen] or sorted(waiting)
            logs = "\n".join(f"{log_path(name)} ends:\n{tail(log_path(name))}" for name in names)
            raise StartError(f"Not answering: {', '.join(names)}.\n{logs}")
        time.sleep(0.2)


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
