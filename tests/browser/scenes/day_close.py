"""The end of the day: the victim's support, a letter on paper, the case on paper and in a list, and closing it."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re

from pypdf import PdfReader

from kernel.clock import LONDON
from tests.browser.day import (
    ADDRESS,
    AMIR,
    ASHA,
    CALLED,
    LOW,
    MESSAGE,
    PURPOSE,
    RANG,
    REFERRAL,
    SUMMARY,
    SUPPORT,
    VIOLA,
    WALKED_IN,
    WRONG,
    Day,
)
from tests.browser.scenes.day_work import terms_of_sharing
from tests.browser.stage import Stage
from tests.browser.story import QUESTIONS, SAFE, days, today


def refers_him_to_support(stage: Stage, day: Day) -> None:
    """Amir opens the case to the service and asks it for what it is to do: one form, which is the support referral too."""
    amir = stage.enter(AMIR)
    amir.open(f"/cases/{day.police}/share/")
    consent = "Explicit consent: UK GDPR Articles 6(1)(a) and 9(2)(a)"
    terms_of_sharing(amir, SUPPORT, consent, "Victim’s address and contact details")
    amir.press("Share")
    amir.sees(f"Shared with {SUPPORT}")
    amir.open(f"/cases/{day.police}/tasks/add/")
    amir.choose("What do you ask for?", "A referral: a service for somebody in the case")
    amir.select("What are they referred for?", "Emotional and practical support")
    amir.select("Does the victim want it?", "Yes, they want it")
    amir.fill("What is to be done", REFERRAL)
    amir.select("Which agency is to do it", SUPPORT)
    amir.select("Who there", "Viola Banda")
    amir.date("When it is due", days(7))
    amir.press("Add the task")
    day.referral = re.findall(r"Task (HT-\d\d-\w{6}) added", amir.text())[0]
    amir.open(f"/cases/{day.police}/clocks/")
    amir.sees(f"was referred to {SUPPORT}", day.referral)


def writes_to_the_victim(stage: Stage, day: Day) -> None:
    """Viola takes the referral on, which shows her where he lives, and writes to him from a template, on paper."""
    viola = stage.enter(VIOLA)
    viola.open("/tasks/")
    viola.follow(REFERRAL, beside=day.referral)
    viola.follow("Accept")
    viola.press("Accept the task")
    viola.sees("Task accepted")
    viola.open(f"/cases/{day.police}/")
    viola.sees(ADDRESS)
    viola.sees_not("work clothes")
    viola.open(f"/cases/{day.police}/letters/")
    viola.sees("No letters or messages")
    viola.follow("Write a letter or message")
    viola.choose("To whom do you write?", "Harjit Gill")
    viola.press("Continue")
    viola.choose("What do you want to write?", "How things stand (letter)")
    viola.press("Preview")
    viola.fill("What you want to say", MESSAGE)
    viola.press("Preview again")
    viola.sees(MESSAGE, ADDRESS, "Harjit Gill")
    viola.press("Write it")
    viola.sees("Written. It is not sent yet")
    viola.press("Make the PDF to print")
    viola.sees("The PDF is ready")
    paper = _words(viola.keep("Download the PDF"))
    for part in ("Harjit Gill", ADDRESS, MESSAGE, SUPPORT):
        assert part in paper, f"the letter does not say “{part}”: {paper}"
    assert "hate" not in paper.lower(), "what others in the home may read names hate"
    viola.press("Record it")
    viola.sees("Recorded as sent, as an attempt at contact")


def finishes_the_referral(stage: Stage, day: Day) -> None:
    """What the service has achieved stands in the task for the police."""
    viola = stage.enter(VIOLA)
    viola.open(f"/tasks/{day.referral}/")
    viola.follow("Mark as done")
    viola.fill("What was achieved", RANG)
    viola.press("Mark as done")
    amir = stage.enter(AMIR)
    amir.open(f"/tasks/{day.referral}/")
    amir.sees("Done", RANG)


def puts_it_on_paper(stage: Stage, day: Day) -> None:
    """The case as a PDF and the list as a file, each with what it is for; how to reach the victim is on neither."""
    asha = stage.enter(ASHA)
    asha.open(f"/cases/{day.police}/")
    asha.follow("Print this case")
    if "reauthenticate" in asha.path:
        asha.fill("Password", "correct-horse-demo")
        asha.press("Continue")
    asha.press("Make the PDF")
    asha.sees("There is a problem")
    asha.fill("What it is for", "A meeting with the bus company")
    paper = _words(asha.keep("Make the PDF"))
    for part in (day.police, "OFFICIAL-SENSITIVE", CALLED, "Asha Raithatha"):
        assert part in paper, f"the paper does not say “{part}”"
    for part in (ADDRESS, "07700 900155", WRONG, WALKED_IN):
        assert part not in paper, f"the paper says “{part}”"
    asha.open(f"/cases/?q={day.police}")
    asha.follow("Export this list")
    asha.fill("What it is for", "The weekly meeting")
    rows = list(csv.reader(io.StringIO(asha.keep("Export").decode("utf-8-sig"))))
    assert [row[0] for row in rows[1:]] == [day.police], rows
    assert SUMMARY in rows[1], rows


def closes_the_case(stage: Stage, day: Day) -> None:
    """Not before the risk is assessed; then what follows is shown, and the victim is told."""
    amir = stage.enter(AMIR)
    amir.open(f"/cases/{day.police}/close/")
    amir.sees("It cannot be closed yet", "There is no risk assessment")
    risk = {"version": "HIRA-1", "answers": dict.fromkeys(QUESTIONS, 0) | LOW, "safety": SAFE}
    made = stage.system.call(AMIR, f"cases/{day.police}/risk-assessments/", risk)
    assert made["final_band"] == "standard", made
    amir.reload()
    amir.sees("What follows", "The victim is told")
    amir.press("Close the case")
    amir.sees("There is a problem")
    amir.choose("Why is it closed?", "Resolved: the behaviour stopped")
    amir.choose("How does the victim see what was done?", "Satisfied")
    amir.choose("Has the hate stopped?", "Yes")
    amir.press("Close the case")
    amir.sees("Case closed", "Not yet")
    amir.follow("Log the contact with the victim")
    amir.choose("Who was it with?", "Harjit Gill")
    amir.choose("How", "Phone call")
    amir.choose("What came of it?", "We spoke or exchanged messages")
    amir.fill("What was said", "He was told what was done and that he can come back.")
    amir.press("Save contact")
    amir.open(f"/cases/{day.police}/closure/")
    amir.date("When the written outcome was sent", days(-1), "12pm")
    amir.press("Record the written outcome")
    amir.sees("There is a problem")
    amir.date("When the written outcome was sent", today(), f"{dt.datetime.now(LONDON):%H:%M}")
    amir.press("Record the written outcome")
    amir.sees("Written outcome recorded", "Resolved: the behaviour stopped")
    amir.open(f"/cases/{day.police}/")
    amir.sees("Closed", "Open the case again", PURPOSE)


def _words(pdf: bytes) -> str:
    pages = PdfReader(io.BytesIO(pdf)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))
