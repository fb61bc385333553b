"""A person's browser window, driven by what is written on the page; every page that it shows is inspected."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Response

from tests.browser import axe
from tests.browser.codes import key_of, next_code

WIDTHS = (1280, 375)
DESK = {"width": 1280, "height": 900}
PASSWORD = "correct-horse-demo"
# A code, or a Python value, where words for people belong.
_RAW = re.compile(
    r"\b(None(?! [a-z])|True|False|E0[67]\d{6}|[a-z]+_[a-z_]+)\b|\{\{|\}\}|\{%|<(?:class|function|Queryset)"
)


@dataclass
class Faults:
    """What was wrong with the pages, in the order of the journey."""

    found: list[str] = field(default_factory=list)

    def add(self, where: str, what: str) -> None:
        """Keeps a fault once."""
        line = f"{where}: {what}"
        if line not in self.found:
            self.found.append(line)


class Window:
    """One person's window: a browser context of its own, signed out at first."""

    def __init__(self, browser: Browser, base: str, name: str, *, scripts: bool, faults: Faults) -> None:
        self.base, self.name, self.scripts, self.faults = base, name, scripts, faults
        self.context = browser.new_context(
            base_url=base, viewport=DESK, locale="en-GB", timezone_id="Europe/London", accept_downloads=True
        )
        # Long, for a machine with other work: only what fails waits so long.
        self.context.set_default_timeout(60_000)
        self.page = self.context.new_page()
        self._tools = self.context.new_cdp_session(self.page)
        self._tools.send("Emulation.setScriptExecutionDisabled", {"value": not scripts})
        self._missing = ""
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self._fault(f"script error: {error}"))
        self.page.on("response", self._answered)

    def close(self) -> None:
        """Shuts the window with everything that it kept."""
        self.context.close()

    # --- Going somewhere -------------------------------------------------------------------------

    def sign_in(self) -> None:
        """From the sign-in page, by password and code, to My work."""
        self.open("/accounts/login/")
        self.fill("Email address", self.name)
        self.fill("Password", PASSWORD)
        self.press("Sign in")
        self.fill("Code", next_code(key_of(self.name)))
        self.press("Sign in")

    def open(self, path: str, status: int = 200) -> None:
        """Types an address; the answer must have this status."""
        self._missing = self.base + path if status >= 400 else ""
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == status, f"{path} answered {answer.status}, not {status}"
        self._inspect()

    def follow(self, words: str, beside: str = "") -> None:
        """Follows the first link, or button that looks like one, with these words; in the line that says `beside`."""
        part = self.page.locator("li, tr").filter(has_text=beside) if beside else self.page.locator("body")
        self._leave(_named(part, "link", words).or_(_named(part, "button", words)).first.click)

    def press(self, words: str) -> None:
        """Presses the button with these words and waits for the page that comes."""
        self._leave(_named(self.page, "button", words).first.click)

    def reload(self) -> None:
        """The same page again."""
        self._leave(self.page.reload)

    def download(self, words: str) -> bytes:
        """What a link gives to keep, once the person has proved again who they are."""
        self.prove()
        return self.keep(words)

    def prove(self) -> None:
        """Proves again who it is, and comes back to the same page."""
        self.open(f"/accounts/reauthenticate/?next={self.path}")
        self.fill("Password", PASSWORD)
        self.press("Continue")

    def keep(self, words: str) -> bytes:
        """The file that a link or a button on this page gives to keep."""
        with self.page.expect_download() as kept:
            _named(self.page, "link", words).or_(_named(self.page, "button", words)).first.click()
        return Path(kept.value.path()).read_bytes()

    def fetch(self, path: str) -> tuple[int, bytes]:
        """Status and body of an address, asked for with this person's sign-in but outside the window."""
        answer = self.context.request.get(path)
        return answer.status, answer.body()

    # --- Filling in ------------------------------------------------------------------------------

    def fill(self, label: str, text: str, within: str = "") -> None:
        """Types into the field with this label."""
        self._field(label, within).fill(text)

    def select(self, label: str, option: str) -> None:
        """Chooses from a list."""
        self._field(label).select_option(label=option)

    def choose(self, question: str, *options: str) -> None:
        """Selects radios or ticks boxes of a question."""
        for option in options:
            self._group(question).get_by_label(option, exact=True).first.check()

    def answer(self, name: str, value: object) -> None:
        """Selects the radio of a question that is known by its short name, as those of HIRA-1 are."""
        self.page.locator(f'input[name="{name}"][value="{value}"]').check()

    def tick(self, label: str) -> None:
        """Ticks a box that stands alone."""
        self._field(label).check()

    def date(self, question: str, day: dt.date, time: str = "") -> None:
        """Types a date, and a time where one is asked for."""
        parts = {"Day": day.day, "Month": day.month, "Year": day.year}
        for label, number in parts.items():
            self._group(question).get_by_label(label, exact=True).fill(str(number))
        if time:
            self._group(question).get_by_label("Time", exact=True).fill(time)

    def unfold(self, words: str) -> None:
        """Opens a folded part if it is shut; the browser does that itself, without any script."""
        part = self.page.locator("details").filter(has=self.page.locator("summary", has_text=words)).first
        if part.get_attribute("open") is None:
            part.locator("summary").first.click()

    # --- Reading ---------------------------------------------------------------------------------

    @property
    def path(self) -> str:
        """The address, without the server."""
        return self.page.url.removeprefix(self.base)

    @property
    def source(self) -> str:
        """All markup of the page, what is hidden included."""
        return self.page.content()

    def text(self, part: str = "body") -> str:
        """What the page, or a part of it, says, with single spaces; folded parts included."""
        return re.sub(r"\s+", " ", self.page.locator(part).first.text_content() or "")

    def links(self, words: str) -> int:
        """How many links have these words."""
        return _named(self.page, "link", words).count()

    def sees(self, *words: str, part: str = "body") -> None:
        """Fails unless the page says all of this."""
        said = self.text(part)
        for each in words:
            assert each in said, f"{self.name} at {self.path} does not see “{each}” in: {said}"

    def sees_not(self, *words: str) -> None:
        """Fails if any of this is on the page, be it hidden in its markup."""
        for each in words:
            assert each not in self.source, f"{self.name} at {self.path} sees “{each}”"

    def wait_for(self, words: str, seconds: float = 120) -> None:
        """Waits for words that the page brings by itself, or that come with looking again where no script runs."""
        if self.scripts:
            self.page.get_by_text(words).first.wait_for(timeout=seconds * 1000)
            self._inspect()
            return
        self.wait_for_page(words, seconds)

    def wait_for_page(self, words: str, seconds: float = 120) -> None:
        """Waits for words that come with looking again."""
        until = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)
        while words not in self.fetch(self.path)[1].decode() and dt.datetime.now(dt.UTC) < until:
            self.page.wait_for_timeout(500)
        self.reload()
        self.sees(words)

    # --- Inside ----------------------------------------------------------------------------------

    def _group(self, question: str) -> Locator:
        return self.page.get_by_role("group", name=_label(question)).first

    def _field(self, label: str, within: str = "") -> Locator:
        return (self._group(within) if within else self.page).get_by_label(_label(label)).first

    def _leave(self, act: Callable[[], object]) -> None:
        # Not expect_navigation: a step within the page just before, as by its skip link, would count as the next page.
        with self.page.expect_event("load"):
            act()
        self._inspect()

    def _inspect(self) -> None:
        """Everything that must hold on every page."""
        for violation in axe.violations(self.page, self._tools, scripts=self.scripts):
            self._fault(violation)
        if wide := axe.too_wide(self.page):
            self._fault(wide)
        if raw := _RAW.search(self.page.locator("body").inner_text()):
            self._fault(f"says “{raw.group()}”")
        works = "govuk-frontend-supported" in (self.page.locator("body").get_attribute("class") or "")
        if works != self.scripts:
            self._fault("the page's script ran" if works else "the page's script did not run")
        if shots := os.environ.get("HATECASE_SHOTS"):
            self._photograph(Path(shots))

    def _photograph(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        title = re.sub(r"[^a-z0-9]+", "-", self.page.title().removesuffix(" – Hatecase").lower()).strip("-")
        who = self.name.partition("@")[0]
        number = len(list(folder.glob(f"*-{WIDTHS[0]}.png"))) + 1
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": DESK["height"]})
            self.page.screenshot(path=folder / f"{number:03}-{who}-{title[:50]}-{width}.png", full_page=True)
        self.page.set_viewport_size(DESK)

    def _fault(self, what: str) -> None:
        self.faults.add(f"{self.name} at {self.path}", what)

    def _heard(self, message: ConsoleMessage) -> None:
        """Errors on the console, violations of the content security policy among them."""
        expected = self._missing and message.location.get("url") == self._missing
        if message.type in ("error", "warning") and not expected:
            self._fault(f"console: {message.text}")

    def _answered(self, answer: Response) -> None:
        if answer.status >= 400 and answer.url != self._missing:
            self._fault(f"{answer.url.removeprefix(self.base)} answered {answer.status}")


def _named(part: Page | Locator, role: Literal["link", "button"], words: str) -> Locator:
    return part.get_by_role(role, name=words)


def _label(words: str) -> re.Pattern[str]:
    """The words of a label, whether or not it says that the field may be left empty."""
    return re.compile(rf"^\s*{re.escape(words)}( \(optional\))?\s*$")
