"""What happens in the journey: the people, the words and the figures. Everybody and everything is invented."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

ALICE, ASHA = "alice@police.example", "asha@police.example"
BOB, BETH = "bob@north.example", "beth@north.example"
CHARLIE, VERA, SAM = "charlie@larkfield.example", "vera@voice.example", "sam@strategic.example"
ADA = "ada@police.example"

NORTH, VOICE = "North Northamptonshire Council", "Voice"
# No case has this reference: what it answers is what any case answers that is out of sight.
ABSENT = "HC-26-222222"
UNKNOWN = "There is no case with this reference that you can open"

NARRATIVE = "Three neighbours shouted abuse at her door every week since May and pushed her on the stairs on Friday."
SUMMARY = "Abuse by neighbours since May, then a push on the stairs"
DESCRIPTION = "A man of about 40 who lives on the ground floor"
ADDRESS, POSTCODE, PHONE = "14 Larch Walk", "NN16 8AB", "07700 900123"
NOTE = "She has kept a diary of every time and can show it."
PURPOSE = "To make her home safe and to speak with the landlord."
TASK = "Fit a door chain and a spy hole at her flat"
ACHIEVED = "A door chain and a spy hole were fitted on the same day."

SAFE = {"S1": False, "S2": False, "S3": False}
QUESTIONS = [
    f"{section}{n}" for section, most in zip("ABCDEF", (5, 3, 5, 6, 3, 3), strict=True) for n in range(1, most + 1)
]
# Weekly abuse by neighbours that ends in an assault: 36 points, High (docs/domain.md §2.4, example W3).
HIGH = dict.fromkeys(QUESTIONS, 0) | {
    "A1": 5, "A2": 2, "A4": 2, "A5": 3, "B1": 3, "B2": 3, "B3": 2, "C1": 3, "C2": 1, "C3": 2, "C4": 1, "C5": 1,
    "D1": 2, "D2": 1, "D3": 2, "D4": 1, "D5": 1, "D6": 1, "E1": 1, "E2": 1, "F1": -1, "F2": -1,
}  # fmt: skip


def today() -> dt.date:
    """Today where the people are."""
    return dt.datetime.now(ZoneInfo("Europe/London")).date()


def days(number: int) -> dt.date:
    """So many days from today."""
    return today() + dt.timedelta(days=number)


@dataclass
class Story:
    """What the journey has brought about so far."""

    case: str = ""
    police_case: str = ""
    task: str = ""
    meeting: str = ""
    pack: str = ""
    seen: dict[str, str] = field(default_factory=dict)
