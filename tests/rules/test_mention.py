"""Whom a text mentions."""

from __future__ import annotations

import pytest

from incidents.rules.mention import mentions_in

PEOPLE = {1: "Bob Wickens", 2: "Beth Oyelaran", 3: "Bob Wickens-Hale", 4: "Asha Raithatha"}


@pytest.mark.parametrize(
    ("text", "found", "unknown"),
    [
        ("@Bob Wickens, please look", {1}, ()),
        ("ask @Bob Wickens-Hale", {3}, ()),
        ("@beth could you", {2}, ()),
        ("@BETH OYELARAN and @Asha", {2, 4}, ()),
        ("(@Asha)", {4}, ()),
        ("@Bob", set(), ("Bob",)),
        ("@Zed and @Asha", {4}, ("Zed",)),
        ("write to bob@north.example", set(), ()),
        ("at @ noon", set(), ()),
        ("@Ashawonderful", set(), ("Ashawonderful",)),
        ("", set(), ()),
    ],
)
def test_names_after_an_at(text, found, unknown):
    assert mentions_in(text, PEOPLE) == (frozenset(found), unknown)
