"""The parts and servers of a running system: started, watched, and ended together."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field

from hatecase import embedded
from hatecase.embedded import process, servers
from hatecase.supervisor.words import StartError, log_path, say, tail

# From Ctrl-C to the end in ten seconds: the parts get these, the servers the rest.
PART_SECONDS = 4.0
# A part that falls this often within a minute is broken, not unlucky.
FALLS = 5


@dataclass
class Part:
    """A long-running process of ours: its command, and the times at which it fell."""

    name: str
    command: list[str]
    role: str
    process: subprocess.Popen[bytes] | None = None
    falls: list[float] = field(default_factory=list)


@dataclass
class System:
    """All that was started, in the order of starting."""

    environment: dict[str, str]
    port: int
    servers: servers.Servers = field(default_factory=servers.Servers)
    parts: list[Part] = field(default_factory=list)
    step: subprocess.Popen[bytes] | None = None

    @property
    def demo(self) -> bool:
        """Whether this is the demo, with its county and sign-ins."""
        return self.environment.get("HATECASE_DEMO") == "1"

    def start_servers(self) -> None:
        """Starts the servers that the environment does not name."""
        want_postgres, want_redis = not embedded.own_database(), not embedded.own_redis()
        if want_postgres or want_redis:
            self.servers = servers.start(want_postgres=want_postgres, want_redis=want_redis)
            for note in self.servers.notes:
                say(note)

    def run_step(self, name: str, *command: str) -> None:
        """Runs one command to its end as the owner. Raises StartError, with the end of its log, if it fails."""
        path = log_path("setup")
        with path.open("ab") as log:
            self.step = process.start([sys.executable, *command], log=log, env=self._environment("owner"))
        code = self.step.wait()
        self.step = None
        if code != 0:
            raise StartError(f"{name} failed. The log, {path}, ends:\n{tail(path)}")

    def start_part(self, part: Part) -> None:
        """Starts a part, with a log of its own."""
        with log_path(part.name).open("ab") as log:
            part.process = process.start([sys.executable, *part.command], log=log, env=self._environment(part.role))

    def watch(self) -> None:
        """Keeps every part up; comes back only by an exception. Raises StartError for a part that keeps falling."""
        while True:
            time.sleep(0.5)
            for part in self.parts:
                if part.process and part.process.poll() is not None:
                    self._restart(part)
            if any(server.poll() is not None for server in self.servers.started.values()):
                say("An embedded server fell; starting it again.")
                notes = servers.start(
                    want_postgres="PostgreSQL" in self.servers.started, want_redis="Redis" in self.servers.started
                )
                self.servers.started.update(notes.started)

    def stop(self) -> None:
        """Ends all that was started: first what uses the servers, then the servers."""
        running = [part.process for part in self.parts if part.process] + ([self.step] if self.step else [])
        for child in running:
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
        process.wait_until(lambda: all(child.poll() is not None for child in running), PART_SECONDS)
        for child in running:
            kill_group(child)
        self.servers.stop()

    def _restart(self, part: Part) -> None:
        now = time.monotonic()
        part.falls = [moment for moment in part.falls if now - moment < 60] + [now]
        if len(part.falls) > FALLS:
            raise StartError(f"The {part.name} keeps falling. Its log ends:\n{tail(log_path(part.name))}")
        say(f"The {part.name} fell; starting it again.")
        if part.process:
            kill_group(part.process)
        self.start_part(part)

    def _environment(self, role: str) -> dict[str, str]:
        return {**self.environment, "HATECASE_ROLE": role}


def kill_group(child: subprocess.Popen[bytes]) -> None:
    """Ends a part and whatever it left behind: each part leads a process group of its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def parts(port: int) -> list[Part]:
    """Answers the long-running processes, each with its role in the database."""
    home = embedded.home()
    celery = ["-m", "celery", "-A", "hatecase.celery:app"]
    worker = ["worker", "--hostname", "worker@hatecase", "--concurrency", "2", "--max-tasks-per-child", "500"]
    (home / "beat").mkdir(mode=0o700, exist_ok=True)
    return [
        Part("web", ["-m", "gunicorn", "-c", "python:hatecase.gunicorn_conf", "--bind", f"127.0.0.1:{port}"], "app"),
        Part("worker", [*celery, *worker, "--without-gossip", "--without-mingle", "--loglevel", "INFO"], "worker"),
        Part("beat", [*celery, "beat", "--schedule", str(home / "beat" / "schedule"), "--loglevel", "INFO"], "worker"),
    ]


def environment_of_parts() -> dict[str, str]:
    """Answers the environment of every part: one home for all; the demo, unless ``DATABASE_URL`` is set."""
    environment = {**os.environ, "HATECASE_HOME": str(embedded.home()), "PYTHONUNBUFFERED": "1"}
    environment["DJANGO_SETTINGS_MODULE"] = "hatecase.settings"
    if not embedded.own_database():
        environment.setdefault("HATECASE_DEMO", "1")
    return environment
