"""The work of the day: an override signed off, a task for the council, a clock that waits, a contact, a handover."""

from __future__ import annotations

import re

from tests.browser.day import (
    ACHIEVED,
    ALICE,
    AMIR,
    ASHA,
    BOB,
    COUNCIL,
    HANDED,
    PURPOSE,
    QUESTION,
    TASK,
    WRONG,
    Day,
)
from tests.browser.stage import Stage
from tests.browser.story import days
from tests.browser.window import Window


def asks_to_override_the_wish(stage: Stage, day: Day) -> None:
    """The victim wants no council told; the risk outweighs that, which a second person has to say as well."""
    alice = stage.enter(ALICE)
    alice.open(f"/cases/{day.police}/share/")
    terms_of_sharing(alice, COUNCIL, "Crime and Disorder Act 1998, section 115")
    alice.press("Share")
    alice.sees("There is a problem")
    alice.follow("Ask a supervisor to override the wish")
    if "reauthenticate" in alice.path:
        alice.fill("Password", "correct-horse-demo")
        alice.press("Continue")
    terms_of_sharing(alice, COUNCIL, "Crime and Disorder Act 1998, section 115")
    alice.choose("Ground for overriding the wish", "Risk of serious harm")
    alice.fill("Why the wish is overridden", "The stop is dark and the men come back every evening.")
    alice.choose("Was the victim told?", "Yes")
    alice.press("Ask a supervisor")
    alice.sees("A supervisor was asked to confirm sharing")


def the_supervisor_signs_it_off(stage: Stage, day: Day) -> None:
    """It waits in Asha's queue, is read with its ground, and is gone from there once she has decided."""
    bob = stage.enter(BOB)
    bob.open(f"/cases/{day.police}/", status=404)
    asha = stage.enter(ASHA)
    asha.follow("Team")
    asha.follow("Sign-off queue")
    asha.sees(day.police)
    asha.follow("override", beside=day.police)
    if "reauthenticate" in asha.path:
        asha.fill("Password", "correct-horse-demo")
        asha.press("Continue")
    asha.sees("Risk of serious harm", COUNCIL)
    asha.choose("Your decision", "Confirm: share the case on these terms")
    asha.press("Save decision")
    asha.open("/sign-off/")
    asha.sees_not(day.police)
    bob.open(f"/cases/{day.police}/")


def asks_the_council(stage: Stage, day: Day) -> None:
    """A lamp by tomorrow, asked of a person of the council; it stands under what Alice waits for."""
    alice = stage.enter(ALICE)
    alice.open(f"/cases/{day.police}/")
    alice.follow("Add a task")
    alice.fill("What is to be done", TASK)
    alice.select("Which agency is to do it", COUNCIL)
    alice.select("Who there", "Bob Wickens")
    alice.date("When it is due", days(1))
    alice.press("Add the task")
    day.task = re.findall(r"Task (HT-\d\d-\w{6}) added", alice.text())[0]
    alice.open("/tasks/?box=asked")
    alice.sees(TASK, "Bob Wickens")


def does_it_with_a_question(stage: Stage, day: Day) -> None:
    """Bob takes it on, asks Alice by name, who is told of it, and says what was achieved."""
    bob = stage.enter(BOB)
    bob.open("/tasks/")
    bob.sees("Asked of me", TASK)
    bob.follow(TASK, beside=day.task)
    bob.follow("Accept")
    bob.press("Accept the task")
    bob.sees("Task accepted")
    bob.follow("Mark as in progress")
    bob.press("Mark as in progress")
    bob.sees("In progress")
    bob.fill("Your comment", QUESTION)
    bob.choose("Mention", "Alice Morgan, Northamptonshire Police")
    bob.press("Add the comment")
    bob.sees("Comment added", QUESTION, "Mentioned: Alice Morgan")
    alice = stage.enter(ALICE)
    alice.follow("Notices")
    alice.follow(f"You were mentioned in {day.task}")
    alice.sees(QUESTION)
    bob.follow("Mark as done")
    bob.press("Mark as done")
    bob.sees("There is a problem")
    bob.fill("What was achieved", ACHIEVED)
    bob.press("Mark as done")
    bob.sees("Task marked as done", ACHIEVED)


