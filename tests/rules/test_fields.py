"""Who is shown which group of fields: the table of the rules, and what it says in words."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from incidents.choices import LEVEL_RANK, FieldGroup, Level
from incidents.rules.fields import (
    GROUP_RULES,
    FieldDecision,
    FieldFacts,
    FieldState,
    field_decide,
    field_why,
    fields_decide,
    groups_hidden,
    groups_shown,
)

G = FieldGroup
VIEW, CONTRIBUTE, MANAGE = (
    FieldFacts(LEVEL_RANK[level], True, True) for level in (Level.VIEW, Level.CONTRIBUTE, Level.MANAGE)
)
SIGNPOST = FieldFacts(LEVEL_RANK[Level.SIGNPOST], True, True)
VICTIM_SIDE = {"sees_perpetrators": False}
PERPETRATOR_SIDE = {"sees_victims": False}
SENSITIVE = (G.TRANS_STATUS, G.HEALTH, G.IMMIGRATION_STATUS)


@pytest.mark.parametrize(
    ("group", "facts", "rule"),
    [
        # How to reach a victim.
        (G.VICTIM_CONTACT, SIGNPOST, "level"),
        (G.VICTIM_CONTACT, VIEW, "level"),
        (G.VICTIM_CONTACT, replace(VIEW, works=True), "level"),
        (G.VICTIM_CONTACT, CONTRIBUTE, "reason"),
        (G.VICTIM_CONTACT, MANAGE, "reason"),
        (G.VICTIM_CONTACT, replace(CONTRIBUTE, works=True), "assigned"),
        (G.VICTIM_CONTACT, replace(CONTRIBUTE, **VICTIM_SIDE), "reason"),
        (G.VICTIM_CONTACT, replace(MANAGE, works=True, **PERPETRATOR_SIDE), "side"),
        (G.VICTIM_CONTACT, replace(CONTRIBUTE, revealed=frozenset({"victim_contact"})), "revealed"),
        (G.VICTIM_CONTACT, replace(CONTRIBUTE, revealed=frozenset({"health"})), "reason"),
        (G.VICTIM_CONTACT, replace(VIEW, revealed=frozenset({"victim_contact"})), "level"),
        (G.VICTIM_CONTACT, replace(CONTRIBUTE, person=False), "person"),
        # What is extra-sensitive: hidden from those who work the case too.
        *[(group, VIEW, "level") for group in SENSITIVE],
        *[(group, replace(MANAGE, works=True, leads=True), "reason") for group in SENSITIVE],
        *[(group, replace(CONTRIBUTE, revealed=frozenset({group.value})), "revealed") for group in SENSITIVE],
        *[(group, replace(MANAGE, **PERPETRATOR_SIDE), "side") for group in SENSITIVE],
        *[(group, replace(MANAGE, person=False), "person") for group in SENSITIVE],
        # A source: the lead agency alone, and it too says why.
        (G.REPORTER_IDENTITY, CONTRIBUTE, "level"),
        (G.REPORTER_IDENTITY, MANAGE, "lead"),
        (G.REPORTER_IDENTITY, replace(MANAGE, works=True, leads=True), "reason"),
        (G.REPORTER_IDENTITY, replace(MANAGE, leads=True, revealed=frozenset({"reporter_identity"})), "revealed"),
        (G.REPORTER_IDENTITY, replace(MANAGE, leads=True, **PERPETRATOR_SIDE), "side"),
        (G.REPORTER_IDENTITY, replace(MANAGE, leads=True, person=False), "person"),
        # Who an alleged perpetrator is.
        (G.SUBJECT_IDENTITY, SIGNPOST, "level"),
        (G.SUBJECT_IDENTITY, VIEW, "reason"),
        (G.SUBJECT_IDENTITY, replace(VIEW, works=True), "assigned"),
        (G.SUBJECT_IDENTITY, replace(VIEW, revealed=frozenset({"subject_identity"})), "revealed"),
        (G.SUBJECT_IDENTITY, replace(MANAGE, works=True, **VICTIM_SIDE), "side"),
        (G.SUBJECT_IDENTITY, replace(VIEW, **PERPETRATOR_SIDE), "reason"),
        (G.SUBJECT_IDENTITY, replace(VIEW, person=False), "pack"),
        # A share that names groups covers no others, whoever works the case.
        (G.VICTIM_CONTACT, replace(MANAGE, works=True, granted=frozenset({"health"})), "share"),
        (G.HEALTH, replace(MANAGE, granted=frozenset({"health"})), "reason"),
        (G.SUBJECT_IDENTITY, replace(VIEW, person=False, granted=frozenset()), "share"),
    ],
)  # fmt: skip
def test_the_table(group, facts, rule):
    assert field_decide(group, facts).rule == rule


def everybody():
    for rank, victims, perpetrators, leads, works, person in product(range(5), *[(True, False)] * 5):
        yield FieldFacts(rank, victims, perpetrators, leads, works, person)


def test_a_reason_opens_what_can_be_asked_for_and_nothing_else():
    for facts in everybody():
        for group in FieldGroup:
            before = field_decide(group, facts)
            after = field_decide(group, replace(facts, revealed=frozenset(FieldGroup.values)))
            assert after.shown == (before.state != FieldState.NEVER), (group, facts)


def test_neither_side_is_ever_shown_the_others():
    for facts in everybody():
        opened = groups_shown(fields_decide(replace(facts, revealed=frozenset(FieldGroup.values))))
        assert facts.sees_perpetrators or G.SUBJECT_IDENTITY not in opened
        assert facts.sees_victims or not opened - {G.SUBJECT_IDENTITY}


def test_without_access_nothing_is_shown():
    for facts in everybody():
        if facts.rank < LEVEL_RANK[Level.VIEW]:
            assert not groups_shown(fields_decide(replace(facts, revealed=frozenset(FieldGroup.values))))


def test_what_is_hidden_is_what_can_be_asked_for():
    decisions = fields_decide(replace(MANAGE, works=True))
    assert groups_hidden(decisions) == [group.value for group in SENSITIVE]


# --- In words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "rule", "who", "sentence"),
    [
        (G.VICTIM_CONTACT, "assigned", "", "The victim’s address and contact details are shown because you work this case."),
        (G.HEALTH, "reason", "", "What is recorded of the victim’s health is hidden until you say why you need it."),
        (G.TRANS_STATUS, "level", "", "The victim’s trans status needs access at the level contribute or higher."),
        (
            G.REPORTER_IDENTITY, "lead", "",
            "Who reported, where it was not the victim, is for the lead agency alone: a source is protected.",
        ),
        (
            G.SUBJECT_IDENTITY, "side", "",
            "An alleged perpetrator’s name and date of birth are not told to agencies that work with victims alone.",
        ),
        (
            G.SUBJECT_IDENTITY, "assigned", "Bob Wickens",
            "An alleged perpetrator’s name and date of birth are shown because Bob Wickens works this case.",
        ),
        (
            G.HEALTH, "share", "Bob Wickens",
            "What is recorded of the victim’s health is not part of what was shared with the agency of Bob Wickens.",
        ),
    ],
)  # fmt: skip
def test_why_in_a_sentence(group, rule, who, sentence):
    assert field_why(group, FieldDecision(FieldState.HIDDEN, rule), who=who) == sentence


def test_every_decision_has_a_sentence():
    for facts in everybody():
        for opened in (frozenset(), frozenset(FieldGroup.values)):
            for group, decision in fields_decide(replace(facts, revealed=opened)).items():
                for who in ("", "Bob Wickens"):
                    sentence = field_why(group, decision, who=who)
                    assert sentence.endswith(".")
                    assert sentence[0].isupper()


def test_every_group_has_a_rule():
    assert GROUP_RULES.keys() == set(FieldGroup)
