"""What happens on a working day of three agencies: the people, the words, and what the day has brought about so far.

Everybody and everything is invented.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.browser.story import ALICE, ASHA, BETH, BOB

AMIR, TOM, VIOLA = "amir@police.example", "tom@harbour.example", "viola@voice.example"
POLICE, COUNCIL, SUPPORT = "Northamptonshire Police", "North Northamptonshire Council", "Voice"

PLACE, POSTCODE, ADDRESS = "Market Street bus stop", "NN16 8AB", "9 Larch Walk"
CALLED = "Two men shouted insults about his turban at the market bus stop and knocked his shopping to the ground."
WALKED_IN = "He came in shaken: two men had shouted about his turban at the bus stop and knocked his shopping down."
SUMMARY = "Insults and a push at a bus stop"
PURPOSE = "To make the way home safe for him."
TASK = "Fit a lamp at the Market Street bus stop"
QUESTION, ACHIEVED = "Could it be done before the weekend?", "A lamp was fitted at the bus stop and lights at dusk."
REFERRAL = "Ring him once a week until the new year"
RANG = "He was rung twice and feels safer on his way home."
HANDED = "He wants to be rung on Mondays. The lamp was promised before the weekend."
WRONG = "Her sister in the next street keeps the spare key under the blue pot."
MESSAGE = "Thank you for coming in. Ring me whenever it suits you."

# Few and slight: Standard by its score, so that the case can be closed (docs/domain.md §2.3).
LOW = {"A1": 1, "A2": 0, "B1": 1, "C1": 1}

__all__ = ["ALICE", "AMIR", "ASHA", "BETH", "BOB", "TOM", "VIOLA"]


@dataclass
class Day:
    """What the day has brought about so far."""

    centre: str = ""
    police: str = ""
    task: str = ""
    referral: str = ""
