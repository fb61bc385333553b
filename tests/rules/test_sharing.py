"""Wishes about sharing (docs/domain.md §6.7)."""

from __future__ import annotations

import datetime as dt

import pytest

from agencies.choices import AgencyType
from incidents.rules.emergency import review_due, review_step
from incidents.rules.sharing import (
    Wishes,
    consent_conflict,
    share_ends,
    share_last_day,
    share_too_long,
    share_until,
    sharing_error,
)
from victims.choices import Wish


@pytest.mark.parametrize(
    ("wishes", "refused"),
    [
        (Wishes(police="no"), {"POL"}),
        (Wishes(council="no"), {"LA", "CTU", "PAR"}),
        (Wishes(support="withdrawn"), {"VSS", "VCS"}),
        (Wishes(), set()),
        (Wishes("yes", "yes", "yes"), set()),
    ],
)
def test_a_refusal_concerns_its_kind_of_agency(wishes, refused):
    assert {kind.value for kind in AgencyType if sharing_error([wishes], kind)} == refused


@pytest.mark.parametrize(
    ("first", "months", "last"),
    [
        (dt.date(2026, 12, 4), 6, dt.date(2027, 6, 4)),
        (dt.date(2026, 8, 31), 6, dt.date(2027, 2, 28)),
        (dt.date(2027, 8, 31), 6, dt.date(2028, 2, 29)),
        (dt.date(2028, 2, 29), 12, dt.date(2029, 2, 28)),
        (dt.date(2026, 6, 30), 6, dt.date(2026, 12, 30)),
    ],
)
def test_the_last_day_of_a_share_is_that_day_of_a_later_month(first, months, last):
    assert share_last_day(first, months) == last


def test_a_share_ends_with_its_last_day_and_lasts_twelve_months_at_most():
    begins = dt.datetime(2026, 12, 4, 10, tzinfo=dt.UTC)
    assert share_until(begins, None) == dt.datetime(2027, 6, 4, 23, tzinfo=dt.UTC)
    year = share_ends(dt.date(2027, 12, 4))
    assert not share_too_long(begins, year)
    assert share_too_long(begins, year + dt.timedelta(seconds=1))


@pytest.mark.parametrize(
    ("now", "step"),
    [
        # Opened on Friday at 18:00, so that it counts from Monday, and is due on Wednesday at 17:00.
        ("2026-12-07T12:00", ""),
        ("2026-12-08T09:00", "soon"),
        ("2026-12-09T16:59", "soon"),
        ("2026-12-09T17:00", "late"),
        ("2026-12-11T16:59", "late"),
        ("2026-12-11T17:00", "escalated"),
    ],
)
def test_an_emergency_opening_is_reviewed_within_two_working_days(now, step):
    due = review_due(dt.datetime(2026, 12, 4, 18, tzinfo=dt.UTC), set())
    assert due == dt.datetime(2026, 12, 9, 17, tzinfo=dt.UTC)
    assert review_step(due, dt.datetime.fromisoformat(f"{now}+00:00"), set()) == step


def test_the_sentence_tells_a_refusal_from_a_change_of_mind():
    assert sharing_error([Wishes(police="no")], "POL").startswith("A victim in this case does not want it shared")
    assert sharing_error([Wishes(police="withdrawn")], "POL").startswith("A victim in this case no longer agrees")


def test_one_victims_refusal_counts_for_the_case():
    assert sharing_error([Wishes(police="yes"), Wishes(police="no")], "POL")
    assert sharing_error([], "POL") is None


def test_a_conflict_needs_a_newcomer_whom_a_victim_refuses():
    wishes = [Wishes(police="no"), Wishes()]
    assert consent_conflict(wishes, ["LA", "POL"])
    assert not consent_conflict(wishes, ["LA", "FIRE"])
    assert not consent_conflict(wishes, [])
    assert not consent_conflict(iter([Wishes()]), ["POL", "LA", "VSS"])


def test_every_wish_is_known():
    assert {wish.value for wish in Wish if wish.blocks} == {"no", "withdrawn"}
