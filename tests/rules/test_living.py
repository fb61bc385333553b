"""Who lives with whom, and for whom that is a danger."""

from __future__ import annotations

import pytest

from incidents.rules.living import ACCUSED, home_problems, homes, share_home_with_accused


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        ([], []),
        ([("a", "b")], [{"a", "b"}]),
        ([("a", "b"), ("c", "d")], [{"a", "b"}, {"c", "d"}]),
        ([("a", "b"), ("c", "d"), ("d", "a")], [{"a", "b", "c", "d"}]),
        ([("a", "b"), ("b", "a")], [{"a", "b"}]),
    ],
)
def test_whoever_lives_together_is_one_group(pairs, found):
    assert homes(pairs) == [frozenset(group) for group in found]


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        ([], set()),
        ([("victim", "child")], set()),
        ([("victim", ACCUSED)], {"victim"}),
        ([(ACCUSED, "victim")], {"victim"}),
        # The child lives with the victim, who lives with an alleged perpetrator.
        ([("child", "victim"), ("victim", ACCUSED)], {"child", "victim"}),
        ([("gran", "child"), ("child", "victim"), (ACCUSED, "victim"), ("x", "y")], {"gran", "child", "victim"}),
        # Two alleged perpetrators at two addresses join no homes.
        ([("a", ACCUSED), ("b", ACCUSED), ("c", "d")], {"a", "b"}),
        ([(ACCUSED, ACCUSED)], set()),
        # As it comes out of the database.
        ([["child", "victim"], ["victim", ACCUSED]], {"child", "victim"}),
    ],
)
def test_the_danger_goes_from_one_to_the_next(pairs, found):
    assert share_home_with_accused(pairs) == frozenset(found)


def test_a_letter_is_what_comes_to_the_door():
    assert home_problems("letter", shares_home=True)
    assert not home_problems("letter", shares_home=False)
    assert not any(home_problems(method, shares_home=True) for method in ("phone", "text", "email", "in_person"))
