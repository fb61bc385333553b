"""A case is held where a victim does not want a newcomer to know of it (docs/domain.md §6.3, §6.7)."""

from __future__ import annotations

import pytest

from agencies.models import Agency
from hasbag import selectors
from incidents.models import Case, Task
from tests.cast import acting
from tests.hasbag.builders import (
    HIGH,
    WHY,
    case_of,
    choose,
    exclude,
    freeze_of,
    items,
    meeting_of,
    share,
)
from victims.services import VictimData

pytestmark = pytest.mark.django_db


# --- Consent ---------------------------------------------------------------------------------------------------


def unwilling(**wishes: str) -> list[VictimData]:
    return [VictimData(given_name="Farida", family_name="Mirza", **wishes)]


@pytest.mark.parametrize(
    ("wishes", "held"),
    [
        ({"wish_share_council": "no"}, True),
        ({"wish_share_support": "withdrawn"}, True),
        ({"wish_share_council": "yes", "wish_share_support": "not_asked"}, False),
        ({"wish_share_police": "no"}, False),
    ],
)
def test_a_case_is_held_where_the_victim_does_not_want_a_newcomer_to_know(cast, wishes, held):
    case = case_of("alice", HIGH, victims=unwilling(**wishes))
    meeting = meeting_of(codes="NNC POL VSS")
    outcome = choose(meeting)
    assert (outcome.held, outcome.proposals, outcome.items) == ((1, 0, 0) if held else (0, 1, 0))
    tasks = Task.objects.unscoped(reason=WHY).filter(case=case, title__contains=meeting.ref)
    assert tasks.count() == (1 if held else 0)


def test_a_held_case_asks_its_lead_once_and_comes_when_the_wishes_allow_it(cast):
    case = case_of("bob", HIGH, victims=unwilling(wish_share_police="no"))
    Case.objects.unscoped(reason=WHY).filter(pk=case.pk).update(lead_worker=cast["bob"])
    meeting = meeting_of(codes="NNC POL")
    choose(meeting), choose(meeting)
    task = Task.objects.unscoped(reason=WHY).get(case=case, title__contains=meeting.ref)
    assert (task.agency.code, task.assignee, task.state) == ("NNC", cast["bob"], "accepted")
    assert task.due_at == freeze_of(meeting)
    with acting("beth") as actor:
        assert selectors.meeting_page(actor, meeting.ref).agenda == []
    victim = case.parties.get().victim
    victim.wish_share_police = "yes"
    victim.save()
    choose(meeting)
    assert [item.case_id for item in items(meeting)] == [case.pk]


def test_members_who_read_the_case_already_are_no_newcomers(cast):
    case = case_of("alice", HIGH, victims=unwilling(wish_share_council="no"))
    share(case, "NNC")
    meeting = meeting_of(codes="NNC POL")
    choose(meeting)
    assert [item.case_id for item in items(meeting)] == [case.pk]


def test_a_member_with_a_conflict_is_no_newcomer(cast):
    case = case_of("alice", HIGH, victims=unwilling(wish_share_support="no"))
    exclude(case, agency=Agency.objects.get(code="VSS"))
    meeting = meeting_of(codes="NNC POL VSS")
    assert choose(meeting).proposals == 1
