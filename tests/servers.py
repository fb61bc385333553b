"""Gives the tests servers of their own: PostgreSQL and Redis in a temporary home that ends with them.

A pytest plugin, loaded before the settings are (`-p tests.servers`). With `HATECASE_HOME` set, that home is used and
kept, and servers that already run there are used as they are; with `DATABASE_URL` and `REDIS_URL`, those servers.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

_STARTED = "HATECASE_TEST_SERVERS"


class Servers:
    """Holds what this test run started, to end it at the end."""

    def __init__(self) -> None:
        self.home: Path | None = None
        self.started = None

    def start(self) -> None:
        """Starts what is missing. Raises EmbeddedError, with the reason, if that fails."""
        own = [name for name in ("DATABASE_URL", "REDIS_URL") if not os.environ.get(name)]
        if not own:
            return
        if not os.environ.get("HATECASE_HOME"):
            self.home = Path(tempfile.mkdtemp(prefix="hatecase-test-"))
            os.environ["HATECASE_HOME"] = str(self.home)
        # Static files are served from their sources here; the directory of collected ones is only looked for.
        (Path(os.environ["HATECASE_HOME"]) / "static").mkdir(parents=True, exist_ok=True)
        from hatecase.embedded import servers

        self.started = servers.start(
            # A home that stays must survive the power going off.
            throw_away=self.home is not None,
            want_postgres="DATABASE_URL" in own,
            want_redis="REDIS_URL" in own,
        )

    def stop(self) -> None:
        """Ends what was started and removes the temporary home."""
        if self.started:
            self.started.stop()
        if self.home:
            shutil.rmtree(self.home, ignore_errors=True)


_servers = Servers()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Starts the servers: the first hook of a run, before the settings are read.

    Only in the process that was started by hand; the parallel ones find its home in their environment.
    """
    if os.environ.get(_STARTED) is None:
        os.environ[_STARTED] = str(os.getpid())
        _servers.start()


def pytest_unconfigure() -> None:
    """Ends the servers with the run."""
    if os.environ.get(_STARTED) == str(os.getpid()):
        del os.environ[_STARTED]
        _servers.stop()
