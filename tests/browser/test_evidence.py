"""Adding files, reading a PDF inside the page, covering parts of it, and choosing who sees the copy."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from kernel import clock
from tests import files
from tests.browser.stage import System
from tests.browser.window import Faults, Window

pytestmark = pytest.mark.browser
ALICE = "alice@police.example"
_PASTE = """(names) => {
  const given = new DataTransfer();
  names.forEach((name) => given.items.add(new File(["She wrote it down"], name, {type: "text/plain"})));
  document.dispatchEvent(new ClipboardEvent("paste", {clipboardData: given, bubbles: true}));
}"""


def incident() -> dict[str, Any]:
    """What is posted to the API for a case of Alice's."""
    today = clock.now_real()
    return {
        "received_at": (today - dt.timedelta(days=1)).isoformat(),
        "occurred_from": (today - dt.timedelta(days=2)).isoformat(),
        "channel": "phone",
        "narrative": "Paint on the door again",
        "strands": [{"code": "RAC"}],
        "perceived_by": "victim",
        "behaviours": ["graffiti"],
        "district": "E07000150",
        "victims": [{"given_name": "Idris", "family_name": "Karim"}],
    }


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_letter_is_read_covered_and_released(
    system: System, chromium: Browser, tmp_path: Path, *, scripts: bool
) -> None:
    faults, case = Faults(), system.call(ALICE, "incidents/", incident())["case"]
    (tmp_path / "letter.pdf").write_bytes(files.pdf(pages=2))
    window = Window(chromium, system.base, ALICE, scripts=scripts, faults=faults)
    try:
        window.sign_in()
        window.open(f"/cases/{case}/evidence/add/")
        _describe(window)
        window.page.set_input_files("input[name=files]", tmp_path / "letter.pdf")
        window.press("Add evidence")
        window.sees("Evidence added", "PDF document")
        window.follow("Read the pages")
        assert window.page.locator("img.hc-picture").evaluate("image => image.complete && image.naturalWidth > 100")
        window.follow("Next page")
        window.sees("Page 2 of 2")
        window.follow("Back")
        window.follow("Make a redacted copy")
        _cover(window, scripts=scripts)
        window.fill("What the copy shows", "A letter, the address covered")
        window.press("Make the copy")
        window.sees("Redacted copy made", "Nobody else")
        window.follow("Choose who sees the copy")
        window.choose("Who else may see the copy?", "Agencies that work with victims")
        window.fill("Reason", "Looked at both pages")
        window.press("Save")
        window.sees("Agencies that work with victims", "Released to more agencies")
    finally:
        window.close()
    assert not faults.found, "\n".join(faults.found)


def test_what_is_pasted_joins_what_was_chosen(system: System, chromium: Browser, tmp_path: Path) -> None:
    faults, case = Faults(), system.call(ALICE, "incidents/", incident())["case"]
    (tmp_path / "first.txt").write_text("He came at nine")
    window = Window(chromium, system.base, ALICE, scripts=True, faults=faults)
    try:
        window.sign_in()
        window.open(f"/cases/{case}/evidence/add/")
        _describe(window)
        window.page.set_input_files("input[name=files]", tmp_path / "first.txt")
        window.page.evaluate(_PASTE, ["second.txt"])
        window.sees("Chosen: first.txt, second.txt")
        window.press("Add evidence")
        window.sees("2 files added as evidence")
    finally:
        window.close()
    assert not faults.found, "\n".join(faults.found)


def _describe(window: Window) -> None:
    window.fill("What it shows", "A letter through the door")
    window.fill("Where it came from", "The victim")
    yesterday = (clock.now_real() - dt.timedelta(days=1)).date()
    window.date("When it was taken or received", yesterday, "9:15am")


def _cover(window: Window, *, scripts: bool) -> None:
    if not scripts:
        window.fill("Parts to cover", "1 10 10 30 5")
        return
    # Pages that arrive push what is below them down: all are there, and in view, before anything is drawn.
    drawn = "() => [...document.querySelectorAll('.hc-redact__sheet img')].every((image) => image.naturalWidth > 100)"
    for page in window.page.locator(".hc-redact__sheet").all():
        page.scroll_into_view_if_needed()
    window.page.wait_for_function(drawn)
    first = window.page.locator(".hc-redact__sheet").first
    first.scroll_into_view_if_needed()
    sheet = first.bounding_box()
    assert sheet
    window.page.mouse.move(sheet["x"] + 20, sheet["y"] + 20)
    window.page.mouse.down()
    window.page.mouse.move(sheet["x"] + 120, sheet["y"] + 60, steps=4)
    window.page.mouse.up()
    assert window.page.locator(".hc-redact__box").count() == 1
    assert window.page.locator("[data-boxes]").input_value().startswith("1 ")