def lets_a_clock_wait(stage: Stage, day: Day) -> None:
    """The victim asks to be rung later: an exception, never met, until the clock goes on."""
    alice = stage.enter(ALICE)
    alice.open(f"/cases/{day.police}/clocks/")
    alice.follow("Pause this clock", beside="First contact with the victim")
    alice.press("Pause the clock")
    alice.sees("There is a problem")
    alice.choose("Why does it wait?", "The victim asked to wait")
    alice.date("Until which day?", days(3))
    alice.press("Pause the clock")
    alice.sees("The clock waits")
    alice.open(f"/cases/{day.police}/clocks/")
    alice.sees("The victim asked to wait")
    alice.follow("Resume", beside="First contact with the victim")
    alice.press("Resume the clock")
    alice.sees("The clock runs")


def speaks_with_the_victim(stage: Stage, day: Day) -> None:
    """The call is the first contact and acknowledges the report: both clocks are met."""
    alice = stage.enter(ALICE)
    alice.open(f"/cases/{day.police}/")
    alice.follow("Log a contact")
    alice.choose("Who was it with?", "Harjit Gill")
    alice.choose("How", "Phone call")
    alice.choose("What came of it?", "We spoke or exchanged messages")
    alice.tick("It acknowledged the report to whoever made it")
    alice.fill("What was said", "He goes home by the next stop until the lamp is there.")
    alice.press("Save contact")
    alice.sees("Contact logged")
    clocks = alice.text("#clocks")
    for label in ("Acknowledge to the reporter", "First contact with the victim"):
        assert re.match(r" K\d+ Met", clocks.split(label)[1]), f"{label} is not met: {clocks}"


def strikes_what_stands_in_the_wrong_case(stage: Stage, day: Day) -> None:
    """A note of another case: Asha strikes it with a reason, and it is hidden from everybody, Alice too."""
    alice = stage.enter(ALICE)
    alice.open(f"/cases/{day.police}/")
    alice.follow("Add a note")
    alice.fill("Note", WRONG)
    alice.press("Save note")
    alice.sees("Note added", WRONG)
    asha = stage.enter(ASHA)
    asha.open(f"/cases/{day.police}/")
    asha.follow("Strike")
    asha.press("Strike the note")
    asha.sees("There is a problem")
    asha.fill("Why is it struck?", "It belongs to another case")
    asha.press("Strike the note")
    asha.sees("Note struck")
    for email in (ALICE, ASHA, BOB):
        reader = stage.enter(email)
        reader.open(f"/cases/{day.police}/")
        reader.sees("struck")
        reader.sees_not(WRONG, "blue pot")


def hands_the_case_over(stage: Stage, day: Day) -> None:
    """Amir works it from now on; the note stands in the chronology, and he is told."""
    alice = stage.enter(ALICE)
    alice.open(f"/cases/{day.police}/")
    alice.follow("Hand over")
    alice.press("Hand over")
    alice.sees("There is a problem", "Enter what they have to know")
    alice.select("Who works the case from now on", "Amir Qureshi")
    alice.fill("What they have to know", HANDED)
    alice.press("Hand over")
    alice.sees(f"{day.police} handed over", "Amir Qureshi", HANDED)
    amir = stage.enter(AMIR)
    amir.sees(day.police)


def the_supervisor_sees_the_team(stage: Stage, day: Day) -> None:
    """Who has what: the case stands with Amir, not with Alice."""
    asha = stage.enter(ASHA)
    asha.open("/team/")
    asha.sees("Amir Qureshi", "Alice Morgan")
    asha.follow("Amir Qureshi")
    asha.sees(day.police)
    asha.open("/team/")
    asha.follow("Alice Morgan")
    asha.sees_not(f">{day.police}<")


def terms_of_sharing(somebody: Window, agency: str, gateway: str, *fields: str) -> None:
    """With whom, how much, why, and by which gateway."""
    somebody.select("Agency", agency)
    somebody.choose("What they may do", "Read and add")
    somebody.fill("Purpose", PURPOSE)
    somebody.fill("Why this much is needed", "They act on it and write down what they did.")
    if fields:
        somebody.choose("Which extra fields they need", *fields)
    somebody.select("Legal gateway", gateway)
