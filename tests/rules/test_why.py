"""Why somebody can or cannot open a case: one order of rules, and a sentence for each."""

from __future__ import annotations

import datetime as dt

import pytest

from incidents.rules.why import AccessFacts, GrantFact, why

UNTIL = dt.datetime(2026, 12, 1, 12, tzinfo=dt.UTC)
VIEW = GrantFact("North Council", 2, "Read", "shared")
SIGNPOST = GrantFact("North Council", 1, "Know that it exists and who leads", "shared")
EVERYTHING = {
    "active": False,
    "asleep": True,
    "agreement": False,
    "casework": False,
    "excluded_agency": "North Council",
    "excluded_person": True,
    "emergency_until": UNTIL,
    "named_level": "Read",
}


@pytest.mark.parametrize(
    ("facts", "opens", "rule"),
    [
        ({"active": False, "grants": (VIEW,)}, False, "account"),
        ({"asleep": True, "grants": (VIEW,)}, False, "asleep"),
        ({"emergency_until": UNTIL, "tier": "own"}, True, "emergency"),
        ({"emergency_until": UNTIL, "excluded_person": True}, False, "conflict"),
        ({"emergency_until": UNTIL, "excluded_agency": "North Council"}, False, "conflict"),
        ({"emergency_until": UNTIL, "excluded_person": True, "passes_conflict": True}, True, "emergency"),
        ({"emergency_until": UNTIL, "agreement": False}, False, "agreement"),
        ({"excluded_person": True, "grants": (VIEW,)}, False, "conflict"),
        ({"excluded_agency": "North Council", "named_level": "Read"}, False, "conflict"),
        ({"casework": False, "grants": (VIEW,)}, False, "role"),
        ({"agreement": False, "grants": (VIEW,)}, False, "agreement"),
        ({"named_level": "Read", "tier": "restricted"}, True, "named"),
        ({"tier": "own", "own": "the lead worker"}, True, "own"),
        ({"tier": "own", "grants": (VIEW,)}, False, "tier"),
        ({"tier": "restricted", "own": "a point of contact", "grants": (VIEW,)}, False, "tier"),
        ({}, False, "share"),
        ({"grants": (SIGNPOST,)}, False, "signpost"),
        ({"grants": (SIGNPOST, VIEW)}, True, "share"),
        ({"tier": "hasbag", "grants": (VIEW,)}, True, "share"),
    ],
)
def test_the_first_rule_that_matches_decides(facts, opens, rule):
    answer = why(AccessFacts(**({"name": "Bob Wickens", "tier": "team"} | facts)))
    assert (answer.opens, answer.rule) == (opens, rule)
    assert answer.sentence.endswith(".")


def test_the_order_of_the_rules():
    facts = {"name": "Bob", "tier": "own", "own": "the lead worker", "grants": (VIEW,)} | EVERYTHING
    order = []
    for name, off in (
        ("active", True),
        ("asleep", False),
        ("agreement", True),
        ("casework", True),
        ("excluded_agency", ""),
        ("excluded_person", False),
        ("emergency_until", None),
        ("named_level", ""),
        ("own", ""),
        ("tier", "team"),
        ("grants", ()),
    ):
        order.append(why(AccessFacts(**facts)).rule)
        facts[name] = off
    assert order == [
        "account", "asleep", "agreement", "role", "conflict", "conflict", "emergency", "named", "own", "tier", "share",
    ]  # fmt: skip
