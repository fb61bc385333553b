"""Speed of hand in a real browser: the jump box, keys, stepping through a list, quick ways to add; each also by links."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

from kernel import clock
from tests.browser.stage import System
from tests.browser.story import ABSENT, ALICE, UNKNOWN, days
from tests.browser.window import Faults, Window

pytestmark = pytest.mark.browser


@pytest.fixture
def faults() -> Iterator[Faults]:
    """What was wrong with any page; nothing may be."""
    found = Faults()
    yield found
    assert not found.found, "\n".join(found.found)


@pytest.fixture(scope="module")
def cases(system: System) -> list[str]:
    """Three cases of the police, newest first."""
    return [
        system.call(
            ALICE,
            "incidents/",
            {
                "received_at": f"{days(-day)}T09:30:00+00:00",
                "occurred_from": f"{days(-day - 1)}T21:00:00+00:00",
                "channel": "phone",
                "narrative": f"Shouting on day {day} by the bandstand.",
                "strands": [{"code": "REL", "sub": "Muslim"}],
                "perceived_by": "victim",
                "behaviours": ["physical-assault"],
                "district": "E07000150",
                "victims": [{"given_name": "Idris", "family_name": "Karim"}],
                "perpetrators": [{"status": "described", "description": "A man in work clothes"}],
            },
        )["case"]
        for day in (1, 2, 3)
    ]


def pressing(window: Window, *keys: str) -> None:
    """Presses keys that lead to another page, and looks at it."""

    def press() -> None:
        for key in keys:
            window.page.keyboard.press(key)

    window._leave(press)


def test_by_keys(system: System, chromium: Browser, faults: Faults, cases: list[str]) -> None:
    alice = Window(chromium, system.base, ALICE, scripts=True, faults=faults)
    try:
        alice.sign_in()
        pressing(alice, "g", "c")
        assert alice.path == "/cases/"
        pressing(alice, "g", "t")
        assert alice.path == "/tasks/"
        pressing(alice, "l")
        assert alice.path == "/cases/new/"
        # While somebody types, a key is a letter.
        pressing(alice, "g", "c")
        alice.page.keyboard.press("/")
        alice.page.keyboard.type("gcnl?")
        assert alice.page.locator("#jump").input_value() == "gcnl?"
        alice.page.locator("#jump").fill(cases[0].lower())
        pressing(alice, "Enter")
        assert alice.path == f"/cases/{cases[0]}/"
        _steps(alice, cases)
        _sheet(alice)
    finally:
        alice.close()


def _steps(alice: Window, cases: list[str]) -> None:
    alice.open("/cases/?q=bandstand")
    alice.follow(cases[0])
    alice.sees("Back to the list", "Next case")
    pressing(alice, "n")
    assert alice.path.startswith(f"/cases/{cases[1]}/?list=")
    pressing(alice, "n")
    assert alice.path.startswith(f"/cases/{cases[2]}/?list=")
    assert not alice.links("Next case")
    pressing(alice, "p")
    assert alice.path.startswith(f"/cases/{cases[1]}/?list=")


def _sheet(alice: Window) -> None:
    """The sheet opens by its key; switched off, nothing happens until they are switched on again, on later pages too."""
    page, sheet = alice.page, alice.page.locator("dialog#keys")
    page.keyboard.press("?")
    sheet.wait_for(state="visible")
    alice._inspect()
    assert "Next and previous case" in alice.text("dialog#keys")
    within = "document.getElementById('keys').contains(document.activeElement)"
    assert page.evaluate(within), "the focus goes into the sheet"
    for key in ["Tab"] * 14 + ["Shift+Tab"] * 16:
        page.keyboard.press(key)
        assert page.evaluate(within), "and stays within"
    for key in ("Tab", "Shift+Tab"):
        page.evaluate("document.activeElement.blur()")
        assert not page.evaluate(within)
        page.keyboard.press(key)
        assert page.evaluate(within), "and comes back to it from nowhere"
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.get_by_role("button", name="Switch keyboard shortcuts off").click()
    assert "are off in this browser" in alice.text("dialog#keys")
    page.keyboard.press("Escape")
    before = alice.path
    for key in ("g", "c", "n", "?"):
        page.keyboard.press(key)
    page.wait_for_timeout(300)
    assert alice.path == before
    assert not sheet.is_visible()
    alice.open("/cases/")
    page.keyboard.press("l")
    page.wait_for_timeout(300)
    assert alice.path == "/cases/"
    alice.unfold("Add")
    page.get_by_role("link", name="Keyboard shortcuts").first.click()
    sheet.wait_for(state="visible")
    page.get_by_role("button", name="Switch keyboard shortcuts on").click()
    page.get_by_role("button", name="Close").click()
    assert page.evaluate("document.activeElement.textContent.trim()") == "Keyboard shortcuts", "and returns"
    pressing(alice, "g", "w")
    assert alice.path == "/"


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_by_links(system: System, chromium: Browser, faults: Faults, cases: list[str], *, scripts: bool) -> None:
    alice = Window(chromium, system.base, ALICE, scripts=scripts, faults=faults)
    try:
        alice.sign_in()
        alice.fill("Go to a reference, or search for words", ABSENT)
        alice.press("Go")
        alice.sees(UNKNOWN, "single point of contact", "Show all cases")
        alice.fill("Go to a reference, or search for words", "bandstand")
        alice.press("Go")
        alice.sees("3 cases found", *cases)
        alice.follow(cases[0])
        alice.follow("Next case")
        alice.sees(cases[1])
        alice.follow("Back to the list")
        _saves(alice, scripts=scripts)
        _adds(alice, cases[2])
        alice.open("/help/")
        alice.sees("Keyboard shortcuts", "Next and previous case")
        _takes_away(alice, cases[0])
    finally:
        alice.close()


def _saves(alice: Window, *, scripts: bool) -> None:
    name = f"Bandstand {'with' if scripts else 'without'} scripts"
    alice.follow("Save this search")
    alice.press("Save search")
    alice.sees("There is a problem")
    alice.fill("Name of the search", name)
    alice.press("Save search")
    alice.sees("Search saved", name)
    alice.follow(name)
    alice.sees("3 cases found")
    alice.follow("Saved searches")
    alice.follow("Delete", beside=name)
    alice.press("Delete it")
    alice.sees("Saved search deleted")


def _adds(alice: Window, case: str) -> None:
    alice.open("/cases/")
    alice.unfold("Add")
    alice.follow("Note in a case")
    alice.fill("Reference of the case", ABSENT)
    alice.press("Continue")
    alice.sees("You have no case with this reference")
    alice.fill("Reference of the case", case)
    alice.press("Continue")
    assert alice.path == f"/cases/{case}/notes/add/"


def _takes_away(alice: Window, case: str) -> None:
    """A list as a file, and a case on paper; just signed in is proof enough."""
    alice.open("/cases/export/?q=bandstand")
    alice.fill("What it is for", "A board paper")
    with alice.page.expect_download() as kept:
        alice.page.get_by_role("button", name="Export").click()
    assert kept.value.suggested_filename == f"hatecase-cases-{clock.today():%Y-%m-%d}.csv"
    alice.open(f"/cases/{case}/print/")
    alice.fill("What it is for", "Court bundle")
    with alice.page.expect_download() as kept:
        alice.page.get_by_role("button", name="Make the PDF").click()
    words = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(kept.value.path().read_bytes())).pages)
    assert "OFFICIAL-SENSITIVE" in words
    assert case in words
