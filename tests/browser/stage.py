"""Where the journey is played: the running system, and the people of the cast in their windows."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from hatecase.embedded import process
from tests.browser.window import Faults, Window
from tests.mail_server import Inbox
from tests.running import Running

_CAST = """
import django
django.setup()
from allauth.mfa.totp.internal.auth import TOTP
from hatecase.county.cast import cast_load
from tests.browser.codes import key_of
for user in cast_load().values():
    TOTP.activate(user, key_of(user.email))
"""
SOON = 120


class System(Running):
    """The system of the journey, with its mail on loopback."""

    def __init__(self, home: Path, inbox: Inbox) -> None:
        super().__init__(home, begun=True, EMAIL_URL=f"smtp://127.0.0.1:{inbox.port}")
        self.inbox = inbox
        self._tokens: dict[str, str] = {}

    @property
    def base(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def cast_load(self) -> None:
        """The agencies and the people of the demo, each with an authenticator app: this system is not a demo."""
        self.run("-c", _CAST)

    def tell_worker(self, task: str) -> None:
        """Asks the worker for what beat asks of it by the clock, now instead of in a minute."""
        self.run("-m", "celery", "-A", "hatecase.celery:app", "--quiet", "call", task)

    def call(self, email: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """What a partner's machine does in somebody's name: posts JSON to the API."""
        if email not in self._tokens:
            self._tokens[email] = self.run("manage.py", "api_token", email).strip().splitlines()[-1]
        request = urllib.request.Request(  # noqa: S310 - the address is our own
            f"{self.base}/api/v1/{path}",
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._tokens[email]}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            made: dict[str, Any] = json.load(answer)
        return made


class Stage:
    """The people of the journey, each in a window of their own."""

    def __init__(self, system: System, browser: Browser, *, scripts: bool) -> None:
        self.system, self.browser, self.scripts = system, browser, scripts
        self.faults = Faults()
        self._windows: dict[str, Window] = {}

    def enter(self, email: str) -> Window:
        """This person's window; signed in first where they have none."""
        if email not in self._windows:
            window = Window(self.browser, self.system.base, email, scripts=self.scripts, faults=self.faults)
            self._windows[email] = window
            window.sign_in()
        return self._windows[email]

    def leave(self, email: str) -> None:
        """Shuts this person's window: nothing of it is kept."""
        self._windows.pop(email).close()

    def empty(self) -> None:
        """Shuts every window."""
        for email in list(self._windows):
            self.leave(email)

    def where(self) -> str:
        """Where everybody is, for whoever reads of a failure."""
        return "\n".join(f"{email} at {window.path}" for email, window in self._windows.items())


def until(condition: Callable[[], bool], seconds: float = SOON) -> bool:
    """Whether it comes to hold in time."""
    return process.wait_until(condition, seconds)
