"""How long drafts are kept, and names in free text (docs/domain.md §1.4, §3.2)."""

from __future__ import annotations

from datetime import date

import pytest

from incidents.rules.drafts import erase_on, erase_warning
from incidents.rules.names import names_in_text

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
        ("", ["Darren"], ()),
    ],
)
def test_names_are_found_as_words(text, names, found):
    assert names_in_text(text, names) == found
