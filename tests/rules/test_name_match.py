"""Finding a person by a name that was heard: case, accents, beginnings, small misspellings."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.rules.name_match import beginning_pattern, closeness, consonants, consonants_pattern, name_words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Zoë Smith-O’Brien", ["zoe", "smith", "obrien"]),
        ("ÅSA ØSTERGAARD", ["asa", "ostergaard"]),
        ("Łucja Weiß", ["lucja", "weiss"]),
        ("Нина Петрова", ["нина", "петрова"]),
        ("Al-Amin Mosque & Centre", ["al", "amin", "mosque", "centre"]),
        ("%_(['’", []),
    ],
)
def test_the_words_of_a_name(name, words):
    assert name_words(name) == words


@pytest.mark.parametrize(
    ("typed", "name", "found"),
    [
        ("mirza", "Farida Mirza", True),
        ("MIRZA farida", "Farida Mirza", True),
        ("mir", "Farida Mirza", True),
        ("merza", "Farida Mirza", True),
        ("mizra", "Farida Mirza", True),
        ("obrien", "Sean O’Brien", True),
        ("O'Brian", "Sean O’Brien", True),
        ("jones", "Ann Smith-Jones", True),
        ("mohamed", "Muhammad Ali", True),
        ("mirza amal", "Farida Mirza", False),
        ("irza", "Farida Mirza", True),
        ("rida", "Mo Khan", False),
        ("li", "Mo Lu", False),
        ("", "Farida Mirza", False),
    ],
)
def test_what_finds_whom(typed, name, found):
    assert bool(closeness(name_words(typed), name_words(name))) is found


def test_the_very_name_comes_before_a_beginning_and_a_misspelling():
    rated = [closeness(["mirza"], name_words(name)) for name in ("Mirza", "Mirzaei", "Merza")]
    assert rated == sorted(rated, reverse=True)
    assert len(set(rated)) == 3


@given(st.text(max_size=40))
def test_the_pattern_of_a_word_finds_the_name_it_stands_in(text):
    for word in name_words(text):
        plain = " ".join(name_words(text))
        assert re.search(beginning_pattern(word), plain)
        assert re.search(beginning_pattern(word, 1), f"Ann {word.upper()}") or word.upper().lower() != word


@pytest.mark.parametrize("name", ["Émile", "emile", "EMILE", "Ann Ëmile", "De-Émile", "O’Émile"])
def test_the_pattern_finds_a_name_with_accents(name):
    assert re.search(beginning_pattern("emile"), name)
    assert not re.search(beginning_pattern("mile"), name)


def test_the_pattern_of_consonants_finds_other_spellings():
    assert consonants("mohammed") == consonants("muhamad") == "mmd"
    for name in ("Muhammad Ali", "Ali Mühamed", "Al-Mohamed"):
        assert re.search(consonants_pattern("mohamed"), name)
    assert not re.search(consonants_pattern("mohamed"), "Ali Ahmed")
