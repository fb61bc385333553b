"""Adding files, reading a PDF inside the page, covering parts of it, and choosing who sees the copy."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser

from kernel import clock
from tests import files
from tests.browser.stage import System
from tests.browser.window import Faults, Window
from tests.running import line

pytestmark = pytest.mark.browser
ALICE = "alice@police.example"
MOST_HELD = 4
"""So many megabytes may a web process grow while ten arrive."""
_DROP = """(name) => {
  const given = new DataTransfer();
  given.items.add(new File(["He left it on the step"], name, {type: "text/plain"}));
  const place = document.querySelector("[data-upload-drop]");
  const event = (type) => new DragEvent(type, {dataTransfer: given, bubbles: true, cancelable: true});
  place.dispatchEvent(event("dragover"));
  const over = place.classList.contains("hc-upload__drop--over");
  place.dispatchEvent(event("drop"));
  return [over, place.classList.contains("hc-upload__drop--over")];
}"""
# What the bar showed outlives the page that it stood on.
_WATCH_BAR = """() => {
  const bar = document.querySelector("#upload-progress");
  const seen = [];
  new MutationObserver(() => {
    seen.push(bar.value);
    sessionStorage.setItem("seen", JSON.stringify(seen));
  }).observe(bar, {attributes: true});
}"""
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


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_mistake_costs_no_file(system: System, chromium: Browser, tmp_path: Path, *, scripts: bool) -> None:
    faults, case = Faults(), system.call(ALICE, "incidents/", incident())["case"]
    (tmp_path / "first.txt").write_text("He came at nine")
    window = Window(chromium, system.base, ALICE, scripts=scripts, faults=faults)
    try:
        window.sign_in()
        window.open(f"/cases/{case}/evidence/add/")
        _describe(window)
        window.fill("Where it came from", "")
        window.page.set_input_files("input[name=files]", tmp_path / "first.txt")
        if scripts:
            window.page.evaluate(_PASTE, ["second.txt"])
            # The page stays and what it says comes into it.
            window.page.get_by_role("button", name="Add evidence").click()
            window.page.get_by_text("There is a problem").wait_for()
            window.sees("There is a problem", "The files are still chosen: first.txt, second.txt")
        else:
            window.press("Add evidence")
            window.sees("There is a problem", "Choose the files again")
            window.page.set_input_files("input[name=files]", tmp_path / "first.txt")
        window.fill("Where it came from", "The victim")
        window.press("Add evidence")
        window.sees("2 files added as evidence" if scripts else "Evidence added")
    finally:
        window.close()
    assert not faults.found, "\n".join(faults.found)


def test_what_is_dropped_and_what_a_telephone_takes_join_too(
    system: System, chromium: Browser, tmp_path: Path
) -> None:
    faults, case = Faults(), system.call(ALICE, "incidents/", incident())["case"]
    (tmp_path / "first.txt").write_text("He came at nine")
    (tmp_path / "photo.jpg").write_bytes(files.jpeg())
    window = Window(chromium, system.base, ALICE, scripts=True, faults=faults)
    try:
        window.sign_in()
        window.open(f"/cases/{case}/evidence/add/")
        camera = window.page.locator("#upload-camera")
        assert not camera.is_visible(), "a desk has no camera to offer"
        window._tools.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
        window.open(f"/cases/{case}/evidence/add/")
        assert camera.is_visible()
        assert [camera.get_attribute(name) for name in ("capture", "accept")] == ["environment", "image/*"]
        _describe(window)
        window.page.set_input_files("input[name=files]", tmp_path / "first.txt")
        assert window.page.evaluate(_DROP, "dropped.txt") == [True, False]
        camera.set_input_files(tmp_path / "photo.jpg")
        window.sees("Chosen: first.txt, dropped.txt, photo.jpg")
        window.press("Add evidence")
        window.sees("3 files added as evidence")
    finally:
        window.close()
    assert not faults.found, "\n".join(faults.found)


def test_a_photograph_of_ten_megabytes_shows_how_far_it_is_and_is_never_held_in_memory(
    system: System, chromium: Browser, tmp_path: Path
) -> None:
    faults, case = Faults(), system.call(ALICE, "incidents/", incident())["case"]
    photo = tmp_path / "front door.jpg"
    window = Window(chromium, system.base, ALICE, scripts=True, faults=faults)
    try:
        window.sign_in()
        window._tools.send(
            "Network.emulateNetworkConditions",
            {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 8_000_000},
        )
        # A process that has not yet done this before grows by what it loads: the least of three tells what is held.
        grown = [_sends(system, window, case, photo) for _ in range(3)]
    finally:
        window.close()
    print(f"\nA web process grew by {', '.join(f'{each:.1f}' for each in grown)} MB while 10 MB arrived")
    assert min(grown) < MOST_HELD
    assert not faults.found, "\n".join(faults.found)


def _sends(system: System, window: Window, case: str, photo: Path) -> float:
    """Adds the photograph, sees the bar move, and answers by how many megabytes a web process grew meanwhile."""
    # A new one each time: the same file stands once in a case.
    photo.write_bytes(files.photograph())
    assert 10_000_000 < photo.stat().st_size < 12_000_000
    window.open(f"/cases/{case}/evidence/add/")
    _describe(window)
    window.page.set_input_files("input[name=files]", photo)
    window.page.evaluate(_WATCH_BAR)
    with Growth([found for found in system.ours() if "gunicorn" in line(found)]) as growth:
        window.press("Add evidence")
    window.sees("Evidence added", "JPEG image", "front door.jpg")
    seen = window.page.evaluate("JSON.parse(sessionStorage.getItem('seen'))")
    assert any(0 < value < 100 for value in seen), seen
    assert seen == sorted(seen[:-1]) + seen[-1:], "the bar goes on, and then waits for the check"
    return growth.megabytes


class Growth:
    """By how much the largest of some processes outgrew itself while something was done."""

    def __init__(self, processes: list[psutil.Process]) -> None:
        assert processes
        self.processes, self.megabytes = processes, 0.0
        self._before = [self._size(each) for each in processes]
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._watch)

    def __enter__(self) -> Growth:
        self._watcher.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._watcher.join()

    def _watch(self) -> None:
        while not self._over.wait(0.02):
            grown = (self._size(each) - was for each, was in zip(self.processes, self._before, strict=True))
            self.megabytes = max(self.megabytes, *grown)

    @staticmethod
    def _size(found: psutil.Process) -> float:
        return float(found.memory_info().rss) / 1024**2


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
