"""The clocks that hang on the victim: the table of docs/domain.md §3.1 walked, pauses, raising and lowering (§3.3)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agencies.reference_data import ALL_STANDARDS
from incidents.choices import ClockKind
from incidents.rules.clocks import clock_plan
from incidents.rules.closing import closing_blocks, reason_error
from incidents.rules.safe_contact import SafeContact, windows_parse
from incidents.rules.victim_clocks import (
    AGREED,
    band_now,
    event_level,
    pause_error,
    plan_needed,
    rebanded,
    resumed,
    safe_moment,
    support_clock,
    until_error,
    update_clock,
)
from kernel.bank_holidays import bank_holidays
from kernel.working_days import LONDON, is_working_day, local_date

HOLIDAYS = bank_holidays(range(2024, 2031))


def london(year, month, day, hour=17, minute=0):
    return datetime(year, month, day, hour, minute, tzinfo=LONDON)


FRIDAY_NOON = london(2026, 11, 20, 12)
CHRISTMAS_EVE = london(2026, 12, 24, 18, 40)
BEFORE_EASTER = london(2027, 3, 25, 17)
CLOCKS_GO_BACK = london(2026, 10, 23, 16)  # the Friday before; summer time ends on Sunday 25 October
CLOCKS_GO_ON = london(2027, 3, 26 - 1, 9)  # Thursday before Good Friday; summer time begins on Sunday 28 March

TABLE = [
    # kind, priority or band, start, when it is due
    ("K0", "P1", CHRISTMAS_EVE, london(2026, 12, 25, 18, 40)),
    ("K1", "P3", FRIDAY_NOON, london(2026, 11, 23)),
    ("K2", "P2", london(2026, 11, 20, 17), london(2026, 11, 24)),
    ("K3", "P1", CHRISTMAS_EVE, london(2026, 12, 30)),
    ("K3", "P3", BEFORE_EASTER, london(2027, 4, 6)),
    ("K4", "P1", CHRISTMAS_EVE, london(2026, 12, 31)),
    ("K5", "P1", FRIDAY_NOON, london(2026, 11, 24)),
    ("K5", "P2", FRIDAY_NOON, london(2026, 11, 24)),
    ("K5", "P3", CHRISTMAS_EVE, london(2026, 12, 31)),
    ("K5", "P1", CLOCKS_GO_BACK, london(2026, 10, 27)),
    ("K6", "high", FRIDAY_NOON, london(2026, 11, 24)),
    ("K6", "medium", FRIDAY_NOON, london(2026, 11, 27)),
    ("K6", "standard", FRIDAY_NOON, london(2026, 12, 4)),
    ("K6", "standard", CHRISTMAS_EVE, london(2027, 1, 13)),
    ("K7", "high", FRIDAY_NOON, london(2026, 11, 27)),
    ("K7", "medium", FRIDAY_NOON, london(2026, 12, 4)),
    ("K7", "standard", FRIDAY_NOON, london(2026, 12, 18)),
    ("K7", "standard", london(2026, 12, 1, 12), london(2026, 12, 31)),
    ("K7", "medium", CLOCKS_GO_BACK, london(2026, 11, 6)),
    ("K8", "high", FRIDAY_NOON, london(2026, 11, 23)),
    ("K8", "standard", BEFORE_EASTER, london(2027, 3, 31)),
    ("K8", "standard", CLOCKS_GO_ON, london(2027, 3, 30)),
    ("K8", "other", FRIDAY_NOON, london(2026, 11, 27)),
    ("K9", "high", FRIDAY_NOON, london(2026, 12, 4)),
    ("K9", "standard", FRIDAY_NOON, london(2027, 1, 20)),
    ("K11", "any", FRIDAY_NOON, london(2026, 11, 27)),
    ("K11", "any", CHRISTMAS_EVE, london(2027, 1, 6)),
]


@pytest.mark.parametrize(("kind", "level", "start", "due"), TABLE)
def test_every_clock_is_due_as_the_table_says(kind, level, start, due):
    plan = clock_plan(ClockKind(kind), level, start, ALL_STANDARDS, HOLIDAYS)
    assert plan is not None
    assert plan.due_at == due
    assert start < plan.amber_at < due
    assert plan.rule_version == "2016-1"


def test_the_table_has_every_kind_at_every_level():
    wanted = {(row.kind, row.level) for row in ALL_STANDARDS if row.kind in ("K5", "K6", "K7", "K11")}
    assert wanted <= {(kind, level) for kind, level, _start, _due in TABLE}


def test_no_referral_is_due_where_none_is_wanted():
    assert not support_clock("P1", FRIDAY_NOON, ALL_STANDARDS, HOLIDAYS, applies=False).applicable
    assert support_clock("P1", FRIDAY_NOON, ALL_STANDARDS, HOLIDAYS, applies=True).applicable


def test_before_an_assessment_the_priority_stands_for_the_band():
    assert [band_now("", p) for p in ("P1", "P2", "P3")] == ["high", "medium", "standard"]
    assert band_now("medium", "P1") == "medium"


def test_victims_of_hate_are_told_in_one_working_day():
    assert event_level("standard", hate=True) == "standard"
    assert event_level("high", hate=False) == "other"


@pytest.mark.parametrize(
    ("before", "needed"), [([], True), (["standard"], True), (["high"], False), (["standard", "high"], False)]
)
def test_a_higher_band_calls_for_a_new_plan(before, needed):
    assert plan_needed("high", before) is needed


# --- Updates as the victim agreed -----------------------------------------------------------------------


@pytest.mark.parametrize(("days", "due"), [(1, london(2026, 11, 23)), (20, london(2026, 12, 18))])
def test_updates_are_due_as_often_as_the_victim_agreed(days, due):
    plan = update_clock("high", FRIDAY_NOON, ALL_STANDARDS, HOLIDAYS, every_days=days)
    assert (plan.due_at, plan.level) == (due, AGREED)


@pytest.mark.parametrize("days", [0, 21, -1])
def test_no_agreement_goes_beyond_twenty_working_days(days):
    with pytest.raises(ValueError, match="1 to 20"):
        update_clock("high", FRIDAY_NOON, ALL_STANDARDS, HOLIDAYS, every_days=days)


# --- Raised and lowered ---------------------------------------------------------------------------------


def test_a_higher_band_counts_from_the_start_and_may_be_overdue_at_once():
    standard = clock_plan(ClockKind.K6, "standard", FRIDAY_NOON, ALL_STANDARDS, HOLIDAYS)
    plan = rebanded(standard.due_at, "high", "K6", FRIDAY_NOON, ALL_STANDARDS, HOLIDAYS)
    assert plan.due_at == london(2026, 11, 24)


def test_a_lower_band_leaves_the_earlier_deadline():
    high = clock_plan(ClockKind.K7, "high", FRIDAY_NOON, ALL_STANDARDS, HOLIDAYS)
    assert rebanded(high.due_at, "standard", "K7", FRIDAY_NOON, ALL_STANDARDS, HOLIDAYS) is None
    assert rebanded(high.due_at, "high", "K7", FRIDAY_NOON, ALL_STANDARDS, HOLIDAYS) is None


def test_what_a_pause_moved_stays_moved_when_the_band_rises():
    due = london(2026, 12, 10)
    plan = rebanded(due, "high", "K6", FRIDAY_NOON, ALL_STANDARDS, HOLIDAYS, exception_days=3)
    assert plan.due_at == london(2026, 11, 27)


# --- Pauses ---------------------------------------------------------------------------------------------

DUE = london(2026, 11, 27)


@pytest.mark.parametrize("kind", ["K3", "K5", "K6", "K7", "K8", "K11"])
def test_what_hangs_on_the_victim_may_wait_for_them(kind):
    assert pause_error(kind, "victim_request", DUE, FRIDAY_NOON) == ""


@pytest.mark.parametrize("kind", ["K0", "K1", "K2", "K4", "K9", "K10"])
def test_desk_work_never_waits(kind):
    assert "runs without the victim" in pause_error(kind, "victim_request", DUE, FRIDAY_NOON)


@pytest.mark.parametrize(
    ("kind", "reason", "due", "now", "said"),
    [
        ("K3", "leave", DUE, FRIDAY_NOON, "Select why"),
        ("K3", "", DUE, FRIDAY_NOON, "Select why"),
        ("K5", "safe_contact", DUE, FRIDAY_NOON, "without contact"),
        ("K3", "victim_request", None, FRIDAY_NOON, "does not run"),
        ("K3", "victim_request", DUE, DUE, "overdue"),
    ],
)
def test_a_pause_needs_one_of_two_reasons_and_a_clock_that_runs(kind, reason, due, now, said):
    assert said in pause_error(kind, reason, due, now)


def test_a_pause_ends_on_a_day_to_come_and_not_far_away():
    assert until_error(date(2026, 11, 20), FRIDAY_NOON, HOLIDAYS)
    assert until_error(date(2026, 11, 21), FRIDAY_NOON, HOLIDAYS) == ""
    assert until_error(date(2026, 12, 18), FRIDAY_NOON, HOLIDAYS) == ""
    assert "20 working days" in until_error(date(2026, 12, 21), FRIDAY_NOON, HOLIDAYS)


def test_a_pause_over_christmas_moves_the_deadline_by_its_working_days():
    due, amber, days = resumed(
        london(2026, 12, 23), london(2026, 12, 22, 11), london(2026, 12, 21, 12), london(2026, 12, 30, 9), HOLIDAYS
    )
    assert days == 5  # 22, 23, 24, 29 and 30 December
    assert due == london(2027, 1, 4)
    assert amber == london(2026, 12, 31, 11)


def test_a_pause_within_a_day_moves_nothing():
    assert resumed(DUE, None, FRIDAY_NOON, FRIDAY_NOON + timedelta(hours=3), HOLIDAYS) == (DUE, None, 0)


MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 1)).map(lambda at: at.replace(tzinfo=UTC))


@given(due=MOMENTS, start=MOMENTS, days=st.integers(0, 60))
def test_a_pause_never_brings_a_deadline_forward(due, start, days):
    moved, amber, counted = resumed(due, due, start, start + timedelta(days=days), HOLIDAYS)
    assert counted >= 0
    assert local_date(moved) >= local_date(due)
    assert (amber == due) == (counted == 0)
    if counted:
        assert is_working_day(local_date(moved), HOLIDAYS)
        assert moved.astimezone(LONDON).hour == 17


OFFICE_DAYS = {"days": ["0", "1", "2", "3", "4"], "from": "08:00", "to": "18:00"}


def test_a_safe_time_in_the_office_before_the_deadline_is_found():
    morning = SafeContact(windows=windows_parse([{"days": [], "from": "13:00", "to": "09:00"}]))
    assert safe_moment([morning], FRIDAY_NOON, london(2026, 11, 20, 13), HOLIDAYS) == FRIDAY_NOON
    afternoon = SafeContact(windows=windows_parse([{"days": [], "from": "08:00", "to": "15:00"}]))
    assert safe_moment([afternoon], FRIDAY_NOON, DUE, HOLIDAYS) == london(2026, 11, 20, 15)


def test_no_office_hour_is_safe_only_where_every_one_is_closed():
    never = SafeContact(windows=windows_parse([OFFICE_DAYS]))
    assert safe_moment([never], FRIDAY_NOON, DUE, HOLIDAYS) is None
    assert safe_moment([never, SafeContact()], FRIDAY_NOON, DUE, HOLIDAYS) == FRIDAY_NOON


# --- Closing --------------------------------------------------------------------------------------------


def blocks(**changed):
    given_ = {
        "status": "open",
        "classification": "hate_incident",
        "band": "medium",
        "assessed_at": FRIDAY_NOON,
        "open_tasks": 0,
        "now": london(2026, 12, 4, 12),
        "holidays": HOLIDAYS,
    }
    return closing_blocks(**(given_ | changed))


def test_a_case_with_a_fresh_assessment_and_nothing_open_may_be_closed():
    assert blocks() == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"status": "new"}, "Confirm the triage"),
        ({"status": "closed"}, "cannot be closed"),
        ({"assessed_at": None}, "no risk assessment"),
        ({"now": london(2026, 12, 7, 9)}, "more than 10 working days old"),
        ({"band": "high"}, "high-risk case cannot be closed"),
        ({"open_tasks": 1}, "1 task is"),
        ({"open_tasks": 3}, "3 tasks are"),
    ],
)
def test_what_stands_against_closing(changed, said):
    found = blocks(**changed)
    assert len(found) == 1
    assert said in found[0]


@pytest.mark.parametrize("classification", ["asb", "out_of_area", "not_hate", "no_record"])
def test_what_does_not_count_as_hate_is_closed_without_an_assessment(classification):
    assert blocks(classification=classification, assessed_at=None, band="") == []
    assert blocks(classification=classification, now=london(2027, 1, 4, 9)) == []
    assert len(blocks(classification=classification, band="high")) == 1


@pytest.mark.parametrize(
    ("reason", "classification", "fits"),
    [
        ("R1", "hate_incident", True),
        ("R8", "hate_incident", False),
        ("R8", "not_hate", True),
        ("R9", "not_hate", False),
        ("R9", "no_record", True),
        ("R11", "hate_incident", False),
    ],
)
def test_a_reason_fits_the_classification(reason, classification, fits):
    assert (reason_error(reason, classification) == "") is fits
