"""What another priority does to the time limits, in sentences (docs/domain.md §3.3)."""

from __future__ import annotations

import datetime as dt

import pytest

from incidents.choices import ClockKind
from incidents.rules.priority import LOWERED, NOTHING_MOVES, Moved, priority_effects

NOW = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)
SOON, LATER, PAST = NOW + dt.timedelta(days=3), NOW + dt.timedelta(days=7), NOW - dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("before", "after", "moved", "said"),
    [
        ("P3", "P1", [Moved(ClockKind.K3, LATER, SOON)], ["is due by 30 November 2026"]),
        ("P3", "P1", [Moved(ClockKind.K3, LATER, PAST)], ["It is overdue at once."]),
        ("P3", "P1", [Moved(ClockKind.K0, None, SOON)], ["starts, and is due by"]),
        ("P3", "P2", [Moved(ClockKind.K3, LATER, SOON)] * 2, ["is due by"]),
        ("P3", "P2", [], [NOTHING_MOVES]),
        ("P1", "P3", [], [LOWERED]),
    ],
)
def test_the_sentences(before, after, moved, said):
    found = priority_effects(before, after, moved, NOW)
    assert len(found) == len(said)
    for sentence, part in zip(found, said, strict=True):
        assert part in sentence
