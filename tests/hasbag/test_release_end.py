"""How long a release lasts, by both walls; and referrals."""

from __future__ import annotations

import datetime as dt

import pytest

from agencies.models import Agency
from hasbag import services
from hasbag.models import Referral
from incidents.models import Case, CaseGrant
from incidents.services.access import access_rebuild
from kernel import clock
from kernel.errors import ForbiddenError, RuleError
from kernel.working_days import LONDON, add_working_days
from tests.cast import acting
from tests.hasbag.builders import (
    HIGH,
    STANDARD,
    SYSTEM,
    WHY,
    case_of,
    choose,
    exclude,
    hold,
    items,
    meeting_chosen,
    meeting_of,
    proposals,
    readers,
    release,
    share,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast):
    return case_of("alice", HIGH)


@pytest.fixture
def meeting(case):
    return meeting_chosen()


# --- Until when ------------------------------------------------------------------------------------------------


def test_a_release_ends_twenty_working_days_after_the_sign_off(case, meeting):
    release("asha", meeting)
    hold(meeting)
    with acting("beth") as actor:
        signed = services.minutes_sign(actor=actor, meeting=meeting)
    assert services.release_ends_set(actor=SYSTEM, meeting_id=meeting.pk) == 4
    assert services.release_ends_set(actor=SYSTEM, meeting_id=meeting.pk) == 0
    ends = CaseGrant.objects.unscoped(reason=WHY).filter(content_object=case, source="meeting")
    (until,) = set(ends.values_list("until", flat=True))
    local = until.astimezone(LONDON)
    from incidents.services.clock import holidays_all

    day = add_working_days(signed.minutes_signed_at.astimezone(LONDON).date(), 20, holidays_all())
    assert (local.date(), local.time()) == (day, dt.time(17))
    assert readers(case, "beth", "vera") == {"beth": True, "vera": True}


def test_past_its_end_a_release_refuses_at_once_by_both_walls(case, meeting):
    release("asha", meeting)
    ends = CaseGrant.objects.unscoped(reason=WHY).filter(content_object=case, source="meeting")
    moment = clock.now_real()
    ends.update(starts_at=moment - dt.timedelta(days=2), until=moment + dt.timedelta(days=1))
    access_rebuild([case.pk])
    assert readers(case, "beth", "vera") == {"beth": True, "vera": True}
    # No job runs: only the grants are past their end now, and the envelope still knows nothing of it.
    ends.update(until=moment - dt.timedelta(seconds=1))
    Case.objects.unscoped(reason=WHY).filter(pk=case.pk).update(access_ends_at=moment - dt.timedelta(seconds=1))
    assert readers(case, "beth", "vera", "alice") == {"beth": False, "vera": False, "alice": True}


def test_the_sweep_ends_releases_whose_message_was_lost(case, meeting):
    from hasbag.services.sweep import sweep

    release("asha", meeting)
    hold(meeting)
    with acting("beth") as actor:
        services.minutes_sign(actor=actor, meeting=meeting)
    assert sweep()["release_ends_set"] == 1
    services.release_ends_set(actor=SYSTEM, meeting_id=meeting.pk)
    assert sweep()["release_ends_set"] == 0


def test_the_end_reaches_a_case_that_the_chair_may_not_see(case, meeting):
    release("asha", meeting)
    exclude(case, agency=Agency.objects.get(code="NNC"))
    hold(meeting)
    with acting("beth") as actor:
        services.minutes_sign(actor=actor, meeting=meeting)
    assert services.release_ends_set(actor=SYSTEM, meeting_id=meeting.pk) == 4


def test_after_the_sign_off_nothing_more_is_released(case, meeting):
    hold(meeting)
    with acting("beth") as actor:
        services.minutes_sign(actor=actor, meeting=meeting)
    with pytest.raises(RuleError, match="minutes are signed"):
        release("asha", meeting)


# --- Referral --------------------------------------------------------------------------------------------------


def test_a_referred_case_comes_before_the_next_meeting_with_its_reason(cast):
    from hasbag import tasks

    case = case_of("bob", STANDARD)
    later, sooner = meeting_of(days=40), meeting_of(days=20)
    choose(later), choose(sooner)
    with acting("beth") as actor:
        services.case_refer(actor=actor, case=case, area="north", reason="Three agencies work on it")
    tasks.area_choose("north")
    assert items(later) == []
    (item,) = items(sooner)
    assert (item.criteria, item.reason) == (["referred"], "Three agencies work on it")
    assert Referral.objects.unscoped(reason=WHY).get().meeting == sooner
    choose(later)
    assert items(later) == []


def test_a_referral_waits_for_a_meeting(cast):
    case = case_of("bob", STANDARD)
    with acting("beth") as actor:
        services.case_refer(actor=actor, case=case, area="north", reason="Please discuss")
        with pytest.raises(RuleError, match="waits for the next meeting"):
            services.case_refer(actor=actor, case=case, area="north", reason="Please discuss")
    meeting = meeting_of()
    choose(meeting)
    assert [item.case_id for item in items(meeting)] == [case.pk]


def test_a_referral_of_a_case_that_the_chair_may_not_see_asks_its_lead(cast):
    case = case_of("alice", STANDARD)
    meeting = meeting_of()
    with acting("asha") as actor:
        services.case_refer(actor=actor, case=case, area="north", reason="Please discuss")
    choose(meeting)
    assert (items(meeting), [p.reason for p in proposals(meeting)]) == ([], ["Please discuss"])


def test_only_the_lead_agencys_deciders_refer(cast):
    case = case_of("bob", STANDARD)
    share(case, "POL", "manage")
    for name in ("bob", "asha"):
        with acting(name) as actor, pytest.raises(ForbiddenError):
            services.case_refer(actor=actor, case=case, area="north", reason="Please discuss")


def test_a_case_is_referred_to_an_area_in_which_it_has_a_place(cast):
    case = case_of("bob", STANDARD)
    with acting("beth") as actor, pytest.raises(RuleError, match="no place in West") as caught:
        services.case_refer(actor=actor, case=case, area="west", reason="Please discuss")
    assert caught.value.field == "area"
