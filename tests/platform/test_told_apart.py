"""The figure that says whether times tell what is hidden apart from what is not there."""

from __future__ import annotations

import random

from bench.pairs import _summary, auc, auc_within
from bench.targets import blind


def test_the_area_is_the_share_of_pairs_in_order():
    assert auc([2, 3], [0, 1]) == 1
    assert auc([0, 1], [2, 3]) == 0
    assert auc([1, 1], [1, 1]) == 0.5
    assert auc([1, 4], [2, 3]) == 0.5


def test_each_address_counts_by_itself():
    quick, slow = [(1.0, 2.0), (2.0, 1.0)], [(10.0, 20.0), (20.0, 10.0)]
    assert auc_within([quick, slow]) == 0.5


def test_no_difference_is_blind_and_a_small_one_is_not():
    dice = random.Random(1)  # noqa: S311
    same = [(dice.gauss(10, 1), dice.gauss(10, 1)) for _ in range(600)]
    apart = [(a + 0.4, b) for a, b in same]
    for pairs, expected in ((same, "met"), (apart, "missed")):
        found = _summary({"/": pairs}, dice)
        assert found["low"] <= found["auc"] <= found["high"]
        assert blind(found["auc"], found["low"], found["high"]) == expected
    assert blind(0.56, 0.49, 0.6) == "missed"
    assert blind(0.44, 0.4, 0.51) == "missed"
