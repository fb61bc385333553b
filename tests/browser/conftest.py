"""A system that really runs, a browser, and the people of the journey."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from hatecase.embedded import process
from tests.browser.stage import System
from tests.browser.styles import styles_stale
from tests.mail_server import mail_server
from tools.system import BROWSERS

# The browser asks nobody outside: no updates, no look-ups, no synchronisation.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Web, worker and beat with a database and Redis of their own, and the cast; its mail goes to a real server."""
    assert not (stale := styles_stale()), stale
    home = tmp_path_factory.mktemp("browser") / "home"
    with mail_server() as inbox:
        running = System(home, inbox)
        running.start()
        try:
            running.until_ready()
            running.cast_load()
            yield running
        finally:
            running.stop()
        assert process.wait_until(lambda: not running.ours(), 30)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's own Chromium, without a screen."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    assert path, "No browser: `make test` says what to install."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=Path(path), headless=True, args=FLAGS)
        yield browser
        browser.close()
