"""Clocks: which of them start, when they are due, and how they stand (docs/domain.md §3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agencies.standards import STANDARDS
from incidents.choices import ClockKind, ClockState, ClockTone
from incidents.rules.clocks import (
    Attempt,
    attempts_complete_at,
    clock_plan,
    clock_state,
    clock_tone,
    clocks_changed,
    clocks_from_receipt,
    due_after_pause,
    escalation_times,
    review_clock,
    standard_in_force,
)
from kernel.bank_holidays import bank_holidays
from kernel.working_days import LONDON

HOLIDAYS = bank_holidays(range(2024, 2031))
FRIDAY_NOON = datetime(2026, 11, 20, 12, tzinfo=LONDON)


def london(year, month, day, hour=17, minute=0):
    return datetime(year, month, day, hour, minute, tzinfo=LONDON)


def due_of(priority, received=FRIDAY_NOON, **reachable):
    plans = clocks_from_receipt(priority, received, STANDARDS, HOLIDAYS, **reachable)
    return {plan.kind.value: plan.due_at for plan in plans}


# --- what starts ------------------------------------------------------------------------------------------------


def test_urgent_report_starts_five_clocks():
    assert due_of("P1") == {
        "K0": london(2026, 11, 21, 12),
        "K1": london(2026, 11, 23),
        "K2": london(2026, 11, 23),
        "K3": london(2026, 11, 23),
        "K4": london(2026, 11, 24),
    }


@pytest.mark.parametrize(
    ("priority", "contact", "assessment"),
    [("P2", london(2026, 11, 25), london(2026, 11, 27)), ("P3", london(2026, 11, 27), london(2026, 12, 1))],
)
def test_other_reports_have_no_duty_check_and_longer_limits(priority, contact, assessment):
    found = due_of(priority)
    assert list(found) == ["K1", "K2", "K3", "K4"]
    assert (found["K1"], found["K3"], found["K4"]) == (london(2026, 11, 23), contact, assessment)


def test_urgent_on_christmas_eve_after_hours():
    found = due_of("P1", london(2026, 12, 24, 18, 40))
    assert found["K0"] == london(2026, 12, 25, 18, 40)
    assert (found["K3"], found["K4"]) == (london(2026, 12, 30), london(2026, 12, 31))


def test_nobody_to_reach_leaves_acknowledgement_and_contact_not_applicable():
    found = due_of("P1", reporter_reachable=False, victim_reachable=False)
    assert found["K1"] is None
    assert found["K3"] is None
    assert found["K2"] == london(2026, 11, 23)
    assert found["K4"] == london(2026, 11, 24)


def test_a_silent_reporter_does_not_stop_contact_with_the_victim():
    found = due_of("P2", reporter_reachable=False)
    assert found["K1"] is None
    assert found["K3"] == london(2026, 11, 25)


@pytest.mark.parametrize(
    ("band", "due"),
    [("high", london(2026, 12, 4)), ("medium", london(2026, 12, 18)), ("standard", london(2027, 1, 20))],
)
def test_review_runs_from_the_assessment_by_its_band(band, due):
    plan = review_clock(band, FRIDAY_NOON, STANDARDS, HOLIDAYS)
    assert (plan.kind, plan.level, plan.due_at) == (ClockKind.K9, band, due)


def test_a_clock_keeps_the_version_in_force_on_the_day_it_starts():
    first = next(row for row in STANDARDS if (row.kind, row.level) == ("K3", "P3"))
    ended = replace(first, effective_to=date(2026, 11, 30))
    faster = replace(first, version="2027-1", amount=2, effective_from=date(2026, 12, 1))
    old = clock_plan(ClockKind.K3, "P3", FRIDAY_NOON, [ended, faster], HOLIDAYS)
    new = clock_plan(ClockKind.K3, "P3", london(2026, 12, 1, 9), [ended, faster], HOLIDAYS)
    assert (old.rule_version, old.due_at) == (first.version, london(2026, 11, 27))
    assert (new.rule_version, new.due_at) == ("2027-1", london(2026, 12, 3))


def test_without_a_standard_there_is_no_clock():
    assert clock_plan(ClockKind.K5, "P1", FRIDAY_NOON, STANDARDS, HOLIDAYS) is None
    assert standard_in_force(STANDARDS, "K3", "P1", date(2000, 1, 1)) is None


# --- a new priority ---------------------------------------------------------------------------------------------


def test_a_raised_priority_counts_from_receipt_and_may_be_overdue_at_once():
    current = due_of("P3")
    raised = clocks_changed(current, clocks_from_receipt("P1", FRIDAY_NOON, STANDARDS, HOLIDAYS))
    assert {plan.kind.value: plan.due_at for plan in raised} == {
        "K0": london(2026, 11, 21, 12),
        "K3": london(2026, 11, 23),
        "K4": london(2026, 11, 24),
    }


def test_a_lowered_priority_keeps_the_earlier_deadlines():
    assert clocks_changed(due_of("P1"), clocks_from_receipt("P3", FRIDAY_NOON, STANDARDS, HOLIDAYS)) == ()


# --- how it stands ----------------------------------------------------------------------------------------------

DUE = london(2026, 11, 23)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("now", "met_at", "expected"),
    [
        (DUE - SECOND, None, ClockState.RUNNING),
        (DUE, None, ClockState.MISSED),
        (DUE + SECOND, None, ClockState.MISSED),
        (DUE + SECOND, DUE, ClockState.MET),
        (DUE + SECOND, DUE - SECOND, ClockState.MET),
        (DUE + timedelta(days=3), DUE + SECOND, ClockState.MISSED),
    ],
)
def test_met_and_missed(now, met_at, expected):
    assert clock_state(DUE, now, met_at=met_at) is expected


def test_attempted_is_neither_met_nor_missed():
    later = DUE + timedelta(days=2)
    assert clock_state(DUE, later, attempted_at=DUE) is ClockState.ATTEMPTED
    assert clock_state(DUE, later, attempted_at=DUE + SECOND) is ClockState.MISSED
    assert clock_state(DUE, later, attempted_at=DUE, met_at=DUE) is ClockState.MET
    assert clock_state(DUE, later, attempted_at=DUE, met_at=DUE + SECOND) is ClockState.ATTEMPTED


def test_a_pause_is_an_exception_and_cannot_undo_a_miss():
    assert clock_state(DUE, DUE + timedelta(days=9), paused_at=DUE - SECOND) is ClockState.PAUSED
    assert clock_state(DUE, DUE + timedelta(days=9), paused_at=DUE) is ClockState.MISSED
    assert clock_state(DUE, DUE, paused_at=DUE - SECOND, met_at=DUE - SECOND) is ClockState.MET


def test_no_due_time_is_not_applicable():
    assert clock_state(None, DUE) is ClockState.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("state", "now", "finished", "expected"),
    [
        (ClockState.RUNNING, DUE - timedelta(hours=9), False, ClockTone.GREEN),
        (ClockState.RUNNING, DUE - timedelta(hours=3), False, ClockTone.AMBER),
        (ClockState.MISSED, DUE, False, ClockTone.RED),
        (ClockState.MISSED, DUE, True, None),
        (ClockState.MET, DUE, True, None),
        (ClockState.PAUSED, DUE, False, None),
        (ClockState.NOT_APPLICABLE, DUE, False, None),
    ],
)
def test_tones(state, now, finished, expected):
    assert clock_tone(state, DUE - timedelta(hours=3), now, finished=finished) is expected


def test_a_pause_moves_the_due_time_by_its_working_days():
    assert due_after_pause(DUE, london(2026, 11, 20, 10), london(2026, 11, 24, 9), HOLIDAYS) == london(2026, 11, 25)
    assert due_after_pause(DUE, london(2026, 11, 20, 10), london(2026, 11, 20, 15), HOLIDAYS) == DUE


def test_overdue_climbs_by_working_days():
    assert escalation_times(DUE, HOLIDAYS) == {
        "lead": DUE,
        "manager": london(2026, 11, 25),
        "chair": london(2026, 11, 30),
    }


# --- attempts ---------------------------------------------------------------------------------------------------


def attempts(*entries):
    return [Attempt(london(2026, 11, day, hour), method) for day, hour, method in entries]


def test_three_attempts_on_three_days_by_two_methods():
    made = attempts((23, 10, "phone"), (24, 10, "phone"), (25, 10, "text"))
    assert attempts_complete_at(made, FRIDAY_NOON) == london(2026, 11, 25, 10)


@pytest.mark.parametrize(
    "made",
    [
        attempts((23, 10, "phone"), (24, 10, "text")),
        attempts((23, 10, "phone"), (24, 10, "phone"), (25, 10, "phone")),
        attempts((23, 9, "phone"), (23, 12, "text"), (23, 16, "email"), (24, 9, "phone")),
        attempts((19, 10, "phone"), (23, 10, "phone"), (24, 10, "text")),
    ],
    ids=["two days", "one method", "two days, four attempts", "one before receipt"],
)
def test_too_few_attempts(made):
    assert attempts_complete_at(made, FRIDAY_NOON) is None


def test_an_attempt_in_the_minute_of_the_receipt_counts():
    made = attempts((20, 12, "phone"), (23, 10, "phone"), (24, 10, "text"))
    assert attempts_complete_at(made, FRIDAY_NOON.replace(second=40)) == london(2026, 11, 24, 10)


def test_the_second_method_may_come_last():
    made = attempts((23, 10, "phone"), (24, 10, "phone"), (25, 10, "phone"), (25, 11, "letter"))
    assert attempts_complete_at(made, FRIDAY_NOON) == london(2026, 11, 25, 11)


def test_days_are_london_days():
    made = [
        Attempt(datetime(2026, 7, 1, 22, 30, tzinfo=UTC), "phone"),
        Attempt(datetime(2026, 7, 1, 23, 30, tzinfo=UTC), "text"),
        Attempt(datetime(2026, 7, 3, 9, tzinfo=UTC), "phone"),
    ]
    assert attempts_complete_at(made, datetime(2026, 7, 1, tzinfo=UTC)) == made[-1].at


# --- always -----------------------------------------------------------------------------------------------------

moments = st.datetimes(datetime(2025, 1, 1), datetime(2029, 12, 1), timezones=st.just(UTC))


@given(moments, st.sampled_from(["P1", "P2", "P3"]))
def test_clocks_start_at_receipt_and_turn_amber_before_they_are_due(received, priority):
    for plan in clocks_from_receipt(priority, received, STANDARDS, HOLIDAYS):
        assert plan.starts_at == received
        assert received <= plan.amber_at < plan.due_at


@given(moments, st.timedeltas(timedelta(0), timedelta(days=60)), st.timedeltas(timedelta(0), timedelta(days=60)))
def test_time_alone_never_takes_a_miss_back(due, first, second):
    earlier, later = sorted((due - timedelta(days=30) + first, due - timedelta(days=30) + second))
    if clock_state(due, earlier) is ClockState.MISSED:
        assert clock_state(due, later) is ClockState.MISSED


@given(st.lists(st.tuples(moments, st.sampled_from(["phone", "text", "email"])), max_size=8), moments)
def test_the_order_in_which_attempts_are_written_never_matters(entries, start):
    made = [Attempt(at, method) for at, method in entries]
    assert attempts_complete_at(made, start) == attempts_complete_at(reversed(made), start)
