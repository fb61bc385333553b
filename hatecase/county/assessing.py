"""HIRA-1 answers that agree with what was told, for a first assessment and for the reviews after it.

Rules: docs/domain.md §2.2; the band itself is computed by `incidents.rules.risk`.
"""

from __future__ import annotations

from typing import Any

from hatecase.county.dice import Dice
from hatecase.county.people import Person
from hatecase.county.scenes import Event
from incidents.choices import PlaceType
from incidents.rules.risk import NOT_KNOWN
from perpetrators.choices import Relationship

_NEAR = frozenset(
    {
        PlaceType.HOME,
        PlaceType.NEAR_HOME,
        PlaceType.EDUCATION,
        PlaceType.WORKPLACE,
        PlaceType.HEALTH,
        PlaceType.WORSHIP,
        PlaceType.TRAVELLER_SITE,
        PlaceType.ASYLUM,
    }
)
_CLOSENESS = {
    Relationship.STRANGER: 0,
    Relationship.SIGHT: 1,
    Relationship.ONLINE: 1,
    Relationship.OTHER: 2,
    Relationship.NEIGHBOUR: 3,
    Relationship.SCHOOL: 3,
    Relationship.WORK: 3,
    Relationship.HOUSEHOLD: 3,
    Relationship.CARER: 3,
    Relationship.NOT_KNOWN: None,
}
_RARELY_KNOWN = ("A5", "B2", "B3", "C3", "C4", "D5", "E1", "E2")
_USED, _UNCHANGED = 4, 0.35


def answers_first(event: Event, person: Person | None, dice: Dice) -> tuple[dict[str, Any], dict[str, bool]]:
    """The answers and safety answers of the first assessment of an event."""
    closeness = _CLOSENESS[event.known]
    answers: dict[str, Any] = {
        "A1": 5 if event.kill else event.scene.a1,
        "A2": 1 if person is None or "general" in event.scene.marks else 2,
        "A3": event.weapon,
        "A4": 2 if event.place.kind in _NEAR else 1 if dice.chance(0.7) or event.online else 0,
        "A5": event.worse,
        "B1": event.often,
        "B2": event.reported,
        "B3": event.linked,
        "C1": NOT_KNOWN if closeness is None else closeness,
        "C2": event.crowd if closeness is not None else NOT_KNOWN,
        "C3": event.past if closeness else NOT_KNOWN if dice.chance(0.2) else 0,
        "C4": 1 if event.past == 2 and dice.chance(0.4) else 0,
        "C5": event.threatened,
        "D1": event.feeling,
        "D2": event.injury,
        "D3": event.change,
        "D4": person.vulnerability if person else 0,
        "D5": person.support if person else NOT_KNOWN,
        "D6": person.household if person else 0,
        "E1": event.community,
        "E2": event.tension,
        "E3": 2 if "symbol" in event.scene.marks or "general" in event.scene.marks else 0,
        "F1": 0,
        "F2": -1 if person is not None and dice.chance(0.7) else 0,
        "F3": NOT_KNOWN if closeness is None else 0,
    }
    if person is None:
        # Made at a desk: nobody was spoken to.
        answers |= {"B1": NOT_KNOWN, "B2": NOT_KNOWN, "C5": 0, "D1": 0, "D2": 0, "D3": 0, "A5": NOT_KNOWN}
    # A hurried call leaves gaps; a visit few.
    blanks = 4 if dice.chance(0.06) else 1 if dice.chance(0.25) else 0
    for name in dice.sample(_RARELY_KNOWN, blanks):
        answers[name] = NOT_KNOWN
    safety = {
        "S1": event.weapon == _USED and dice.chance(0.08),
        "S2": event.kill and person is not None,
        "S3": bool(person and person.vulnerability == 2 and dice.chance(0.4)),
    }
    return answers, safety


def answers_review(
    before: dict[str, Any], safety: dict[str, bool], dice: Dice, *, worse: bool
) -> tuple[dict[str, Any], dict[str, bool]]:
    """The answers some weeks later: mostly calmer, as measures work; sometimes worse, after a further incident."""
    answers = dict(before)
    if worse:
        answers |= {"A5": 2, "B1": min(_number(before["B1"]) + 1, 4), "B3": 2, "D3": min(_number(before["D3"]) + 1, 2)}
        answers["D1"] = max(before["D1"], 2)
        return answers, safety
    if dice.chance(_UNCHANGED):
        return answers | {"F1": min(before["F1"], dice.pick((0, -1)))}, safety
    answers |= {
        "A1": min(before["A1"], dice.pick((1, 2, 3))),
        "A3": 0,
        "A5": min(_number(before["A5"]), 1),
        "C5": 1 if before["C5"] else 0,
        "D1": dice.pick((0, 1, 1)) if before["D1"] < 4 else 2,
        "D2": min(before["D2"], 1),
        "D3": min(before["D3"], 1),
        "E2": min(_number(before["E2"]), 1),
        "F1": dice.pick((-1, -1, -2)),
        "F2": -1 if dice.chance(0.85) else 0,
        "F3": -1 if before["F3"] != NOT_KNOWN and dice.chance(0.3) else before["F3"],
    }
    for name in _RARELY_KNOWN:
        if answers[name] == NOT_KNOWN and dice.chance(0.6):
            answers[name] = 0
    return answers, {"S1": False, "S2": False, "S3": safety["S3"]}


def _number(answer: Any) -> int:
    return answer if isinstance(answer, int) else 0
