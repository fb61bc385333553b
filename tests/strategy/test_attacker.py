"""The attacker finds what can be found: else the other tests would prove nothing."""

from __future__ import annotations

import pytest

from tests.strategy.attack import solved, sums


def test_one_hidden_count_follows_from_its_total():
    assert solved([sums("all", ["a", "b"])], {"all": 10, "a": 8, "b": None}) == {"b": 2}


def test_two_do_not():
    assert solved([sums("all", ["a", "b", "c"])], {"all": 10, "a": None, "b": None, "c": 4}) == {}


def test_overlapping_tables_give_a_count_away_together():
    shown = {"all": 10, "a": None, "b": None, "c": 4, "d": 6, "e": 2}
    lines = [sums("all", ["a", "b", "c"]), sums("d", ["a", "b"]), sums("e", ["a"])]
    assert solved(lines, shown) == {"a": 2, "b": 4}


def test_a_difference_of_sums():
    shown = {"x": 12, "y": 9, "a": None, "b": None, "c": None}
    assert solved([sums("x", ["a", "b", "c"]), sums("y", ["a", "b"])], shown) == {"c": 3}


def test_a_contradiction_is_noticed():
    with pytest.raises(AssertionError, match="contradict"):
        solved([sums("all", ["a"])], {"all": 3, "a": 4})
