"""Real processes beside a test, at the test's own database: a worker, or a few lines of Python that may die."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from django.conf import settings
from django.db import connection

from hatecase import embedded

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60.0


def environment(**more: str) -> dict[str, str]:
    """What a process needs to use the test's database and secrets, in the worker's role."""
    parts = urlsplit(embedded.database_url("owner"))
    url = urlunsplit(parts._replace(path="/" + quote(connection.settings_dict["NAME"])))
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "hatecase.settings",
        "DATABASE_URL": url,
        "REDIS_URL": settings.REDIS_URL,
        "SECRET_KEY": settings.SECRET_KEY,
        "AUDIT_KEY": settings.AUDIT_KEY,
        "HATECASE_ROLE": "worker",
        **more,
    }


def queue() -> str:
    """A queue that belongs to this test process alone: other tests, and the demo, use the same Redis."""
    return f"tests-{os.getpid()}"


def start(code: str, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Run a few lines of Python with Django set up."""
    lines = f"import django\ndjango.setup()\n{code}"
    return subprocess.Popen([sys.executable, "-c", lines], cwd=ROOT, env=dict(env))


@contextmanager
def worker(log: Path, env: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A Celery worker, ready for work; ended with the block."""
    arguments = ["-m", "celery", "-A", "hatecase.celery", "worker", "--concurrency", "1", "--loglevel", "INFO"]
    arguments += ["--queues", queue(), "--without-gossip", "--without-mingle"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, env=dict(env), stdout=output, stderr=subprocess.STDOUT
        )
        try:
            wait_for(lambda: b"ready." in log.read_bytes(), f"the worker did not start: {log}")
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=15)


def wait_for(condition: Callable[[], bool], complaint: str) -> None:
    """Wait until something is so. Raises TimeoutError, with the complaint, after a minute."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(complaint)
        time.sleep(0.05)
