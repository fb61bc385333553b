"""A whole system under its supervisor, as `make run` starts it, in a home and on a port of its own.

To migrate and to collect its styles takes most of a minute, and several files of tests want such a system: one is started
from nothing, in a home beside the tests' own, and every further one begins with a copy of that. What is about the beginning
itself (tests/platform/test_supervisor.py) has none of it.
"""

from __future__ import annotations

import fcntl
import hashlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from hatecase import embedded
from hatecase.embedded import process
from tests.mail_server import free_port

# Before a test names another: every process of a run has the same.
_TESTS_HOME = embedded.home()


def _bare(home: Path) -> dict[str, str]:
    """The environment of a system in this home, without what the tests' own has in it."""
    bare = {**os.environ, "HATECASE_HOME": str(home)}
    for name in ("PYTEST_VERSION", "HATECASE_ROLE", "DATABASE_URL", "REDIS_URL"):
        bare.pop(name, None)
    return bare


def _code() -> str:
    """What such a home comes of: a digest of the product's own code and of what is installed."""
    digest = hashlib.sha256((embedded.PROJECT / "requirements" / "base.txt").read_bytes())
    for folder in sorted(path.parent.parent for path in embedded.PROJECT.glob("*/migrations/__init__.py")):
        for path in sorted(folder.rglob("*.py")):
            digest.update(bytes(path) + path.read_bytes())
    return digest.hexdigest()[:16]


def begun_copy(home: Path) -> None:
    """Begin this home with what a system has when it is up for the first time: its database, its secrets, its styles."""
    shelf = _TESTS_HOME / "begun"
    shelf.mkdir(mode=0o711, parents=True, exist_ok=True)
    with (shelf / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = shelf / _code()
        if not made.exists():
            for older in shelf.glob("*/"):
                shutil.rmtree(older)
            first = Running(shelf / "draft")
            first.start()
            first.until_ready()
            first.stop()
            first.home.rename(made)
    home.mkdir(mode=0o711, parents=True)
    for part in ("postgres", "keys", "static", "static.stamp"):
        # With owners and times: the servers' user may be another than this one.
        subprocess.run(["cp", "-a", str(made / part), str(home / part)], check=True)


class Running:
    """A supervisor of these tests' own, with a port and a home that no other has; from nothing, or from what one that is up has."""

    def __init__(self, home: Path, *, begun: bool = False, **environment: str) -> None:
        self.port = free_port()
        self.home = home
        self.log = home.parent / "said"
        # The county has tests of its own: without it this is the same system, up sooner.
        self.environment = {**_bare(home), "PORT": str(self.port), "HATECASE_DEMO": "0", **environment}
        self.process: subprocess.Popen[bytes] | None = None
        if begun:
            begun_copy(home)

    def start(self) -> None:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hatecase.supervisor", "--leash"],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment,
                cwd=embedded.PROJECT,
            )

    def said(self) -> str:
        return self.log.read_text()

    def until_ready(self) -> None:
        assert self.process
        assert process.wait_until(lambda: "Ready: " in self.said() or self.process.poll() is not None, 240), (
            self.said()
        )
        assert self.process.poll() is None, self.said()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Ends it and answers the seconds that took."""
        assert self.process
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(timeout=30)
        return time.monotonic() - began

    def run(self, *command: str) -> str:
        """Runs Python with these arguments to its end beside the system, as the owner; answers what it printed."""
        environment = {**self.environment, "HATECASE_ROLE": "owner", "DJANGO_SETTINGS_MODULE": "hatecase.settings"}
        outcome = subprocess.run(
            [sys.executable, *command], check=False, capture_output=True, text=True, env=environment,
            cwd=embedded.PROJECT,
        )  # fmt: skip
        assert outcome.returncode == 0, outcome.stderr
        return outcome.stdout

    def get(self, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def ready(self) -> dict[str, str]:
        """The parts as /health/ready names them; nothing while the web is not there at all."""
        try:
            return json.loads(self.get("/health/ready")[1])["parts"]
        except (OSError, http.client.HTTPException):
            return {}

    def ours(self) -> list[psutil.Process]:
        """Every process that works in this home."""
        return [found for found in psutil.process_iter() if belongs(found, self.home)]


def line(found: psutil.Process) -> str:
    """A process's command line; a zombie, or one that has just ended, has none."""
    try:
        return " ".join(found.cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return ""


def belongs(found: psutil.Process, home: Path) -> bool:
    """Whether a process carries the home in its command line or its environment."""
    try:
        return str(home) in line(found) or found.environ().get("HATECASE_HOME") == str(home)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
