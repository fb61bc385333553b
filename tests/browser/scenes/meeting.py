"""The council's chair calls a meeting, learns of the police's case only when it is released, and prints the pack."""

from __future__ import annotations

import io
import re

from pypdf import PdfReader

from tests.browser.stage import Stage, until
from tests.browser.story import (
    ABSENT,
    ADDRESS,
    ASHA,
    BETH,
    CHARLIE,
    HIGH,
    NORTH,
    PHONE,
    POSTCODE,
    SAFE,
    UNKNOWN,
    Story,
    days,
)

SECRET = "Two men followed him home from the mosque and threw a bottle at his head."


def police_keep_a_case(stage: Stage, story: Story) -> None:
    """The police's own system logs a case of the north that no other agency may see, and assesses it as High."""
    call = stage.system.call
    made = call(
        ASHA,
        "incidents/",
        {
            "received_at": f"{days(-1)}T09:30:00+00:00",
            "occurred_from": f"{days(-2)}T21:00:00+00:00",
            "channel": "phone",
            "narrative": SECRET,
            "strands": [{"code": "REL", "sub": "Muslim"}],
            "perceived_by": "victim",
            "behaviours": ["physical-assault"],
            "district": "E07000150",
            "victims": [
                {"given_name": "Idris", "family_name": "Karim", "address": "3 Mill Court", "phone": "01632 960411"},
            ],
            "perpetrators": [{"status": "described", "description": "Two men in work clothes"}],
        },
    )
    story.police_case = made["case"]
    risk = {"version": "HIRA-1", "answers": HIGH, "safety": SAFE}
    assert call(ASHA, f"cases/{story.police_case}/risk-assessments/", risk)["final_band"] == "high"


def calls_a_meeting(stage: Stage, story: Story) -> None:
    """The system chooses the agenda; what the council may not see is on no page of Beth's."""
    beth = stage.enter(BETH)
    beth.follow("HASBAG")
    beth.follow("Call a meeting")
    beth.date("When it starts", days(28), "10am")
    beth.fill("Venue or link", "Council offices, Kettering")
    beth.press("Call the meeting")
    story.meeting = re.findall(r"HM-\d\d-\w{6}", beth.text())[0]
    beth.wait_for_page(story.case)
    beth.sees("Kettering", story.case)
    _is_unknown_to_the_chair(stage, story)


def _is_unknown_to_the_chair(stage: Stage, story: Story) -> None:
    beth = stage.enter(BETH)
    assert until(lambda: _proposed(stage, story)), "the case was not proposed to the police"
    for path in ("/", "/cases/", f"/hasbag/{story.meeting}/", "/tasks/?box=agency", "/notices/", "/hasbag/"):
        beth.open(path)
        beth.sees_not(story.police_case, SECRET, "Idris", "Two men in work clothes")
    beth.open(f"/cases/?q={story.police_case}")
    beth.sees(UNKNOWN)
    beth.open(f"/cases/{story.police_case}/", status=404)
    assert beth.fetch(f"/cases/{story.police_case}/") == beth.fetch(f"/cases/{ABSENT}/")


def _proposed(stage: Stage, story: Story) -> bool:
    status, body = stage.enter(ASHA).fetch("/")
    return status == 200 and story.police_case in body.decode()


def police_release_it(stage: Stage, story: Story) -> None:
    """Asha decides, on which terms; from then on the chair sees the case."""
    asha = stage.enter(ASHA)
    asha.open("/")
    asha.sees("Cases that a meeting asks for")
    asha.follow(f"Decide about {story.police_case}", beside=story.meeting)
    asha.press("Save your decision")
    asha.sees("There is a problem")
    asha.choose("Your decision", "Release it to the meeting")
    asha.press("Save your decision")
    asha.sees(f"{story.police_case} is released to {story.meeting}")
    beth = stage.enter(BETH)
    beth.open(f"/hasbag/{story.meeting}/")
    beth.sees(story.police_case, story.case)
    beth.follow(story.police_case)
    beth.sees(SECRET)
    beth.sees_not("3 Mill Court", "01632 960411")


def orders_the_agenda(stage: Stage, story: Story) -> None:
    """Beth takes an item off with a reason, and puts it back."""
    beth = stage.enter(BETH)
    beth.open(f"/hasbag/{story.meeting}/")
    beth.follow(f"Take off the agenda: {story.police_case}")
    beth.fill("Why it is taken off the agenda", "It is discussed by the police alone this month.")
    beth.press("Take it off")
    beth.sees("was taken off the agenda", "Taken off the agenda (1)")
    beth.unfold("Taken off the agenda")
    beth.follow("Put it back")
    beth.press("Put it back")
    beth.sees(story.police_case)
    beth.sees_not("Taken off the agenda (1)")


def prints_the_pack(stage: Stage, story: Story) -> None:
    """The worker makes it; it names its recipient on every page and holds no victim's address."""
    beth = stage.enter(BETH)
    beth.open(f"/hasbag/{story.meeting}/")
    beth.follow("Ask for a briefing pack")
    beth.press("Make the pack")
    story.pack = re.findall(r"HK-\d\d-\w{6}", beth.text())[0]
    beth.wait_for("Download the pack")
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(beth.download("Download the pack"))).pages]
    assert len(pages) >= 4
    for page in pages:
        assert "OFFICIAL-SENSITIVE" in page
        assert NORTH in " ".join(page.split())
    pack = "\n".join(pages)
    for words in (story.meeting, story.case, story.police_case, "High"):
        assert words in pack, f"the pack does not say “{words}”"
    for secret in (ADDRESS, POSTCODE, PHONE, "3 Mill Court", "01632 960411"):
        assert secret not in pack, f"the pack says “{secret}”"


def keeps_the_pack_from_others(stage: Stage, story: Story) -> None:
    """A member of the meeting from another agency finds no such pack, nor the page of it."""
    path = f"/hasbag/{story.meeting}/pack.pdf?pack={story.pack}"
    charlie = stage.enter(CHARLIE)
    charlie.open(path, status=404)
    charlie.open(f"/hasbag/{story.meeting}/packs/{story.pack}/", status=404)
    assert stage.enter(BETH).fetch(path)[0] == 200
