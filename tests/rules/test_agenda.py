"""The agenda: which cases, in which order, until when, and for how long (docs/domain.md §6.2, §6.3)."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from agencies.choices import District
from hasbag.choices import AgendaSection, Criterion, NotListed
from hasbag.rules import (
    CaseFacts,
    ItemFacts,
    agenda_choice,
    agenda_order,
    agenda_section,
    is_late,
    pack_freeze_at,
    pack_issue_at,
    release_ends_at,
)
from kernel.bank_holidays import bank_holidays
from kernel.working_days import LONDON

HOLIDAYS = bank_holidays(range(2025, 2029))
NORTHAMPTON, CORBY = District.NORTHAMPTON.value, District.CORBY.value

OPEN = CaseFacts("open", "hate_incident", "team", incident_districts=frozenset({NORTHAMPTON}))
HIGH, MEDIUM = replace(OPEN, band="high"), replace(OPEN, band="medium")


def criteria(case):
    return [criterion.value for criterion in agenda_choice(case, "west").criteria]


# --- criteria ---------------------------------------------------------------------------------------------------


def test_high_comes_by_itself():
    found = agenda_choice(HIGH, "west")
    assert (found.criteria, found.sentences, found.listed) == ((Criterion.HIGH,), ("High risk.",), True)


@pytest.mark.parametrize(
    ("fact", "criterion"),
    [
        ({"repeat_victim": True}, "medium_victim"),
        ({"repeat_perpetrator": True}, "medium_subject"),
        ({"repeat_location": True}, "medium_place"),
        ({"victim_under_18": True}, "medium_under_18"),
        ({"d4": 2}, "medium_vulnerable"),
    ],
)
def test_medium_needs_something_more_and_standard_is_not_enough(fact, criterion):
    assert criteria(replace(MEDIUM, **fact)) == [criterion]
    assert criteria(replace(OPEN, band="standard", **fact)) == []
    assert criteria(replace(HIGH, **fact)) == ["high"]


@pytest.mark.parametrize(
    ("fact", "criterion"),
    [
        ({"referral_reason": "Three agencies involved."}, "referred"),
        ({"action_overdue": True}, "action_overdue"),
        ({"case_review_requested": True}, "case_review"),
        ({"e2": 2}, "tension"),
    ],
)
@pytest.mark.parametrize("band", ["", "standard", "medium"])
def test_these_bring_a_case_of_any_band(band, fact, criterion):
    assert criteria(replace(OPEN, band=band, **fact)) == [criterion]


@pytest.mark.parametrize("fact", [{}, {"d4": 1}, {"e2": 1}, {"referral_reason": "  "}])
def test_medium_alone_or_nearly_is_not_enough(fact):
    found = agenda_choice(replace(MEDIUM, **fact), "west")
    assert (found.criteria, found.not_listed) == ((), NotListed.NO_CRITERION)


def test_every_criterion_that_holds_is_given_with_its_sentence():
    case = replace(MEDIUM, repeat_victim=True, d4=2, referral_reason=" Escalating. ", e2=2)
    assert agenda_choice(case, "west").sentences == (
        "Medium risk and a repeat victim.",
        "Medium risk and a very vulnerable victim.",
        "Referred by a single point of contact: Escalating.",
        "Tension in the community.",
    )


# --- what keeps a case off --------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["victim_districts", "incident_districts", "subject_districts"])
def test_any_of_three_places_brings_a_case_to_an_area(place):
    here = replace(HIGH, **{"incident_districts": frozenset({CORBY}), place: frozenset({NORTHAMPTON})})
    assert agenda_choice(here, "west").listed


def test_a_case_of_the_other_area_or_of_no_known_place_is_not_listed():
    assert agenda_choice(HIGH, "north").not_listed is NotListed.OTHER_AREA
    nowhere = replace(HIGH, incident_districts=frozenset({"", "E07000999"}))
    assert agenda_choice(nowhere, "west").not_listed is NotListed.OTHER_AREA


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        ({"status": "closed"}, NotListed.NOT_OPEN),
        ({"status": "merged"}, NotListed.NOT_OPEN),
        ({"classification": "not_hate"}, NotListed.NOT_HATE),
        ({"classification": "no_record"}, NotListed.NOT_HATE),
        ({"tier": "restricted"}, NotListed.RESTRICTED),
        ({"consent_conflict": True}, NotListed.CONSENT),
    ],
)
def test_never_by_itself(fact, reason):
    found = agenda_choice(replace(HIGH, **fact), "west")
    assert (found.not_listed, found.listed, found.criteria) == (reason, False, (Criterion.HIGH,))


@pytest.mark.parametrize("status", ["new", "triage", "open", "on_hold", "monitoring", "reopened"])
def test_every_open_status_may_be_listed(status):
    assert agenda_choice(replace(HIGH, status=status), "west").listed


# --- order ------------------------------------------------------------------------------------------------------

RECEIVED = datetime(2026, 11, 2, 9, tzinfo=UTC)


def item(ref, band="", *found, total=0, days=0, **facts):
    return ItemFacts(ref, RECEIVED + timedelta(days=days), frozenset(found), band, total, **facts)


def test_headings():
    assert agenda_section(item("a", "high", "high")) is AgendaSection.NEW_HIGH
    assert agenda_section(item("a", "high", "high", discussed_before=True)) is AgendaSection.REVIEW
    assert agenda_section(item("a", "medium", "medium_victim")) is AgendaSection.REPEAT
    assert agenda_section(item("a", "medium", "medium_under_18")) is AgendaSection.OTHER
    assert agenda_section(item("a", "standard", "case_review")) is AgendaSection.CASE_REVIEW
    assert agenda_section(item("a", "high", "high", restricted=True)) is AgendaSection.CLOSED_PART


def test_the_order_of_discussion():
    expected = [
        item("new high, graver", "high", "high", total=40),
        item("new high, waiting longer", "high", "high", total=30),
        item("new high", "high", "high", total=30, days=2),
        item("review high", "high", "high", total=28, discussed_before=True),
        item("review medium", "medium", "medium_victim", total=20, discussed_before=True),
        item("repeat", "medium", "medium_place", total=15),
        item("other medium", "medium", "referred", total=15),
        item("other standard", "standard", "referred", total=9),
        item("not assessed", "", "referred"),
        item("case review", "standard", "case_review"),
        item("restricted", "high", "high", total=50, restricted=True),
    ]
    for _ in range(5):
        mixed = expected.copy()
        random.shuffle(mixed)
        assert agenda_order(mixed) == expected


# --- times ------------------------------------------------------------------------------------------------------

MEETING = datetime(2027, 1, 6, 10, tzinfo=LONDON)  # a Wednesday after the holidays


def test_the_pack_is_frozen_five_working_days_before_and_out_four_before():
    assert pack_freeze_at(MEETING, HOLIDAYS) == datetime(2026, 12, 29, 17, tzinfo=LONDON)
    assert pack_issue_at(MEETING, HOLIDAYS) == datetime(2026, 12, 30, 17, tzinfo=LONDON)


def test_late_is_after_the_freeze():
    freeze = pack_freeze_at(MEETING, HOLIDAYS)
    assert not is_late(freeze, MEETING, HOLIDAYS)
    assert is_late(freeze + timedelta(seconds=1), MEETING, HOLIDAYS)


def test_a_release_ends_twenty_working_days_after_the_sign_off():
    signed = datetime(2026, 12, 10, 11, tzinfo=LONDON)
    assert release_ends_at(signed, HOLIDAYS) == datetime(2027, 1, 12, 17, tzinfo=LONDON)


@pytest.mark.parametrize("criterion", list(Criterion))
def test_codes_fit_their_column(criterion):
    assert len(criterion.value) <= 20
