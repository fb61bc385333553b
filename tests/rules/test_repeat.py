"""The repeat victim (docs/domain.md §9.3) and age on a day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.choices import Classification
from incidents.rules.repeat import IncidentDay, repeat_victim, under_18

LATEST = date(2026, 11, 20)


def earlier(days, incident="old", classification=Classification.HATE_INCIDENT):
    return IncidentDay(incident, LATEST - timedelta(days=days), classification)


NEW = earlier(0, "new")


@pytest.mark.parametrize(("days", "expected"), [(0, True), (1, True), (365, True), (366, False)])
def test_365_days_are_in_and_366_are_out(days, expected):
    assert repeat_victim([earlier(days), NEW]).is_repeat is expected


def test_one_incident_is_not_repeat_and_none_is_none():
    assert repeat_victim([NEW]).is_repeat is False
    assert repeat_victim([]).count == 0
    assert repeat_victim([]).last is None


def test_several_reports_of_one_incident_count_once():
    assert repeat_victim([NEW, NEW, earlier(0, "new")]).count == 1


@pytest.mark.parametrize("classification", [Classification.NOT_HATE, Classification.NO_RECORD])
def test_what_is_not_hate_does_not_count(classification):
    assert repeat_victim([earlier(3, "old", classification), NEW]).is_repeat is False


@pytest.mark.parametrize(
    "classification",
    [Classification.HATE_INCIDENT, Classification.UNDETERMINED, Classification.CRIME_RECORDED],
)
def test_crime_or_not_does_not_matter(classification):
    assert repeat_victim([earlier(3, "old", classification), NEW]).is_repeat is True


def test_the_window_ends_on_the_latest_incident():
    long_ago = [earlier(800, "a"), earlier(790, "b")]
    assert repeat_victim(long_ago).is_repeat
    found = repeat_victim([*long_ago, NEW])
    assert (found.count, found.first, found.last) == (1, LATEST, LATEST)


def test_the_span_of_what_counts_is_told():
    found = repeat_victim([earlier(400, "a"), earlier(365, "b"), earlier(2, "c"), NEW])
    assert (found.count, found.first, found.last) == (3, LATEST - timedelta(days=365), LATEST)


@given(st.lists(st.integers(min_value=0, max_value=1200), max_size=12))
def test_the_counted_span_is_never_longer_than_the_window(offsets):
    found = repeat_victim(earlier(days, number) for number, days in enumerate(offsets))
    assert found.count <= len(offsets)
    if found.count:
        assert (found.last - found.first).days <= 365
        assert found.count == sum(days - min(offsets) <= 365 for days in offsets)


@pytest.mark.parametrize(
    ("born", "on", "expected"),
    [
        (date(2008, 11, 21), LATEST, True),
        (date(2008, 11, 20), LATEST, False),
        (date(2008, 2, 29), date(2026, 2, 28), True),
        (date(2008, 2, 29), date(2026, 3, 1), False),
        (None, LATEST, False),
    ],
)
def test_under_eighteen_on_a_day(born, on, expected):
    assert under_18(born, on) is expected
