"""Shares, texts and months of the figures (docs/domain.md §9.2, §9.5)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategy.rules import Share, count_text, month_parse, months_between, months_until, share


@pytest.mark.parametrize(("count", "text"), [(0, "0"), (12, "12"), (1234567, "1,234,567"), (None, "[c]")])
def test_counts_as_shown(count, text):
    assert count_text(count) == text


def test_a_share_has_its_counts_and_a_percentage():
    assert share(45, 60) == Share(45, 60, 75)
    assert share(45, 60).text == "45 of 60 (75 %)"


def test_no_percentage_below_twenty():
    assert share(10, 19).text == "10 of 19"
    assert share(10, 20).text == "10 of 20 (50 %)"


def test_small_parts_and_small_remainders_are_hidden():
    assert share(3, 60).text == "[c] of 60"
    assert share(57, 60).text == "[c] of 60"
    assert share(2, 3).text == "[c] of [c]"


def test_none_and_all_are_shown():
    assert share(0, 40).text == "0 of 40 (0 %)"
    assert share(40, 40).text == "40 of 40 (100 %)"
    assert share(0, 0).text == "0 of 0"


def test_a_part_larger_than_the_whole_is_refused():
    with pytest.raises(ValueError, match="no negative count"):
        share(5, 4)


@given(st.integers(0, 200), st.integers(0, 200))
def test_a_share_never_shows_a_small_count_or_gives_one_back(part, rest):
    found = share(part, part + rest)
    if found.part is not None and found.whole is not None:
        assert not any(0 < count < 5 for count in (found.part, found.whole - found.part))
    assert found.percent is None or part + rest >= 20


def test_months_over_a_new_year():
    assert months_between(date(2025, 11, 30), date(2026, 2, 1)) == (
        date(2025, 11, 1),
        date(2025, 12, 1),
        date(2026, 1, 1),
        date(2026, 2, 1),
    )
    assert months_between(date(2026, 2, 1), date(2026, 1, 1)) == ()


def test_twenty_four_months_until():
    months = months_until(date(2026, 11, 22))
    assert (len(months), months[0], months[-1]) == (24, date(2024, 12, 1), date(2026, 11, 1))


@pytest.mark.parametrize("text", ["2026-11", " 2026-11-22 "])
def test_months_as_written(text):
    assert month_parse(text) == date(2026, 11, 1)


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "November", "2026-11-31"])
def test_what_is_no_month_is_refused(text):
    with pytest.raises(ValueError, match="is not a month"):
        month_parse(text)
