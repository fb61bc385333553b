"""Whether an incident may change cases: each rule refuses alone, and none of them where nothing stands against it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from incidents.rules.moving import RULES, CaseFacts, MoveFacts, move_refusal

HERE = CaseFacts("HC-26-AAAAAA", "open", "team", "hate_incident", 2)
THERE = CaseFacts("HC-26-BBBBBB", "open", "team", "hate_incident", 1)
FREE = MoveFacts(HERE, THERE)

REFUSED = [
    (MoveFacts(HERE, HERE), "already"),
    (MoveFacts(HERE, replace(THERE, status="closed")), "HC-26-BBBBBB is not open"),
    (MoveFacts(replace(HERE, status="closed"), THERE), "HC-26-AAAAAA is not open"),
    (MoveFacts(replace(HERE, incidents=1), THERE), "only incident"),
    (MoveFacts(replace(HERE, status="on_hold"), THERE, whole=True), "back to open"),
    (MoveFacts(HERE, replace(THERE, tier="restricted")), "named people"),
    (MoveFacts(replace(HERE, tier="own"), THERE), "named people"),
    (replace(FREE, lead_out=True, lead_told="Voice"), "Voice, which leads HC-26-BBBBBB, is kept out of HC-26-AAAAAA"),
    (replace(FREE, widens=True), "as the two stand"),
    (replace(FREE, lead_out=True), "as the two stand"),
    (replace(FREE, unwanted=("Voice",)), "does not want it shared with Voice"),
    (MoveFacts(HERE, replace(THERE, classification="asb")), "counts as hate"),
    (MoveFacts(replace(HERE, classification="asb"), THERE), "counts as hate"),
    (MoveFacts(replace(HERE, classification="crime_suspected"), THERE), "names could not be kept"),
]


@pytest.mark.parametrize(("facts", "says"), REFUSED)
def test_what_stands_against_a_move_is_told(facts, says):
    assert says in move_refusal(facts)


@pytest.mark.parametrize(
    "facts",
    [
        FREE,
        replace(FREE, whole=True),
        MoveFacts(replace(HERE, incidents=1), THERE, whole=True),
        MoveFacts(replace(HERE, tier="own"), replace(THERE, tier="own")),
        MoveFacts(replace(HERE, classification="undetermined"), replace(THERE, classification="crime_recorded")),
        MoveFacts(replace(HERE, classification="asb"), replace(THERE, classification="asb")),
    ],
)
def test_nothing_stands_against_it(facts):
    assert move_refusal(facts) == ""


def test_every_rule_is_walked_by_the_table():
    asked = [next(rule for rule in RULES if rule.holds(facts)) for facts, _ in REFUSED]
    assert {id(rule) for rule in asked} == {id(rule) for rule in RULES}
