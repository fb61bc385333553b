"""Facts that cannot be."""

from __future__ import annotations

import datetime as dt

import pytest

from kernel.plausible import birth_problem, contact_problem, crime_reference_problem, is_postcode_area, order_problem
from perpetrators.rules import age_problem, ages_said

TODAY = dt.date(2026, 11, 30)
NOON = dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)


def minutes(count: int) -> dt.timedelta:
    return dt.timedelta(minutes=count)


@pytest.mark.parametrize(
    ("born", "fits"),
    [
        (dt.date(2026, 11, 30), True),
        (dt.date(2026, 12, 1), False),
        (dt.date(1906, 11, 30), True),
        (dt.date(1906, 11, 29), False),
        (dt.date(1908, 2, 29), True),
        (dt.date(202, 1, 1), False),
    ],
)
def test_births(born, fits):
    assert (birth_problem(born, TODAY) == "") is fits


@pytest.mark.parametrize(
    ("outward", "real"), [("NN1", True), ("B1", True), ("ZZ1", False), ("Q1", False), ("1", False)]
)
def test_postcode_areas(outward, real):
    assert is_postcode_area(outward) is real


@pytest.mark.parametrize("words", ["26000123456", "NN/12345/26", "14-0601-26", "NR 4021 26", "CRI2600.1"])
def test_crime_references(words):
    assert crime_reference_problem(words) == ""


@pytest.mark.parametrize(
    "words", ["5", "asked", "n/a", "tbc 12", "???????", "26000_1", "see note 123", "O'Brien 2600"]
)
def test_what_is_no_crime_reference(words):
    assert "as the police gave it" in crime_reference_problem(words)


@pytest.mark.parametrize(("apart", "fits"), [(-600, True), (0, True), (5, True), (6, False)])
def test_what_happened_came_before_its_report(apart, fits):
    assert (order_problem(NOON + minutes(apart), NOON) == "") is fits
    assert contact_problem(NOON - minutes(apart), NOON) is not fits


@pytest.mark.parametrize(
    ("words", "ages"),
    [
        ("A man of about 40 who lives next door", [(40, 40)]),
        ("Aged 17, with a dog", [(17, 17)]),
        ("a 15-year-old boy", [(15, 15)]),
        ("he is 62 years old", [(62, 62)]),
        ("a woman in her 30s", [(30, 39)]),
        ("in their mid-50s", [(50, 59)]),
        ("about 6ft, stayed about 15 minutes at around 10 o'clock with about 12 others", []),
        ("about 10:30 by about 20 houses", []),
        ("lives at 40 Larch Walk", []),
        ("two men, one about 20, one about 60", [(20, 20), (60, 60)]),
    ],
)
def test_ages_in_words(words, ages):
    assert ages_said(words) == ages


@pytest.mark.parametrize(
    ("words", "age", "fits"),
    [
        ("about 40", 40, True),
        ("about 40", 30, True),
        ("about 40", 29, False),
        ("about 40", 51, False),
        ("in his 30s", 20, True),
        ("in his 30s", 60, False),
        ("tall", 12, True),
        ("one about 20, one about 60", 40, True),
    ],
)
def test_an_age_in_words_beside_a_date_of_birth(words, age, fits):
    assert (age_problem(words, dt.date(TODAY.year - age, 1, 1), TODAY) == "") is fits
    assert age_problem(words, None, TODAY) == ""
