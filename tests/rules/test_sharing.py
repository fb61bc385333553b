"""Wishes about sharing (docs/domain.md §6.7)."""

from __future__ import annotations

import pytest

from agencies.choices import AgencyType
from incidents.rules.sharing import Wishes, consent_conflict, sharing_error
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
