"""Starting and stopping both embedded servers together: for the supervisor, the tests, a developer."""

from __future__ import annotations

import fcntl
import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from hatecase import embedded
from hatecase.embedded import postgres, redis_server
from hatecase.embedded.account import Account, EmbeddedError, account_ensure, open_path, private_directory


@dataclass
class Servers:
    """The embedded servers that this process started, by name; one that ran already is absent, and stays."""

    started: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def stop(self) -> None:
        """Ends what was started here, both at once. Raises EmbeddedError if a server does not end."""
        stops = {"Redis": redis_server.stop, "PostgreSQL": postgres.stop}
        with ThreadPoolExecutor() as threads:
            gone = {name: threads.submit(stops[name]) for name in self.started}
        for name, outcome in gone.items():
            if not outcome.result():
                raise EmbeddedError(f"{name} did not end; its process id is {self.started[name].pid}.")
            self.started.pop(name).wait(timeout=1)


def start(
    *, held: bool = True, throw_away: bool = False, want_postgres: bool = True, want_redis: bool = True
) -> Servers:
    """Starts the servers that are wanted and not running, and answers what was started.

    ``held`` ties them to this process; ``throw_away`` gives durability up for speed. Raises EmbeddedError, having
    ended what it had started, if one of them does not come up.
    """
    servers = Servers()
    account = account_ensure()
    servers.notes = _prepare_directories(account)
    with _one_at_a_time():
        try:
            if want_postgres and not (postgres.pid() and postgres.answers()):
                # One that runs but does not answer was left by a parent that was killed, and is on its way out.
                postgres.stop()
                servers.started["PostgreSQL"] = postgres.start(account, held=held, throw_away=throw_away)
            if want_redis and not (redis_server.pid() and redis_server.answers()):
                redis_server.stop()
                servers.started["Redis"] = redis_server.start(account, held=held)
        except BaseException:
            servers.stop()
            raise
    return servers


def stop() -> bool:
    """Ends both servers, whoever started them; answers whether both are gone."""
    gone = redis_server.stop()
    return postgres.stop() and gone


@contextmanager
def running(*, throw_away: bool = False) -> Iterator[Servers]:
    """Holds both servers up for a block; those that it had to start end with it."""
    servers = start(throw_away=throw_away)
    try:
        yield servers
    finally:
        servers.stop()


def _prepare_directories(account: Account) -> list[str]:
    home = embedded.home()
    home.mkdir(parents=True, exist_ok=True)
    # Passed through by the servers' user on the way to its own directories; each directory below is private.
    home.chmod(0o711 if account.switch else 0o700)
    (home / "log").mkdir(mode=0o700, exist_ok=True)
    private_directory(home / "redis", account)
    private_directory(embedded.socket_directory(), account)
    opened = {
        directory
        for path in (home / "postgres", embedded.socket_directory(), postgres.binaries() / "postgres")
        for directory in open_path(path, account)
    }
    return [f"Let the system user {account.name} pass through {directory}." for directory in sorted(opened)]


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two starters in one home would make the cluster twice."""
    handle = os.open(embedded.home() / "embedded.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
