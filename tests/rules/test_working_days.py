"""Working days: the worked values of docs/domain.md §3.2 and what must hold for every instant."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.bank_holidays import bank_holidays, bank_holidays_named
from kernel.working_days import (
    LONDON,
    add_hours,
    add_working_days,
    amber_at,
    amber_at_elapsed,
    close_of,
    deemed_date,
    due_at,
    is_working_day,
    working_days_between,
    working_instant,
    working_time,
)

HOLIDAYS = bank_holidays(range(2021, 2034))
NONE: frozenset[date] = frozenset()

days = st.dates(min_value=date(2022, 1, 3), max_value=date(2032, 11, 30))
instants = st.datetimes(
    min_value=datetime(2022, 1, 3), max_value=datetime(2032, 11, 30), timezones=st.sampled_from([UTC, LONDON])
)
limits = st.integers(min_value=0, max_value=40)


def london(year, month, day, hour=12, minute=0, second=0):
    return datetime(year, month, day, hour, minute, second, tzinfo=LONDON)


def due_local(received, n_wd):
    return due_at(received, n_wd, HOLIDAYS).astimezone(LONDON)


# --- the table of bank holidays ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2025, "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26"),
        (2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"),
        (2027, "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28"),
        (2028, "01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26"),
    ],
)
def test_bank_holidays_of_a_year(year, expected):
    assert {day.strftime("%m-%d") for day in bank_holidays([year])} == set(expected.split())


def test_one_off_bank_holidays_are_known():
    assert date(2022, 9, 19) in bank_holidays([2022])
    assert date(2023, 5, 8) in bank_holidays([2023])


def test_bank_holidays_have_names_that_say_what_is_a_substitute():
    named = bank_holidays_named([2026])
    assert named[date(2026, 12, 28)] == "Boxing Day (substitute day)"
    assert list(named) == sorted(named)


def test_an_added_one_off_holiday_counts():
    extra = HOLIDAYS | {date(2026, 11, 23)}
    assert due_at(london(2026, 11, 20), 1, extra) == close_of(date(2026, 11, 24))


# --- the worked values ------------------------------------------------------------------------------------------


def test_urgent_on_christmas_eve_after_hours():
    received = london(2026, 12, 24, 18, 40)
    assert deemed_date(received, HOLIDAYS) == date(2026, 12, 29)
    assert due_local(received, 1) == london(2026, 12, 30, 17)
    assert due_local(received, 2) == london(2026, 12, 31, 17)
    assert add_hours(received, 24).astimezone(LONDON) == london(2026, 12, 25, 18, 40)


def test_urgent_on_christmas_eve_one_minute_before_five():
    received = london(2026, 12, 24, 16, 59)
    assert deemed_date(received, HOLIDAYS) == date(2026, 12, 24)
    assert due_local(received, 1) == london(2026, 12, 29, 17)


def test_urgent_on_new_years_eve():
    assert due_local(london(2026, 12, 31, 16, 30), 1) == london(2027, 1, 4, 17)


def test_routine_at_five_exactly_before_easter():
    received = london(2027, 3, 25, 17, 0)
    assert deemed_date(received, HOLIDAYS) == date(2027, 3, 30)
    assert due_local(received, 5) == london(2027, 4, 6, 17)


def test_urgent_on_a_friday_noon():
    assert due_local(london(2026, 11, 20, 12, 0), 1) == london(2026, 11, 23, 17)


def test_one_second_before_five_is_the_same_day():
    assert deemed_date(london(2026, 11, 20, 16, 59, 59), HOLIDAYS) == date(2026, 11, 20)


def test_received_at_the_weekend_counts_from_monday():
    assert deemed_date(london(2026, 11, 21, 3), HOLIDAYS) == date(2026, 11, 23)
    assert deemed_date(london(2026, 11, 22, 23, 59), HOLIDAYS) == date(2026, 11, 23)


def test_the_local_date_decides_not_the_utc_date():
    half_past_midnight_in_summer = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    assert deemed_date(half_past_midnight_in_summer, HOLIDAYS) == date(2026, 7, 2)


def test_five_in_summer_is_four_utc():
    assert due_at(london(2026, 7, 1, 9), 1, HOLIDAYS) == datetime(2026, 7, 2, 16, tzinfo=UTC)
    assert due_at(london(2026, 12, 1, 9), 1, HOLIDAYS) == datetime(2026, 12, 2, 17, tzinfo=UTC)


def test_elapsed_hours_pass_over_the_clock_changes():
    spring = london(2027, 3, 27, 18)
    assert add_hours(spring, 24).astimezone(LONDON) == london(2027, 3, 28, 19)
    autumn = london(2026, 10, 24, 18)
    assert add_hours(autumn, 24).astimezone(LONDON) == london(2026, 10, 25, 17)


@pytest.mark.parametrize(
    "function", [lambda t: deemed_date(t, NONE), lambda t: due_at(t, 1, NONE), lambda t: add_hours(t, 1)]
)
def test_an_instant_needs_a_time_zone(function):
    with pytest.raises(ValueError, match="time zone"):
        function(datetime(2026, 11, 20, 12))


# --- counting ---------------------------------------------------------------------------------------------------


def test_working_days_forwards_and_backwards():
    assert add_working_days(date(2026, 12, 24), 1, HOLIDAYS) == date(2026, 12, 29)
    assert add_working_days(date(2026, 12, 29), -1, HOLIDAYS) == date(2026, 12, 24)
    assert add_working_days(date(2026, 12, 26), 0, HOLIDAYS) == date(2026, 12, 26)
    assert working_days_between(date(2026, 12, 24), date(2026, 12, 29), HOLIDAYS) == 1
    assert working_days_between(date(2026, 12, 29), date(2026, 12, 24), HOLIDAYS) == -1
    assert working_days_between(date(2026, 12, 24), date(2026, 12, 24), HOLIDAYS) == 0


# --- office hours and amber -------------------------------------------------------------------------------------


def test_office_hours_between_two_instants():
    assert working_time(london(2026, 11, 20, 12), london(2026, 11, 23, 17), HOLIDAYS) == timedelta(hours=13)
    assert working_time(london(2026, 11, 21, 9), london(2026, 11, 22, 17), HOLIDAYS) == timedelta()
    assert working_time(london(2026, 11, 23, 17), london(2026, 11, 20, 12), HOLIDAYS) == timedelta()


def test_one_working_day_turns_amber_at_three_quarters_of_its_office_hours():
    received = london(2026, 11, 20, 13)  # a Friday: four office hours then, eight on Monday
    due = due_at(received, 1, HOLIDAYS)
    assert amber_at(received, due, 1, HOLIDAYS) == london(2026, 11, 23, 14)


def test_three_working_days_turn_amber_with_one_left():
    received = london(2026, 11, 16, 9)  # Monday to Thursday 17:00: 32 office hours, three quarters on Thursday 9:00
    due = due_at(received, 3, HOLIDAYS)
    assert amber_at(received, due, 3, HOLIDAYS) == london(2026, 11, 18, 17)


def test_ten_working_days_turn_amber_at_three_quarters():
    received = london(2026, 11, 2, 9)  # Monday: 11 office days to Monday the 16th
    due = due_at(received, 10, HOLIDAYS)
    assert due == london(2026, 11, 16, 17)
    assert amber_at(received, due, 10, HOLIDAYS) == london(2026, 11, 12, 11)


def test_elapsed_hours_turn_amber_after_eighteen_of_twenty_four():
    received = london(2026, 12, 24, 18, 40)
    assert amber_at_elapsed(received, add_hours(received, 24)) == london(2026, 12, 25, 12, 40)


def test_without_office_hours_between_the_fraction_is_the_end():
    end = london(2026, 11, 22, 17)
    assert working_instant(london(2026, 11, 21, 9), end, 0.75, HOLIDAYS) == end


# --- what must hold always --------------------------------------------------------------------------------------


@given(instants, limits)
def test_due_is_always_five_o_clock_in_london_on_a_working_day(received, n_wd):
    local = due_local(received, n_wd)
    assert local.time() == time(17, 0)
    assert is_working_day(local.date(), HOLIDAYS)


@given(instants, limits)
def test_due_is_later_than_receipt(received, n_wd):
    assert due_at(received, n_wd, HOLIDAYS) > received


@given(instants, instants, limits)
def test_what_came_later_is_never_due_earlier(one, other, n_wd):
    first, second = sorted((one, other))
    assert due_at(first, n_wd, HOLIDAYS) <= due_at(second, n_wd, HOLIDAYS)


@given(instants, limits)
def test_one_more_working_day_is_always_later(received, n_wd):
    assert due_at(received, n_wd, HOLIDAYS) < due_at(received, n_wd + 1, HOLIDAYS)


@given(instants, limits)
def test_the_limit_is_the_number_of_working_days_after_the_deemed_date(received, n_wd):
    due_day = due_local(received, n_wd).date()
    assert working_days_between(deemed_date(received, HOLIDAYS), due_day, HOLIDAYS) == n_wd


@given(days, st.integers(min_value=-60, max_value=60))
def test_adding_and_counting_are_inverse(day, n):
    assert working_days_between(day, add_working_days(day, n, HOLIDAYS), HOLIDAYS) in ({n} if n >= 0 else {n, n + 1})


@given(instants)
def test_the_zone_in_which_an_instant_is_written_never_matters(received):
    assert due_at(received, 3, HOLIDAYS) == due_at(received.astimezone(UTC), 3, HOLIDAYS)


@given(instants, st.integers(min_value=1, max_value=40))
def test_amber_comes_after_receipt_and_before_due(received, n_wd):
    due = due_at(received, n_wd, HOLIDAYS)
    assert received <= amber_at(received, due, n_wd, HOLIDAYS) < due


@given(instants, st.floats(min_value=0, max_value=1), st.floats(min_value=0, max_value=1))
def test_a_larger_fraction_is_never_earlier(received, one, other):
    due = due_at(received, 3, HOLIDAYS)
    low, high = sorted((one, other))
    assert working_instant(received, due, low, HOLIDAYS) <= working_instant(received, due, high, HOLIDAYS)
