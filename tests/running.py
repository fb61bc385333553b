"""A whole system under its supervisor, as `make run` starts it, in a home and on a port of its own."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from hatecase import embedded
from hatecase.embedded import process
from tests.mail_server import free_port


class Running:
    """A supervisor of these tests' own, with a port and a home that no other has."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.port = free_port()
        self.home = home
        self.log = home.parent / "said"
        # The county has tests of its own: without it this is the same system, up sooner.
        self.environment = {**os.environ, "HATECASE_HOME": str(home), "PORT": str(self.port), "HATECASE_DEMO": "0"}
        for name in ("PYTEST_VERSION", "HATECASE_ROLE", "DATABASE_URL", "REDIS_URL"):
            self.environment.pop(name, None)
        self.environment.update(environment)
        self.process: subprocess.Popen[bytes] | None = None

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
