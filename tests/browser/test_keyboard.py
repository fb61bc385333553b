"""A timed run of a common job by keyboard: a phone report with one victim, by Tab, typing, Space and Enter alone.

What it costs is printed. Fields and pages are bounded; seconds are the machine's, and are not.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser

from tests.browser.stage import System
from tests.browser.story import ALICE, days
from tests.browser.window import Faults, Window

pytestmark = pytest.mark.browser

# What a report takes that leaves nothing empty that is asked for, and the pages that it goes through.
MOST_FIELDS, MOST_PAGES, MOST_TABS = 21, 11, 340

# The name of what has the focus: its own label, under its question where it is one of several answers.
_FOCUS = """() => {
  const at = document.activeElement;
  const words = node => (node ? node.textContent : "").replace(/\\s+/g, " ").trim();
  const own = at.labels && at.labels.length ? words(at.labels[0]) : words(at);
  const legend = at.closest("fieldset") ? words(at.closest("fieldset").querySelector("legend")) : "";
  return [legend, own.replace(/ \\(optional\\)$/, "")];
}"""


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
        self.to(words)
        self.window._leave(lambda: self.press("Enter"))
        self.arrives()

    def arrives(self) -> None:
        """Is on a page, and skips what stands above what is asked."""
        self.pages += 1
        self.to("Skip to main content")
        self.press("Enter")


def test_a_phone_report_with_one_victim(system: System, chromium: Browser) -> None:
    faults = Faults()
    alice = Window(chromium, system.base, ALICE, scripts=True, faults=faults)
    try:
        alice.sign_in()
        hands = Hands(alice)
        _event(hands)
        _people(hands)
        alice.sees("Incident logged", "What happens next")
    finally:
        alice.close()
    took = time.monotonic() - hands.seconds
    print(
        f"\nA phone report with one victim by keyboard: {hands.fields} fields, {hands.pages} pages, {hands.tabs} times Tab,"
        f" {hands.keys} keys in all, {took:.1f} seconds of machine time with every page inspected"
    )
    assert not faults.found, "\n".join(faults.found)
    assert hands.fields <= MOST_FIELDS
    assert hands.pages <= MOST_PAGES
    assert hands.tabs <= MOST_TABS


def _event(hands: Hands) -> None:
    yesterday = days(-1)
    hands.window._leave(lambda: hands.press("l"))
    hands.arrives()
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
