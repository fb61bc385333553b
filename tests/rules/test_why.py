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
    "emergency_until": UNTIL,
    "excluded_person": True,
    "excluded_agency": "North Council",
    "casework": False,
    "agreement": False,
    "named_level": "Read",
}


@pytest.mark.parametrize(
    ("facts", "opens", "rule"),
    [
        ({"active": False, "grants": (VIEW,)}, False, "account"),
        ({"emergency_until": UNTIL, "excluded_person": True}, True, "emergency"),
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
        ("emergency_until", None),
        ("excluded_person", False),
        ("excluded_agency", ""),
        ("casework", True),
        ("agreement", True),
        ("named_level", ""),
        ("own", ""),
        ("tier", "team"),
        ("grants", ()),
    ):
        order.append(why(AccessFacts(**facts)).rule)
        facts[name] = off
    assert order == [
        "account", "emergency", "conflict", "conflict", "role", "agreement", "named", "own", "tier", "share",
    ]  # fmt: skip
