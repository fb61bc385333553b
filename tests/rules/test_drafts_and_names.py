"""How long drafts are kept, and names in free text (docs/domain.md §1.4, §3.2)."""

from __future__ import annotations

from datetime import date

import pytest

from incidents.rules.drafts import erase_on, erase_warning
from incidents.rules.names import is_ordinary, marks_in_text, names_in_text, person_naming, reported_naming

HOLIDAYS = frozenset({date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1)})


@pytest.mark.parametrize(
    ("edited", "erased"),
    [
        (date(2026, 11, 2), date(2026, 11, 30)),
        (date(2026, 11, 7), date(2026, 12, 4)),
        (date(2026, 12, 1), date(2026, 12, 31)),
        (date(2026, 12, 3), date(2027, 1, 5)),
    ],
)
def test_a_draft_goes_on_the_20th_working_day(edited, erased):
    assert erase_on(edited, HOLIDAYS) == erased


@pytest.mark.parametrize(
    ("today", "warned"),
    [
        (date(2026, 12, 23), False),
        (date(2026, 12, 24), True),
        (date(2026, 12, 27), True),
        (date(2026, 12, 31), True),
        (date(2027, 1, 4), True),
    ],
)
def test_three_working_days_before_there_is_a_warning(today, warned):
    assert erase_warning(date(2026, 12, 31), today, HOLIDAYS) is warned


@pytest.mark.parametrize(
    ("text", "names", "found"),
    [
        ("Darren Pike shouted", ["Darren", "Pike"], ("Darren", "Pike")),
        ("DARREN shouted", ["Darren"], ("Darren",)),
        ("It was pike's dog", ["Pike"], ()),
        ("It was Pike, again.", ["Pike"], ("Pike",)),
        ("Zoe from number 4", ["Zoë"], ("Zoë",)),
        ("O'Brien and O’Brien", ["O’Brien"], ("O’Brien",)),
        ("Anne-Marie was there", ["Anne-Marie"], ("Anne-Marie",)),
        ("The pikestaff", ["Pike"], ()),
        ("He did it with Al", ["Al", ""], ()),
        ("Kovács János", ["János Kovacs"], ("János", "Kovacs")),
        ("Vexley's dog, Vexley’s gate, the Vexleys", ["Vexley"], ("Vexley",)),
        ("all the Vexleys", ["Vexley"], ("Vexley",)),
        ("the Joneses", ["Jones"], ("Jones",)),
        ("‘vexley’ it said", ["Vexley"], ("Vexley",)),
        ("Vex\u00adley and so on", ["Vexley"], ("Vexley",)),
        ("Ve\u200bxl\u2060ey", ["Vexley"], ("Vexley",)),
        ("Vex-\nley was cut at the end of the line", ["Vexley"], ("Vexley",)),
        ("ＶＥＸＬＥＹ in wide letters", ["Vexley"], ("Vexley",)),
        ("a vex ley", ["Vexley"], ()),
        ("vexleyish", ["Vexley"], ()),
        ("OBrien and O Brien", ["O’Brien"], ("O’Brien",)),
        ("obriens", ["O'Brien"], ("O'Brien",)),
        ("Al Hamid; Alhamid; al‑Hamid", ["Al-Hamid"], ("Al-Hamid",)),
        ("Mr Jones came", ["Smith-Jones"], ("Jones",)),
        ("Anne Marie and Annemarie", ["Anne-Marie"], ("Anne-Marie",)),
        ("Łukasz, lukasz, Søren", ["Lukasz", "Soren"], ("Lukasz", "Soren")),
        ("Zoe\u0308 said", ["Zoë"], ("Zoë",)),
        ("a white van", ["van Dijk", "White"], ()),
        ("Mr White", ["White"], ("White",)),
        ("he will mark it", ["Will", "Mark"], ()),
        ("Will hit Mark", ["Will", "Mark"], ("Will", "Mark")),
        ("Van Dijk was there", ["van Dijk"], ("Dijk",)),
        ("विक्रम आया", ["विक्रम"], ("विक्रम",)),
        ("", ["Darren"], ()),
    ],
)
def test_names_are_found_as_words(text, names, found):
    assert names_in_text(text, names) == found


@pytest.mark.parametrize(
    ("text", "given", "family", "found"),
    [
        ("Xu Li rang", "Xu", "Li", ("Xu Li",)),
        ("Li Xu rang", "Xu", "Li", ("Li Xu",)),
        ("Li rang", "Xu", "Li", ()),
        ("Joan rang", "Jo", "An", ()),
        ("Darren Vexley", "Darren", "Vexley", ("Darren", "Vexley")),
        ("Vexley", "", "Vexley", ("Vexley",)),
    ],
)
def test_very_short_names_count_where_both_stand(text, given, family, found):
    assert person_naming(given, family).found_in(text) == found


@pytest.mark.parametrize(
    ("text", "marks", "found"),
    [
        ("posted by @vexley_88, again", ["vexley_88"], ("vexley_88",)),
        ("posted by Vexley_88", ["@vexley_88"], ("vexley_88",)),
        ("vexley_889", ["vexley_88"], ()),
        ("all over England", ["england"], ("england",)),
        ("the pikes in the pond", ["@pike"], ()),
        ("called Pike", ["@pike"], ("pike",)),
        ("by england", ["england"], ("england",)),
        (
            "see www.chirp.example/vexley_88/",
            ["https://chirp.example/vexley_88"],
            ("https://chirp.example/vexley_88",),
        ),
        ("see chirp.example/other", ["https://chirp.example/vexley_88"], ()),
        ("it is 12", ["12"], ()),
    ],
)
def test_user_names_and_addresses_are_found_whole(text, marks, found):
    assert marks_in_text(text, marks) == found


def test_what_waits_in_the_quarantine_is_a_person_or_an_account():
    person = reported_naming({"given_name": "Darren", "family_name": "Vexley", "date_of_birth": "1990-02-03"})
    assert person.found_in("Darren, born 1990-02-03") == ("Darren",)
    account = reported_naming({"handle": "vexley_88", "urls": ["https://chirp.example/p/1"], "place": "inside"})
    assert account.found_in("inside: vexley_88 on chirp.example/p/1") == ("vexley_88", "https://chirp.example/p/1")


def test_a_name_that_is_a_word_is_known_as_one():
    assert is_ordinary("Mark")
    assert is_ordinary("WHITE")
    assert not is_ordinary("Vexley")
