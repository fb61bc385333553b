"""Safe contact: windows in London time, and ways that were not agreed (docs/domain.md §10.4)."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.rules.safe_contact import SafeContact, Window, contact_problems, windows_parse
from kernel.working_days import LONDON

WORK_HOURS = Window(time(9), time(17), frozenset({0, 1}))
NIGHT = Window(time(22), time(7), frozenset({4}))


def at(day, hour, minute=0):
    """A day of the week that begins on Monday 16 November 2026."""
    return datetime(2026, 11, 16 + day, hour, minute, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("moment", "inside"),
    [(at(0, 9), True), (at(1, 16, 59), True), (at(0, 17), False), (at(0, 8, 59), False), (at(2, 12), False)],
)
def test_a_window_of_the_day(moment, inside):
    assert WORK_HOURS.covers(moment) is inside


@pytest.mark.parametrize(
    ("moment", "inside"),
    [(at(4, 22), True), (at(5, 6, 59), True), (at(5, 7), False), (at(4, 3), False), (at(5, 22), False)],
)
def test_a_window_over_midnight_belongs_to_the_day_it_starts_on(moment, inside):
    assert NIGHT.covers(moment) is inside


def test_sunday_night_reaches_into_monday():
    assert Window(time(22), time(7), frozenset({6})).covers(at(7, 1))


def test_equal_times_are_the_whole_day():
    whole = Window(time(0), time(0), frozenset({3}))
    assert whole.covers(at(3, 0))
    assert whole.covers(at(3, 23, 59))
    assert not whole.covers(at(4, 0))


def test_windows_are_london_times_also_in_summer():
    evening = Window(time(18), time(19))
    assert evening.covers(datetime(2026, 7, 1, 17, 30, tzinfo=UTC))
    assert not evening.covers(datetime(2026, 7, 1, 18, 30, tzinfo=UTC))


def test_windows_as_stored():
    rows = [{"days": ["0", "1"], "from": "09:00", "to": "17:00"}, {"days": [], "from": "18:00", "to": "23:59"}]
    assert windows_parse(rows) == (WORK_HOURS, Window(time(18), time(0)))
    assert windows_parse(rows)[1].covers(at(2, 23, 59) + timedelta(seconds=30))
    assert windows_parse([]) == ()


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"days": [], "from": "nine", "to": "17:00"}, "“nine” is not a time"),
        ({"days": [], "from": "09:00"}, "“” is not a time"),
        ({"days": ["8"], "from": "09:00", "to": "10:00"}, "“8” is not a day of the week"),
    ],
)
def test_windows_that_are_none_are_refused(row, sentence):
    with pytest.raises(ValueError, match=sentence):
        windows_parse([row])


@pytest.mark.parametrize(
    ("window", "label"),
    [
        (WORK_HOURS, "Monday and Tuesday, 9am to 5pm"),
        (NIGHT, "Friday, 10pm to 7am"),
        (Window(time(0), time(0)), "Every day, all day"),
    ],
)
def test_windows_in_words(window, label):
    assert window.label == label


def test_inside_a_window_is_a_problem():
    safe = SafeContact(windows=(WORK_HOURS, NIGHT))
    assert contact_problems(safe, at(0, 10), "phone") == (
        "The victim asked not to be contacted: Monday and Tuesday, 9am to 5pm.",
    )
    assert contact_problems(safe, at(2, 10), "phone") == ()


def test_a_way_that_was_not_agreed_is_a_problem():
    safe = SafeContact(channels=frozenset({"text", "email"}))
    assert contact_problems(safe, at(2, 10), "phone") == (
        "The victim did not agree to contact by phone call. Safe ways: text message, email.",
    )
    assert contact_problems(safe, at(2, 10), "text") == ()


def test_letters_may_be_unsafe_though_nothing_else_is():
    refused = ("The victim said that letters are not safe.",)
    assert contact_problems(SafeContact(letters_safe="no"), at(2, 10), "letter") == refused
    assert contact_problems(SafeContact(frozenset({"text"}), letters_safe="no"), at(2, 10), "letter") == refused
    assert contact_problems(SafeContact(letters_safe="no"), at(2, 10), "phone") == ()


def test_nothing_said_rules_nothing_out():
    assert contact_problems(SafeContact(), at(2, 3), "letter") == ()


def test_both_problems_are_told():
    safe = SafeContact(frozenset({"text"}), (WORK_HOURS,))
    assert len(contact_problems(safe, at(0, 10), "phone")) == 2


clock_times = st.times().map(lambda t: t.replace(second=0, microsecond=0))
moments = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))


@given(clock_times, clock_times, moments)
def test_a_window_and_its_complement_cover_every_moment_once(starts, ends, moment):
    if starts != ends:
        assert Window(starts, ends).covers(moment) is not Window(ends, starts).covers(moment)
