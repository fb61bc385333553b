"""The ways out of triage: the table of expected routes, walked, and every sentence that closes one of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from incidents.choices import Classification
from incidents.rules.classification import NOTHING_ELSE, Change, effects
from incidents.rules.triage_routes import ROUTES, Route, RouteFacts, reopening_shut, routes

R = Route
TRIAGER = {R.ACCEPT, R.JOIN, R.ASK_BACK, R.OUT_OF_AREA, R.NOT_HATE, R.ASB, R.NO_RECORD}
TWO = {R.NOT_HATE, R.ASB, R.NO_RECORD}

EXPECTED = [
    # facts, open ways
    (RouteFacts(), TRIAGER),
    (RouteFacts(status="triage"), TRIAGER),
    (RouteFacts(decides=True), TRIAGER | {R.TRANSFER}),
    (RouteFacts(decides=True, by_name=True), TRIAGER),
    (RouteFacts(triages=False), {R.JOIN}),
    (RouteFacts(triages=False, decides=True), {R.JOIN, R.TRANSFER}),
    (RouteFacts(manages=False, decides=True), set()),
    (RouteFacts(askable=False), TRIAGER - {R.ASK_BACK}),
    (RouteFacts(proposal_waits=True), TRIAGER - TWO),
    (RouteFacts(status="closed", decides=True), set()),
    (RouteFacts(status="merged", decides=True), set()),
    (RouteFacts(classification="crime_suspected"), TRIAGER),
    (RouteFacts(classification="crime_recorded", status="open"), TRIAGER),
    (RouteFacts(classification="hate_incident", status="monitoring"), TRIAGER - {R.JOIN}),
    (RouteFacts(classification="hate_incident", status="on_hold"), TRIAGER - {R.JOIN}),
    (RouteFacts(classification="out_of_area"), {R.ACCEPT, R.JOIN, R.ASK_BACK, R.NO_RECORD}),
    (RouteFacts(classification="not_hate", status="closed"), {R.HATE_FACTOR}),
    (RouteFacts(classification="not_hate", status="closed", triages=False), set()),
    (RouteFacts(classification="no_record", status="closed", records_crimes=True), set()),
    # What two people decided, opened again: one person cannot make it hate but by naming the factor.
    (RouteFacts(classification="not_hate", status="reopened"), {R.JOIN, R.ASK_BACK, R.NO_RECORD, R.HATE_FACTOR}),
    (RouteFacts(classification="no_record", status="reopened"), {R.JOIN, R.ASK_BACK, R.HATE_FACTOR}),
    (RouteFacts(classification="no_record", status="reopened", triages=False), {R.JOIN, R.HATE_FACTOR}),
    (RouteFacts(classification="asb"), {R.ACCEPT, R.JOIN, R.ASK_BACK, R.OUT_OF_AREA, R.NO_RECORD, R.HATE_FACTOR}),
    (RouteFacts(classification="asb", triages=False), {R.JOIN, R.HATE_FACTOR}),
    (RouteFacts(classification="asb", status="closed"), set()),
    (RouteFacts(records_crimes=True), TRIAGER | {R.CRIME}),
    (RouteFacts(classification="crime_recorded", status="open", records_crimes=True), TRIAGER | {R.CRIME}),
    (RouteFacts(manages=False, triages=False, records_crimes=True), {R.CRIME}),
    (RouteFacts(manages=False, triages=False, status="closed", records_crimes=True), set()),
    (RouteFacts(manages=False, triages=False, classification="asb", records_crimes=True), set()),
]


def routes_open(facts: RouteFacts) -> set[Route]:
    """The ways that can be taken."""
    return {state.rule.route for state in routes(facts) if state.open}


@pytest.mark.parametrize(("facts", "expected"), EXPECTED)
def test_the_table_of_expected_routes(facts, expected):
    assert routes_open(facts) == expected


def test_every_way_is_open_somewhere_and_closed_somewhere_in_the_table():
    for route in Route:
        assert any(route in ways for _, ways in EXPECTED), route
        assert any(route not in ways for _, ways in EXPECTED), route


def test_every_way_has_one_rule_and_two_people_take_those_that_leave_the_figures():
    assert [rule.route for rule in ROUTES] == list(dict.fromkeys(rule.route for rule in ROUTES))
    assert {rule.route for rule in ROUTES} == set(Route)
    two = {rule.route.value for rule in ROUTES if rule.two_people}
    assert two == {choice.value for choice in Classification if choice.needs_two}


@pytest.mark.parametrize(
    ("facts", "route", "sentence"),
    [
        (RouteFacts(status="closed"), R.ACCEPT, "The case is not open."),
        (RouteFacts(manages=False), R.JOIN, "does not manage it"),
        (RouteFacts(triages=False), R.NOT_HATE, "sorts reports for the lead agency"),
        (RouteFacts(), R.TRANSFER, "single point of contact"),
        (RouteFacts(decides=True, by_name=True), R.TRANSFER, "Only named people"),
        (RouteFacts(askable=False), R.ASK_BACK, "nobody to ask"),
        (RouteFacts(proposal_waits=True), R.NO_RECORD, "waits for a second person"),
        (RouteFacts(classification="asb"), R.ASB, "not recorded as hate"),
        (RouteFacts(classification="no_record"), R.NO_RECORD, "not to be recorded already"),
        (RouteFacts(classification="out_of_area"), R.OUT_OF_AREA, "outside the county already"),
        (RouteFacts(), R.HATE_FACTOR, "neither as anti-social behaviour"),
        (RouteFacts(classification="asb", status="closed"), R.HATE_FACTOR, "The case is not open."),
        (RouteFacts(classification="not_hate", status="reopened"), R.ACCEPT, "Say first which hate factor was found"),
        (RouteFacts(classification="no_record", status="open"), R.OUT_OF_AREA, "Say first which hate factor"),
        (RouteFacts(classification="not_hate", status="closed", triages=False), R.HATE_FACTOR, "opens a case again"),
        (RouteFacts(status="monitoring"), R.JOIN, "set back to open"),
        (RouteFacts(), R.CRIME, "Only the police"),
        (RouteFacts(classification="asb", records_crimes=True), R.CRIME, "which hate factor was found"),
    ],
)
def test_a_closed_way_says_why(facts, route, sentence):
    [state] = [state for state in routes(facts) if state.rule.route == route]
    assert sentence in state.closed_because


@pytest.mark.parametrize(
    ("classification", "triages", "opens"),
    [
        ("not_hate", True, True),
        ("not_hate", False, False),
        ("no_record", True, True),
        ("no_record", False, False),
        ("hate_incident", False, True),
        ("asb", False, True),
    ],
)
def test_what_two_people_decided_is_opened_again_by_who_sorts_reports(classification, triages, opens):
    facts = RouteFacts(classification, "closed", triages=triages)
    assert (reopening_shut(facts) is None) == opens


def test_no_fact_about_the_case_opens_a_way_to_somebody_who_reads_it_alone():
    for facts, _ in EXPECTED:
        assert routes_open(replace(facts, manages=False, records_crimes=False)) == set()


# --- What a change of classification does -----------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("undetermined", "not_hate", ["leave the figures", "closes", "Tasks that are still open are withdrawn"]),
        (
            "crime_suspected",
            "not_hate",
            ["leave the figures", "wait in quarantine", "closes", "Tasks that are still open are withdrawn"],
        ),
        (
            "crime_suspected",
            "no_record",
            ["leave the figures", "erased at once", "closes", "Tasks that are still open are withdrawn"],
        ),
        ("crime_suspected", "hate_incident", ["wait in quarantine"]),
        ("hate_incident", "crime_suspected", ["may be recorded", "police cannot see"]),
        ("undetermined", "asb", ["leave the figures", "stays open"]),
        ("asb", "hate_incident", ["count in the figures", "start now"]),
        ("not_hate", "crime_suspected", ["count in the figures", "may be recorded", "police cannot see", "start now"]),
        ("no_record", "hate_incident", ["count in the figures", "start now"]),
        ("out_of_area", "asb", [NOTHING_ELSE]),
        ("hate_incident", "out_of_area", ["leave the figures", "Its time limits go on"]),
        ("undetermined", "hate_incident", [NOTHING_ELSE]),
        ("hate_incident", "hate_incident", [NOTHING_ELSE]),
    ],
)
def test_the_effects_that_are_shown(before, after, said):
    found = effects(Change(before, after))
    assert len(found) == len(said)
    for sentence, part in zip(found, said, strict=True):
        assert part in sentence


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "1 task is still open. It is withdrawn"), (3, "3 tasks are still open. They are withdrawn")],
)
def test_open_tasks_are_counted_where_the_case_closes(count, said):
    assert effects(Change("undetermined", "not_hate", open_tasks=count))[-1].startswith(said)
    assert not [s for s in effects(Change("undetermined", "asb", open_tasks=count)) if "withdrawn" in s]


def test_who_shared_it_with_the_police_is_not_asked_to():
    assert not [s for s in effects(Change("undetermined", "crime_suspected", police_see_it=True)) if "police" in s]
