"""Alice signs in, takes a report step by step, loses her browser in the middle, and loses nothing else."""

from __future__ import annotations

import re

from tests.browser.stage import Stage
from tests.browser.story import ADDRESS, ALICE, DESCRIPTION, NARRATIVE, PHONE, POSTCODE, SUMMARY, Story, days


def signs_in(stage: Stage) -> None:
    """My work is the first page; a wrong password is answered in plain words."""
    alice = stage.enter(ALICE)
    assert alice.path == "/"
    alice.sees("My work", "Log an incident", "Changed", "Notices")


def begins_a_report(stage: Stage) -> None:
    """Safety first; an empty page says what is missing; then what happened."""
    alice = stage.enter(ALICE)
    alice.follow("Log an incident")
    alice.sees("Safety first", "call 999")
    alice.press("Save and continue")
    alice.sees("There is a problem", "Select yes if anyone is in danger now")
    alice.choose("Is anyone in danger now?", "No")
    alice.choose("Does any of this apply?", "None of these, or not known")
    alice.press("Save and continue")
    alice.fill("Describe what happened", NARRATIVE)
    alice.choose("When did it happen?", "At one time")
    alice.date("Date and time", days(-1), "6:40pm")
    alice.choose("What was done?", "Verbal abuse", "Physical assault")
    alice.press("Save and continue")
    alice.sees("Where it happened")


def loses_her_browser(stage: Stage) -> None:
    """The window is shut; on a new one the draft waits under My work and goes on where it was left."""
    stage.leave(ALICE)
    alice = stage.enter(ALICE)
    alice.sees("Reports not yet sent")
    alice.follow("Started")
    alice.sees("Where it happened", "step 3 of 9")


def finishes_the_report(stage: Stage, story: Story) -> None:
    """Where, why, who; then the answers are checked and the incident is logged."""
    alice = stage.enter(ALICE)
    alice.choose("What kind of place was it?", "Home")
    alice.fill("Address or place", "The stairs of the block")
    alice.fill("Postcode", POSTCODE)
    alice.press("Suggest the district")
    alice.sees("Kettering")
    alice.choose("District", "Kettering")
    alice.press("Save and continue")
    alice.choose("Which characteristics?", "Race or ethnicity")
    alice.choose("Race or ethnicity: which?", "Pakistani")
    alice.choose("Who believes that it was hate?", "The victim")
    alice.press("Save and continue")
    alice.choose("Who is reporting?", "The victim")
    alice.fill("Their name", "Farida Mirza")
    alice.fill("Their phone number or email address", PHONE)
    alice.choose("How did the report come in?", "Phone")
    alice.press("Save and continue")
    _people(stage)
    alice.choose("Does it look like a crime?", "Yes")
    alice.fill("What the case is about", SUMMARY)
    alice.press("Save and continue")
    alice.sees("Check your answers", NARRATIVE, "Kettering", DESCRIPTION)
    alice.press("Log the incident")
    alice.sees("Incident logged", "What happens next")
    story.case = re.findall(r"HC-\d\d-\w{6}", alice.text())[0]
    alice.follow("Open the case")
    assert alice.path == f"/cases/{story.case}/"


def _people(stage: Stage) -> None:
    alice = stage.enter(ALICE)
    assert alice.page.get_by_label("First name").input_value() == "Farida", "the reporter is the first victim"
    alice.unfold("Address and district")
    alice.fill("Address", ADDRESS)
    alice.fill("Postcode", POSTCODE)
    alice.select("District they live in", "Kettering")
    alice.press("Save and continue")
    alice.choose("Which ways of contact are safe?", "Phone call", "Text message")
    alice.choose("May we share with the police?", "Yes")
    alice.choose("May we share with the council?", "Yes")
    alice.choose("May we share with a support service?", "Yes")
    alice.press("Save and continue")
    alice.choose("What is known about who did it?", "A description")
    alice.fill("Description", DESCRIPTION)
    alice.choose("How does the victim know them?", "Neighbour")
    alice.press("Save and continue")
