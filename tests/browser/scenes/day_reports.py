"""Two reports of one event: the reporting centre's and the police's; they are sorted, joined, and parted again."""

from __future__ import annotations

import re

from tests.browser.day import (
    ADDRESS,
    ALICE,
    BETH,
    CALLED,
    COUNCIL,
    PLACE,
    POLICE,
    POSTCODE,
    SUMMARY,
    TOM,
    WALKED_IN,
    Day,
)
from tests.browser.stage import Stage
from tests.browser.story import days
from tests.browser.window import Window


def the_centre_logs_a_report(stage: Stage, day: Day) -> None:
    """A man walks in; the council of his district leads what the centre has taken, and the centre goes on reading."""
    tom = stage.enter(TOM)
    _event(tom, WALKED_IN, "6:30pm")
    _reporter(tom, "Reporting centre")
    _victim(tom, council="Yes")
    day.centre = _logged(tom)
    tom.follow("Open the case")
    tom.sees(COUNCIL, WALKED_IN)


def the_police_log_a_report(stage: Stage, day: Day) -> None:
    """A witness rings about the same event. The victim does not want the council told."""
    alice = stage.enter(ALICE)
    _event(alice, CALLED, "6:40pm")
    _reporter(alice, "Phone")
    _victim(alice, council="No")
    day.police = _logged(alice)


def the_council_passes_it_on(stage: Stage, day: Day) -> None:
    """What looks like a crime goes to the police; the council keeps reading it."""
    beth = stage.enter(BETH)
    beth.follow("Triage")
    beth.sees(day.centre)
    beth.sees_not(day.police)
    beth.follow(day.centre)
    beth.follow("Move it to another lead agency")
    beth.select("New lead agency", POLICE)
    beth.fill("Reason", "It looks like a crime")
    beth.press("Move the case")
    beth.sees(f"{POLICE} leads {day.centre} now")


def finds_the_same_event(stage: Stage, day: Day) -> None:
    """Both reports wait in the inbox of the police, each named beside the other."""
    alice = stage.enter(ALICE)
    alice.follow("Triage")
    alice.sees(day.centre, day.police)
    assert f"{day.police}: " in alice.text(f"tr:has(a :text-is('{day.centre}'))"), "the duplicate is not named"
    alice.follow(day.centre)
    alice.sees(WALKED_IN, CALLED, "Same postcode", "Less than an hour apart")
    alice.follow(f"Join to {day.police}")


def joins_them(stage: Stage, day: Day) -> None:
    """First the page says who sees more and who sees less; then the reports stand in one case and count as one."""
    alice = stage.enter(ALICE)
    alice.press("Continue")
    alice.sees("There is a problem")
    alice.fill("Reason", "The same two men, the same bus stop, the same evening")
    alice.press("Continue")
    alice.sees("Who will no longer see", COUNCIL, "Harbour Community Centre", f"{day.police} is led by {POLICE}")
    alice.press("Join the cases")
    alice.sees(f"is joined to {day.police}")
    alice.open(f"/cases/{day.police}/")
    alice.sees(CALLED, WALKED_IN)
    alice.follow("Reports the same incident as another one")
    alice.page.get_by_role("radio").first.check()
    alice.fill("How you know", "Both tell of the shopping on the ground")
    alice.press("Count them as one")
    alice.sees("They count as one incident now")
    stage.enter(TOM).open(f"/cases/{day.centre}/")
    stage.enter(TOM).sees_not(WALKED_IN)


def accepts_and_assigns(stage: Stage, day: Day) -> None:
    """The triage decision: a suspected crime, which Alice works; the inbox is empty then."""
    alice = stage.enter(ALICE)
    alice.open(f"/cases/{day.police}/triage/ways/")
    alice.follow("Accept it")
    alice.choose("What is it?", "Suspected crime")
    alice.select("Lead worker", "Alice Morgan")
    alice.press("Continue")
    alice.press("Confirm")
    alice.sees("Triage confirmed", "Suspected crime")
    alice.open("/triage/")
    alice.sees_not(day.police)


def parts_them_again(stage: Stage, day: Day) -> None:
    """They turn out to be two events: the centre's report goes back whole, and the centre reads it again."""
    alice = stage.enter(ALICE)
    alice.open(f"/cases/{day.police}/")
    alice.follow("What was moved")
    _undo(alice, "There were two pairs of men on that evening")
    _undo(alice, "The other report is of another evening")
    alice.open(f"/cases/{day.police}/")
    alice.sees(CALLED)
    alice.sees_not(WALKED_IN)
    tom = stage.enter(TOM)
    tom.open(f"/cases/{day.centre}/")
    tom.sees(WALKED_IN, POLICE)


def _undo(alice: Window, why: str) -> None:
    """The latest of what was moved or counted as one, taken back with a reason."""
    alice.follow("Undo what was done")
    alice.press("Undo it")
    alice.sees("There is a problem")
    alice.fill("Why it is undone", why)
    alice.press("Undo it")
    alice.sees("the incidents are back where they were", "Undone")


# --- One report, step by step ------------------------------------------------------------------------


def _event(somebody: Window, words: str, at: str) -> None:
    somebody.open("/")
    somebody.follow("Log an incident")
    somebody.choose("Is anyone in danger now?", "No")
    somebody.choose("Does any of this apply?", "None of these, or not known")
    somebody.press("Save and continue")
    somebody.fill("Describe what happened", words)
    somebody.choose("When did it happen?", "At one time")
    somebody.date("Date and time", days(-1), at)
    somebody.choose("What was done?", "Verbal abuse")
    somebody.press("Save and continue")
    somebody.choose("What kind of place was it?", "Transport")
    somebody.fill("Address or place", PLACE)
    somebody.fill("Postcode", POSTCODE)
    somebody.choose("District", "Kettering")
    somebody.press("Save and continue")
    somebody.choose("Which characteristics?", "Religion or belief")
    somebody.choose("Who believes that it was hate?", "The victim")
    somebody.press("Save and continue")


def _reporter(somebody: Window, channel: str) -> None:
    somebody.choose("Who is reporting?", "The victim")
    somebody.fill("Their name", "Harjit Gill")
    somebody.fill("Their phone number or email address", "07700 900155")
    somebody.choose("How did the report come in?", channel)
    somebody.press("Save and continue")


def _victim(somebody: Window, council: str) -> None:
    somebody.unfold("Address and district")
    somebody.fill("Address", ADDRESS)
    somebody.fill("Postcode", POSTCODE)
    somebody.select("District they live in", "Kettering")
    somebody.press("Save and continue")
    somebody.choose("Which ways of contact are safe?", "Phone call", "Letter")
    somebody.choose("May we share with the police?", "Yes")
    somebody.choose("May we share with the council?", council)
    somebody.choose("May we share with a support service?", "Yes")
    somebody.press("Save and continue")
    somebody.choose("What is known about who did it?", "A description")
    somebody.fill("Description", "Two men of about 30 in work clothes")
    somebody.choose("How does the victim know them?", "Stranger")
    somebody.press("Save and continue")


def _logged(somebody: Window) -> str:
    somebody.fill("What the case is about", SUMMARY)
    somebody.press("Save and continue")
    somebody.press("Log the incident")
    somebody.sees("Incident logged")
    return str(re.findall(r"HC-\d\d-\w{6}", somebody.text())[0])
