"""A timed run of common jobs by keyboard: by Tab, typing, Space, arrows and Enter alone (docs/keyboard.md).

What each costs is printed. Fields, pages and keys are bounded; seconds are the machine's, and are not.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser

from tests.browser.stage import System
from tests.browser.story import ALICE, days
from tests.browser.test_evidence import incident
from tests.browser.window import Faults, Window

pytestmark = pytest.mark.browser

# The name of what has the focus: its own label, under its question where it is one of several answers.
_FOCUS = """() => {
  const at = document.activeElement;
  const words = node => (node ? node.textContent : "").replace(/\\s+/g, " ").trim();
  const own = at.labels && at.labels.length ? words(at.labels[0]) : words(at);
  const legend = at.closest("fieldset") ? words(at.closest("fieldset").querySelector("legend")) : "";
  return [legend, own.replace(/ \\(optional\\)$/, "")];
}"""


# Whether Tab goes on within what the page is about.
_WITHIN = "document.activeElement.closest('main') !== null || location.hash === '#main-content'"


@dataclass
class Hands:
    """Somebody at a keyboard without a mouse, and what they have done."""

    window: Window
    fields: int = 0
    pages: int = 0
    tabs: int = 0
    keys: int = 0
    seconds: float = field(default_factory=time.monotonic)

    def to(self, words: str, question: str = "") -> None:
        """Tabs on until what is named has the focus."""
        for _ in range(80):
            legend, own = self.window.page.evaluate(_FOCUS)
            if own == words and question in legend:
                return
            self.press("Tab")
            self.tabs += 1
        raise AssertionError(f"Tab never came to “{words}” at {self.window.path}")

    def press(self, key: str) -> None:
        """One key."""
        self.window.page.keyboard.press(key)
        self.keys += 1

    def types(self, words: str, text: str, question: str = "") -> None:
        """Fills the field with this label."""
        self.to(words, question)
        self.window.page.keyboard.type(text)
        self.keys += len(text)
        self.fields += 1

    def ticks(self, words: str, question: str = "", *, down: int = 0) -> None:
        """Selects an answer: Space on a box or the first radio, then as many times Down as the answer is further on."""
        self.to(words, question)
        self.press("Space")
        for _ in range(down):
            self.press("ArrowDown")
        self.fields += 1

    def sends(self, words: str = "Save and continue") -> None:
        """Goes to the button and on to the next page."""
        self.follows(words)

    def follows(self, words: str) -> None:
        """Goes to a link and along it."""
        self.to(words)
        self.leaves("Enter")

    def leaves(self, *keys: str) -> None:
        """Keys that lead to another page."""

        def press() -> None:
            for key in keys:
                self.press(key)

        self.window._leave(press)
        self.arrives()

    @property
    def cost(self) -> str:
        """What it has taken, in words."""
        took = time.monotonic() - self.seconds
        counts = f"{self.fields} fields, {self.pages} pages, {self.tabs} times Tab, {self.keys} keys in all"
        return f"{counts}, {took:.1f} seconds of machine time with every page inspected"

    def above(self, most: tuple[int, int, int, int]) -> list[str]:
        """What it took more of than it may."""
        counted = {"fields": self.fields, "pages": self.pages, "times Tab": self.tabs, "keys": self.keys}
        return [
            f"{number} {what} of {limit}"
            for (what, number), limit in zip(counted.items(), most, strict=True)
            if number > limit
        ]

    def arrives(self) -> None:
        """Is on a page, and skips what stands above what is asked, unless the page has put them there: at what it says
        that was done, or where the page before was left.
        """
        self.pages += 1
        if self.window.page.evaluate(_WITHIN):
            return
        self.to("Skip to main content")
        self.press("Enter")


def test_the_common_jobs(system: System, chromium: Browser) -> None:
    faults = Faults()
    system.call(ALICE, "incidents/", incident())
    alice = Window(chromium, system.base, ALICE, scripts=True, faults=faults)
    over = []
    try:
        alice.sign_in()
        for job, most in JOBS.items():
            hands = Hands(alice)
            job(hands)
            print(f"\n{(job.__doc__ or '').rstrip('.')}: {hands.cost}")
            over += hands.above(most)
    finally:
        alice.close()
    assert not faults.found, "\n".join(faults.found)
    assert not over, "\n".join(over)


def logs_a_report(hands: Hands) -> None:
    """A phone report with one victim, from My work to what happens next."""
    _event(hands)
    _people(hands)
    hands.window.sees("Incident logged", "What happens next")


def logs_a_contact(hands: Hands) -> None:
    """A call to the victim, from what happens next to the case."""
    hands.follows("Open the case")
    hands.leaves("a", "c")
    hands.ticks("Phone call", "How")
    hands.ticks("We spoke or exchanged messages", "What came of it?")
    hands.types("What was said", "She is staying with her sister until the weekend.")
    hands.sends("Save contact")
    hands.window.sees("Contact logged")


def gives_a_task(hands: Hands) -> None:
    """A task within the agency, from the case to the case."""
    due = days(7)
    hands.leaves("a", "t")
    hands.types("What is to be done", "Fit a door chain")
    hands.types("Which agency is to do it", "Nor")
    hands.types("Day", str(due.day), "When it is due")
    hands.types("Month", str(due.month), "When it is due")
    hands.types("Year", str(due.year), "When it is due")
    hands.sends("Add the task")
    hands.window.sees("Fit a door chain")


def finds_a_case(hands: Hands) -> None:
    """What has a reference found by it, from any page."""
    ref = hands.window.path.split("/")[2]
    hands.press("/")
    hands.window.page.keyboard.type(ref)
    hands.keys += len(ref)
    hands.fields += 1
    hands.leaves("Enter")
    assert ref in hands.window.path


def opens_the_next(hands: Hands) -> None:
    """The first case of the list, and the next one."""
    hands.leaves("g", "c")
    first = hands.window.page.locator("tbody th a").first.inner_text()
    hands.to("Skip to what was found")
    hands.press("Enter")
    hands.follows(first)
    hands.leaves("n")
    assert hands.window.path.startswith("/cases/HC-")
    assert first not in hands.window.path


# By job the most fields, pages, times Tab and keys in all.
JOBS: dict[Callable[[Hands], None], tuple[int, int, int, int]] = {
    logs_a_report: (21, 11, 160, 320),
    logs_a_contact: (3, 3, 20, 80),
    gives_a_task: (5, 2, 16, 50),
    finds_a_case: (1, 1, 2, 30),
    opens_the_next: (0, 3, 15, 25),
}


def _event(hands: Hands) -> None:
    yesterday = days(-1)
    hands.leaves("l")
    hands.ticks("Yes", "Is anyone in danger now?", down=1)
    hands.ticks("None of these, or not known")
    hands.sends()
    hands.types("Describe what happened", "Two men shouted at her by the market and followed her to the bus.")
    hands.ticks("At one time")
    hands.types("Day", str(yesterday.day), "Date and time")
    hands.types("Month", str(yesterday.month), "Date and time")
    hands.types("Year", str(yesterday.year), "Date and time")
    hands.ticks("Verbal abuse")
    hands.sends()
    hands.ticks("Home", "What kind of place was it?", down=2)
    hands.types("Address or place", "Market Street")
    hands.types("Postcode", "NN16 8AB")
    hands.ticks("Corby", "District", down=3)
    hands.sends()
    hands.ticks("Race or ethnicity", "Which characteristics?")
    hands.ticks("The victim", "Who believes that it was hate?")
    hands.sends()


def _people(hands: Hands) -> None:
    hands.ticks("The victim", "Who is reporting?")
    hands.types("Their name", "Farida Mirza")
    hands.types("Their phone number or email address", "07700 900123")
    hands.ticks("Phone", "How did the report come in?")
    hands.sends()
    # The reporter is the victim: her name and number stand there already.
    hands.sends()
    hands.ticks("Phone call", "Which ways of contact are safe?")
    hands.ticks("Not asked", "May we share with the police?", down=1)
    hands.sends()
    hands.ticks("Nothing")
    hands.sends()
    hands.sends()
    hands.sends("Log the incident")
