"""Postcodes as hints for districts (docs/domain.md §5.2)."""

from __future__ import annotations

import pytest

from agencies.choices import Area, District
from agencies.geography import (
    area_of,
    districts_of,
    outward_of,
    postcode_hint,
    postcode_normalise,
    unitary_of,
)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("nn1 1aa", "NN1 1AA"),
        ("NN156PB", "NN15 6PB"),
        (" nn 29 7 ab ", "NN29 7AB"),
        ("NN15", None),
        ("hello", None),
        ("", None),
    ],
)
def test_postcodes_as_typed(typed, expected):
    assert postcode_normalise(typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"), [("NN1 1AA", "NN1"), ("nn11", "NN11"), ("NN111AA", "NN11"), ("N", None)]
)
def test_the_first_half(typed, expected):
    assert outward_of(typed) == expected


@pytest.mark.parametrize(
    ("outwards", "district"),
    [
        ("NN1 NN2 NN3 NN4 NN5", District.NORTHAMPTON),
        ("NN6 NN11", District.DAVENTRY),
        ("NN7 NN12 NN13", District.SOUTH_NORTHAMPTONSHIRE),
        ("NN8 NN29", District.WELLINGBOROUGH),
        ("NN10 PE8 PE9", District.EAST_NORTHAMPTONSHIRE),
        ("NN15 NN16", District.KETTERING),
        ("NN17 NN18", District.CORBY),
    ],
)
def test_the_likely_district(outwards, district):
    assert {postcode_hint(outward).district for outward in outwards.split()} == {district}


@pytest.mark.parametrize("outward", ["NN9", "NN14", "LE16", "OX17", "MK18", "MK19", "CV23", "MK44", "MK46"])
def test_split_postcodes_are_asked(outward):
    hint = postcode_hint(f"{outward} 1AA")
    assert hint.ask
    assert hint.district is None
    assert hint.caveat
    assert hint.sentence.startswith(f"{outward} may be in ")


def test_a_hint_says_how_far_to_trust_it():
    assert postcode_hint("NN4 5AB").sentence == (
        "NN4 is mostly in Northampton. Grange Park and the edge by Wootton are in South Northamptonshire."
    )


@pytest.mark.parametrize("typed", ["SW1A 1AA", "B1 1AA", "not a postcode"])
def test_postcodes_elsewhere_give_no_hint(typed):
    assert postcode_hint(typed) is None


def test_districts_areas_and_unitaries():
    assert area_of("E07000154") is Area.WEST
    assert unitary_of("E07000150") == "E06000061"
    assert [d.label for d in districts_of("west")] == ["Daventry", "Northampton", "South Northamptonshire"]
    with pytest.raises(ValueError, match="E07000999"):
        area_of("E07000999")
