"""References: their form, and what a person may type instead of it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.references import PREFIXES, REFERENCE_PATTERN, SYMBOLS, reference_find, reference_make, reference_normalise

prefixes = st.sampled_from(sorted(PREFIXES))
years = st.integers(min_value=2000, max_value=2099)


@given(prefixes, years)
def test_every_new_reference_is_canonical(prefix, year):
    reference = reference_make(prefix, year)
    assert re.fullmatch(REFERENCE_PATTERN[prefix], reference)
    assert reference[3:5] == f"{year % 100:02d}"
    assert reference_normalise(reference) == reference


def test_the_symbols_leave_out_what_is_misread():
    assert len(SYMBOLS) == 32
    assert not set("ILOU") & set(SYMBOLS)


def test_references_are_not_sequential():
    assert len({reference_make("HC", 2026) for _ in range(200)}) == 200


def test_a_choice_that_is_passed_in_is_used():
    assert reference_make("HV", 2026, lambda symbols: symbols[7]) == "HV-26-777777"


def test_an_unknown_prefix_is_refused():
    with pytest.raises(KeyError):
        reference_make("XX", 2026)


@pytest.mark.parametrize(
    "typed",
    [
        "HC-26-7KQ4M2",
        "hc-26-7kq4m2",
        "  HC 26 7KQ4M2 ",
        "HC267KQ4M2",
        "HC–26–7KQ4M2",
        "hc_26/7kq4m2",
    ],
)
def test_what_a_person_types_becomes_canonical(typed):
    assert reference_normalise(typed) == "HC-26-7KQ4M2"


def test_misheard_symbols_are_read_as_digits_but_the_prefix_stays():
    assert reference_normalise("hi-26-OIL4M2") == "HI-26-0114M2"


@pytest.mark.parametrize(
    "typed",
    ["", "HC", "HC-26-7KQ4M", "HC-26-7KQ4M22", "HC-26-7KQ4U2", "ZZ-26-7KQ4M2", "HC-AB-7KQ4M2", "HC-26-7KQ4Mé"],
)
def test_what_is_no_reference_gives_none(typed):
    assert reference_normalise(typed) is None


def test_another_kind_is_refused_when_one_kind_is_asked_for():
    assert reference_normalise("HV-26-7KQ4M2", "HC") is None
    assert reference_normalise("HV-26-7KQ4M2", "HV") == "HV-26-7KQ4M2"


@given(prefixes, years, st.randoms(use_true_random=False))
def test_spelling_never_matters(prefix, year, chance):
    reference = reference_make(prefix, year)
    spelt = "".join(chance.choice([symbol.lower(), symbol]) for symbol in reference)
    spelt = spelt.replace("-", chance.choice(["", " ", "-", " - "]))
    assert reference_normalise(spelt) == reference


@given(st.text(max_size=40))
def test_any_text_is_a_canonical_reference_or_none(text):
    found = reference_normalise(text)
    assert found is None or re.fullmatch(REFERENCE_PATTERN[found[:2]], found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Task HT-26-7KQ4M2 in case HC-26-AAAAAA is due tomorrow.", "HT-26-7KQ4M2"),
        ("hc-26-7kq4m2", None),
        ("XHC-26-7KQ4M2", None),
        ("HC-26-7KQ4M2X", None),
        ("", None),
    ],
)
def test_the_first_reference_in_a_text(text, expected):
    assert reference_find(text) == expected
