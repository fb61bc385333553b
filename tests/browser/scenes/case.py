"""Alice works the case: triage, a note, the first contact, the risk, the sharing, and a task for the council."""

from __future__ import annotations

import re

from tests.browser.stage import Stage, until
from tests.browser.story import (
    ACHIEVED,
    ADDRESS,
    ALICE,
    BOB,
    DESCRIPTION,
    HIGH,
    NARRATIVE,
    NORTH,
    NOTE,
    PHONE,
    PURPOSE,
    SAFE,
    SUMMARY,
    TASK,
    VERA,
    VOICE,
    Story,
    days,
)


def reads_the_case(stage: Stage, story: Story) -> None:
    """One page with everything, found again by the list's filters."""
    alice = stage.enter(ALICE)
    alice.open(f"/cases/{story.case}/")
    alice.sees(story.case, SUMMARY, NARRATIVE, "Farida Mirza", DESCRIPTION, ADDRESS, "Acknowledge to the reporter")
    alice.open(f"/cases/?q={story.case}")
    alice.sees(story.case)
    alice.open("/cases/")
    alice.unfold("Filter")
    alice.fill("Reference or words", "stairs")
    alice.press("Apply filters")
    alice.sees(story.case)
    alice.open("/cases/?q=nothing-like-this")
    alice.sees_not(story.case)


def confirms_the_triage(stage: Stage, story: Story) -> None:
    """A suspected crime, and she leads it."""
    alice = stage.enter(ALICE)
    alice.open(f"/cases/{story.case}/")
    alice.follow("Confirm the triage")
    alice.choose("What is it?", "Suspected crime")
    alice.select("Lead worker", "Alice Morgan")
    alice.press("Continue")
    alice.press("Confirm")
    alice.sees("Triage confirmed", "Suspected crime", "Alice Morgan")


def writes_and_speaks(stage: Stage, story: Story) -> None:
    """A note, then the call that acknowledges the report and is the first contact with the victim."""
    alice = stage.enter(ALICE)
    alice.follow("Add a note")
    alice.press("Save note")
    alice.sees("There is a problem")
    alice.fill("Note", NOTE)
    alice.press("Save note")
    alice.sees("Note added", NOTE)
    alice.follow("Log a contact")
    alice.sees("Before you contact Farida Mirza")
    alice.choose("Who was it with?", "Farida Mirza")
    alice.choose("How", "Phone call")
    alice.choose("Who got in touch?", "We contacted them")
    alice.choose("What came of it?", "We spoke or exchanged messages")
    alice.tick("It acknowledged the report to whoever made it")
    alice.fill("What was said", "She is staying with her sister until the weekend.")
    alice.press("Save contact")
    alice.sees("Contact logged")
    assert _clock(stage, "Acknowledge to the reporter").startswith("Met")
    assert _clock(stage, "First contact with the victim").startswith("Met")


def _clock(stage: Stage, label: str) -> str:
    said = stage.enter(ALICE).text("#clocks")
    return re.sub(r"^ K\d+ ", "", said.split(label)[1])


def assesses_the_risk(stage: Stage, story: Story) -> None:
    """HIRA-1 section by section, High by its score, with the day of its review."""
    alice = stage.enter(ALICE)
    alice.follow("Assess the risk")
    alice.press("Submit assessment")
    alice.sees("There is a problem")
    alice.follow("Safety first")
    for name, danger in SAFE.items():
        alice.answer(name, "yes" if danger else "no")
    alice.choose("How did the victim take part?", "By phone")
    alice.press("Save and continue")
    for section in "ABCDEF":
        for name in (name for name in HIGH if name.startswith(section)):
            alice.answer(name, HIGH[name])
        alice.press("Save and continue")
    alice.sees("Ready to submit", "High risk")
    alice.press("Submit assessment")
    alice.sees("Risk assessment submitted", "High risk", "Review due by", "36")
    alice.open(f"/cases/{story.case}/")
    assert "High risk" in alice.text("#risk")


def shares_with_the_council(stage: Stage, story: Story) -> None:
    """Bob finds nothing before, and the case afterwards."""
    bob = stage.enter(BOB)
    bob.open(f"/cases/{story.case}/", status=404)
    alice = stage.enter(ALICE)
    _share(stage, story, NORTH, "Read and add")
    alice.sees(NORTH, PURPOSE)
    bob.open(f"/cases/{story.case}/")
    bob.sees(NARRATIVE, NOTE)
    bob.sees_not(ADDRESS, PHONE)
    _asks_how_to_reach_her(stage, BOB)
    bob.sees(ADDRESS, PHONE, "shown until")
    bob.press("Hide now phone, email and address")
    bob.sees_not(ADDRESS, PHONE)


def _asks_how_to_reach_her(stage: Stage, email: str) -> None:
    somebody = stage.enter(email)
    somebody.follow("Show phone, email and address")
    somebody.press("Show for 30 minutes")
    somebody.sees("There is a problem")
    somebody.choose("Why do you need it?", "To arrange support, or to make a referral")
    somebody.press("Show for 30 minutes")


