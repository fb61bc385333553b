"""Tasks: words that name no end, and the time unless somebody gives one."""

from __future__ import annotations

import datetime as dt

import pytest

from incidents.rules.task import due_default, next_working_day, vague
from kernel.bank_holidays import bank_holidays_named

HOLIDAYS = frozenset(bank_holidays_named(range(2026, 2028)))


@pytest.mark.parametrize(
    "title",
    [
        "Monitor",
        "monitor the situation",
        "Liaise with police",
        "Keep an eye on it",
        "Follow up",
        "Support the victim.",
    ],
)
def test_words_without_an_end_are_vague(title):
    assert vague(title)


@pytest.mark.parametrize(
    "title",
    [
        "Fit a spyhole and a door chain",
        "Monitor until 24 December",
        "Liaise with police about the CCTV and save the recording",
        "Visit",
        "",
        "…",
    ],
)
def test_words_with_an_end_a_measure_or_a_thing_are_not(title):
    assert not vague(title)


def test_due_at_the_close_of_the_fifth_working_day():
    thursday = dt.datetime(2026, 12, 24, 18, 40, tzinfo=dt.UTC)
    assert due_default(thursday, HOLIDAYS) == dt.datetime(2027, 1, 5, 17, tzinfo=dt.UTC)


def test_the_next_working_day_leaps_over_holidays():
    assert next_working_day(dt.date(2026, 12, 24), HOLIDAYS) == dt.date(2026, 12, 29)
