"""Groups of fields on paper: a pack holds none but the names it may, whatever its reader has opened (docs/domain.md §5.4)."""

from __future__ import annotations

import pytest

from incidents.choices import FieldGroup
from incidents.services.case import lead_worker_assign
from incidents.services.fields import group_reveal
from tests.cast import acting
from tests.hasbag.builders import pack_words
from tests.hasbag.conftest import rich_case
from tests.incidents.casework import fresh, victim_of
from victims.services import sensitive_add

pytestmark = pytest.mark.django_db
SENSITIVE = {"trans_status": "Transcanary", "health": "Healthcanary", "immigration_status": "Immigrationcanary"}
NEVER = (
    "07700 900123",
    "farida@home.example",
    "14 Larch Walk",
    "NN16 8AB",
    "Bluebell",
    "Sister Laila",
    "Winifred Pollard",
    "01632 960111",
    *SENSITIVE.values(),
)


@pytest.fixture
def meeting(cast):
    """A meeting on a case with something in every group, of which the chair has opened all."""
    case, meeting = rich_case()
    with acting("bob") as bob:
        for group, words in SENSITIVE.items():
            sensitive_add(actor=bob, victim=victim_of(case), group=group, text=words)
        lead_worker_assign(actor=bob, case=case, version=fresh(case).version, worker=cast["beth"])
    with acting("beth") as beth:
        for group in FieldGroup:
            group_reveal(actor=beth, case=case, group=group, reason="To prepare the meeting")
    return meeting


def test_what_its_reader_has_opened_does_not_go_into_it(meeting):
    pack = pack_words("beth", meeting)
    assert [words for words in NEVER if words in pack] == []
    assert "Dwayne Hackforth" in pack
    assert "Reported by" not in pack