def _share(stage: Stage, story: Story, agency: str, level: str) -> None:
    alice = stage.enter(ALICE)
    alice.open(f"/cases/{story.case}/share/")
    alice.select("Agency", agency)
    alice.choose("What they may do", level)
    alice.fill("Purpose", PURPOSE)
    alice.fill("Why this much is needed", "They visit her and ring her back.")
    alice.choose("Which extra fields they need", "Victim’s address and contact details")
    alice.select(
        "Legal gateway",
        "Crime and Disorder Act 1998, section 115"
        if agency == NORTH
        else "Explicit consent: UK GDPR Articles 6(1)(a) and 9(2)(a)",
    )
    alice.press("Share")


def asks_for_a_task(stage: Stage, story: Story) -> None:
    """Fit a chain by tomorrow: asked of a person in the council."""
    alice = stage.enter(ALICE)
    alice.open(f"/cases/{story.case}/")
    alice.follow("Add a task")
    alice.fill("What is to be done", TASK)
    alice.select("Which agency is to do it", NORTH)
    alice.select("Who there", "Bob Wickens")
    alice.date("When it is due", days(1))
    alice.press("Add the task")
    alice.sees("added", TASK, "Bob Wickens")
    story.task = re.findall(r"HT-\d\d-\w{6}", alice.text())[0]


def is_reminded(stage: Stage, story: Story) -> None:
    """A notice in the service and a mail with the reference and the link, and nothing of the case; each once."""
    stage.system.tell_worker("incidents.tasks.reminders_sweep")
    bob = stage.enter(BOB)
    bob.open("/notices/")
    bob.wait_for_page(f"{story.task} in {story.case} is due on")
    assert bob.links(f"{story.task} in {story.case} is due on") == 1
    told = bob.links(story.task)
    stage.system.tell_worker("agencies.tasks.mail_sweep")
    assert until(lambda: len(_mails(stage, story)) >= told), "no mail came"
    assert len(_mails(stage, story)) == told
    for mail in _mails(stage, story):
        assert f"{stage.system.base}/tasks/{story.task}/" in mail
        for secret in ("Farida", "Mirza", ADDRESS, TASK, SUMMARY, DESCRIPTION):
            assert secret not in mail, f"the mail says “{secret}”"


def _mails(stage: Stage, story: Story) -> list[str]:
    """The mails to Bob about the task, subject and text."""
    mails = [mail for mail in list(stage.system.inbox.messages) if BOB in str(mail["To"])]
    texts = [f"{mail['Subject']}\n{mail.get_content()}" for mail in mails]
    return [text for text in texts if story.task in text]


def does_the_task(stage: Stage, story: Story) -> None:
    """Bob finds it in My work, follows the reminder, takes it on and finishes it; Alice reads what was achieved."""
    bob = stage.enter(BOB)
    bob.open("/tasks/")
    bob.open("/")
    bob.sees(TASK)
    bob.follow(f"{story.task} in {story.case} is due on")
    assert bob.path == f"/tasks/{story.task}/"
    bob.follow("Accept")
    bob.press("Accept the task")
    bob.sees("Task accepted")
    bob.follow("Mark as done")
    bob.press("Mark as done")
    bob.sees("There is a problem")
    bob.fill("What was achieved", ACHIEVED)
    bob.press("Mark as done")
    bob.sees("Task marked as done", ACHIEVED)
    alice = stage.enter(ALICE)
    alice.open(f"/tasks/{story.task}/")
    alice.sees("Done", ACHIEVED)


def shares_with_the_support_service(stage: Stage, story: Story) -> None:
    """Vera sees the victim, and nothing at all of who is said to have done it."""
    vera = stage.enter(VERA)
    vera.open(f"/cases/{story.case}/", status=404)
    perpetrator = _perpetrator(stage, story)
    _share(stage, story, VOICE, "Read and add")
    vera.open(f"/cases/{story.case}/")
    vera.sees(NARRATIVE, "Farida Mirza")
    vera.sees_not(DESCRIPTION, perpetrator, "Alleged perpetrators", ADDRESS, PHONE)
    vera.follow("Farida Mirza")
    vera.sees("Farida Mirza")
    vera.sees_not(PHONE)
    _asks_how_to_reach_her(stage, VERA)
    vera.sees("Farida Mirza", PHONE)
    vera.open(f"/perpetrators/{perpetrator}/", status=404)


def _perpetrator(stage: Stage, story: Story) -> str:
    alice = stage.enter(ALICE)
    alice.open(f"/cases/{story.case}/")
    reference = re.findall(r"HA-\d\d-\w{6}", alice.text())[0]
    alice.open(f"/perpetrators/{reference}/")
    alice.sees(DESCRIPTION, "Alleged perpetrator")
    return str(reference)
