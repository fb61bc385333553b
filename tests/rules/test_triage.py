"""The suggested priority and its reasons (docs/domain.md §2.6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.choices import Behaviour, Classification, Priority
from incidents.rules.triage import (
    NOT_RECORDED,
    SAFETY_WORDS,
    TriageAnswers,
    priority_change_error,
    priority_suggest,
    reasons_told,
    safety_told,
    suggested_by,
)

RECEIVED = datetime(2026, 11, 20, 12, tzinfo=UTC)
URGENT = [
    "danger_now",
    "weapon",
    "fire",
    "injury",
    "threat_to_kill",
    "self_harm",
    "retaliation",
    "self_reporting_under_16",
]
QUICK = [
    "victim_under_18",
    "repeat_victim",
    "repeat_location",
    "dependent_on_care",
    "worship_or_community_venue",
    "daily_contact",
]


def suggest(**known):
    known.setdefault("occurred_from", RECEIVED - timedelta(days=10))
    return priority_suggest(TriageAnswers(received_at=RECEIVED, **known))


def test_nothing_special_is_routine_and_says_so():
    assert suggest().priority is Priority.P3
    assert suggest().reasons == ("Nothing in the answers calls for a faster response.",)


@pytest.mark.parametrize("answer", URGENT)
def test_each_urgent_answer_alone_makes_it_urgent(answer):
    found = suggest(**{answer: True})
    assert (found.priority, len(found.reasons)) == (Priority.P1, 1)


@pytest.mark.parametrize("answer", QUICK)
def test_each_of_the_next_answers_alone_makes_it_a_priority(answer):
    found = suggest(**{answer: True})
    assert (found.priority, len(found.reasons)) == (Priority.P2, 1)


@pytest.mark.parametrize("classification", [Classification.CRIME_SUSPECTED, Classification.CRIME_RECORDED])
def test_a_crime_is_a_priority(classification):
    assert suggest(classification=classification).priority is Priority.P2


def test_arson_is_urgent_however_it_is_told():
    assert suggest(behaviours=frozenset({Behaviour.ARSON})).priority is Priority.P1


def test_an_assault_is_urgent_within_72_hours_of_its_end():
    assault = frozenset({Behaviour.PHYSICAL_ASSAULT.value})
    assert suggest(behaviours=assault, occurred_from=RECEIVED - timedelta(hours=72)).priority is Priority.P1
    late = suggest(behaviours=assault, occurred_from=RECEIVED - timedelta(hours=72, seconds=1))
    assert late.priority is Priority.P3
    lasting = suggest(
        behaviours=assault, occurred_from=RECEIVED - timedelta(days=9), occurred_to=RECEIVED - timedelta(hours=1)
    )
    assert lasting.priority is Priority.P1


def test_all_reasons_are_given():
    assert suggest(weapon=True, injury=True).reasons == ("A weapon was involved.", "Someone was hurt.")


@given(st.sets(st.sampled_from(URGENT + QUICK)), st.sampled_from(URGENT + QUICK))
def test_one_more_answer_never_makes_it_less_urgent(known, more):
    before = suggest(**dict.fromkeys(known, True)).priority
    after = suggest(**dict.fromkeys(known | {more}, True)).priority
    assert after <= before


def test_lowering_from_urgent_needs_a_reason():
    assert priority_change_error("P1", "P2", "  ") == "Enter a reason for lowering the priority from P1."
    assert priority_change_error("P1", "P2", "The knife was a toy.") is None
    assert priority_change_error("P1", "P1", "") is None
    assert priority_change_error("P2", "P3", "") is None
    assert priority_change_error("P3", "P1", "") is None


OF_VICTIM = {
    "self_harm",
    "self_reporting_under_16",
    "victim_under_18",
    "repeat_victim",
    "repeat_location",
    "dependent_on_care",
    "worship_or_community_venue",
    "daily_contact",
}


@pytest.mark.parametrize("name", [*URGENT, *QUICK])
def test_reasons_on_record_stand_for_their_priority_and_tell_of_a_victim_only_who_may_know_one(name):
    suggestion = suggest(**{name: True})
    assert suggested_by(suggestion.reasons) == suggestion.priority
    assert reasons_told(suggestion.reasons, knows_victims=True) == list(suggestion.reasons)
    told = reasons_told(suggestion.reasons, knows_victims=False)
    assert told == ([] if name in OF_VICTIM else list(suggestion.reasons))


def test_words_that_the_rule_does_not_know_are_for_who_may_know_victims():
    assert suggested_by(["She is frail."]) is None
    assert reasons_told(["She is frail."], knows_victims=False) == []
    assert suggested_by(suggest().reasons) == Priority.P3


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({}, [NOT_RECORDED]),
        ({"weapon": True}, [SAFETY_WORDS["weapon"]]),
        (
            {"danger_now": True},
            ["Someone was in danger then", "None of the other questions about safety was answered with yes"],
        ),
        ({"danger_now": False, "injury": True}, ["Nobody was in danger then", "Someone was hurt"]),
    ],
)
def test_what_was_answered_about_safety_is_said_in_words(answers, said):
    assert safety_told(answers, knows_victims=True) == said


def test_that_somebody_may_harm_themself_is_not_for_the_other_side_and_leaves_no_gap():
    answers = {"danger_now": False, "self_harm": True}
    assert SAFETY_WORDS["self_harm"] in safety_told(answers, knows_victims=True)
    assert safety_told(answers, knows_victims=False) == safety_told({"danger_now": False}, knows_victims=False)
