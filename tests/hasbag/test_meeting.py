"""Calling a meeting, its members and their answers, the chair's hand on the agenda, the sign-off."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from agencies.models import Agency
from hasbag import selectors, services
from hasbag.models import Meeting
from kernel import clock
from kernel.errors import ForbiddenError, RuleError
from kernel.models import AuditEvent
from tests.cast import acting
from tests.hasbag.builders import HIGH, WHY, case_of, choose, exclude, hold, items, meeting_of

pytestmark = pytest.mark.django_db


def codes(meeting: Meeting) -> list[str]:
    return sorted(Agency.objects.filter(pk__in=meeting.agency_ids).values_list("code", flat=True))


# --- Calling ---------------------------------------------------------------------------------------------------


def test_the_members_are_the_agencies_that_work_cases_in_the_area(cast):
    north, west = meeting_of(), meeting_of("wendy", area="west")
    both = ["CTU", "FIRE", "HLTH", "NREC", "OPCC", "POL", "PROB", "RSL1", "VSS", "YJS"]
    assert codes(north) == sorted([*both, "EDU1", "NNC"])
    assert codes(west) == sorted([*both, "TPRC1", "WNC"])
    assert north.attendances.count() == len(north.agency_ids)
    assert AuditEvent.objects.filter(action="meeting.create").count() == 2


def test_the_chair_chooses_the_members_and_cannot_leave_the_own_agency_out(cast):
    assert codes(meeting_of(codes="POL WNC")) == ["NNC", "POL", "WNC"]


@pytest.mark.parametrize(
    ("name", "values", "field"),
    [
        ("beth", {"area": "west"}, "area"),
        ("beth", {"area": "east"}, "area"),
        ("bob", {}, "area"),
        ("beth", {"starts_at": clock.now() - dt.timedelta(hours=1)}, "starts_at"),
        ("beth", {"venue": "x" * 201}, "venue"),
        ("beth", {"agency_ids": []}, "agencies"),
        ("beth", {"agency_ids": [999_999]}, "agencies"),
    ],
)
def test_what_a_meeting_cannot_be(cast, name, values, field):
    given = {"area": "north", "starts_at": clock.now() + dt.timedelta(days=9)} | values
    with acting(name) as actor, pytest.raises(RuleError) as caught:
        services.meeting_create(actor=actor, **given)
    assert caught.value.field == field


def test_a_researcher_or_governance_is_never_a_member(cast):
    with acting("beth") as actor, pytest.raises(RuleError, match="agencies that are offered"):
        services.meeting_create(
            actor=actor,
            area="north",
            starts_at=clock.now() + dt.timedelta(days=9),
            agency_ids=[Agency.objects.get(code="IPSCJ").pk],
        )


def test_a_double_click_calls_one_meeting(cast):
    token = uuid.uuid4()
    made = []
    for _ in range(2):
        with acting("beth") as actor:
            made.append(
                services.meeting_create(
                    actor=actor, area="north", starts_at=clock.now() + dt.timedelta(days=9), submission_id=token
                )
            )
    assert made[0].pk == made[1].pk


# --- Attendance ------------------------------------------------------------------------------------------------


def test_each_agency_answers_for_itself(cast):
    meeting = meeting_of()
    police, council = Agency.objects.get(code="POL"), Agency.objects.get(code="NNC")
    with acting("alice") as actor:
        services.attendance_set(
            actor=actor, meeting=meeting, agency_id=police.pk, state="attending", name="Asha Raithatha"
        )
        with pytest.raises(ForbiddenError):
            services.attendance_set(actor=actor, meeting=meeting, agency_id=council.pk, state="apologies")
        with pytest.raises(RuleError, match="Enter who will attend"):
            services.attendance_set(actor=actor, meeting=meeting, agency_id=police.pk, state="attending")
        with pytest.raises(RuleError, match="Choose whether"):
            services.attendance_set(actor=actor, meeting=meeting, agency_id=police.pk, state="invited", name="Asha")
        lines = {line.code: line for line in selectors.meeting_page(actor, meeting.ref).attendance}
    assert (lines["POL"].state, lines["POL"].name, lines["POL"].mine) == ("attending", "Asha Raithatha", True)
    assert (lines["NNC"].state, lines["NNC"].mine) == ("invited", False)


def test_an_agency_that_is_no_member_cannot_answer(cast):
    meeting = meeting_of(codes="POL")
    with acting("vera") as actor, pytest.raises(RuleError, match="not a member"):
        services.attendance_set(
            actor=actor, meeting=meeting, agency_id=Agency.objects.get(code="VSS").pk, state="apologies"
        )


# --- The chair's hand ------------------------------------------------------------------------------------------


def test_the_chair_adds_takes_off_and_puts_back(cast):
    case, meeting = case_of("bob"), meeting_of()
    with acting("beth") as actor:
        item = services.item_add(actor=actor, meeting=meeting, case_ref=case.ref.lower(), reason="Growing worry")
        assert (item.criteria, item.late, item.added_by_id) == (["chair"], False, actor.user_id)
        with pytest.raises(RuleError, match="on the agenda already"):
            services.item_add(actor=actor, meeting=meeting, case_ref=case.ref)
        with pytest.raises(RuleError, match="Enter why"):
            services.item_remove(actor=actor, item=item, reason=" ")
        services.item_remove(actor=actor, item=item, reason="Settled")
        page = selectors.meeting_page(actor, meeting.ref)
        assert (page.agenda, [line.removed_reason for line in page.removed]) == ([], ["Settled"])
        services.item_restore(actor=actor, item=selectors.item_get(actor, meeting, item.uid))
        (line,) = selectors.meeting_page(actor, meeting.ref).agenda
        assert line.why == ("Added by the chair.", "Growing worry")


def test_only_the_chair_has_a_hand_on_the_agenda(cast):
    case, meeting = case_of("bob", HIGH), meeting_of()
    choose(meeting)
    (item,) = items(meeting)
    for name in ("bob", "niall", "wendy", "asha"):
        with acting(name) as actor:
            for attempt in (
                lambda actor=actor: services.item_add(actor=actor, meeting=meeting, case_ref=case.ref),
                lambda actor=actor: services.item_remove(actor=actor, item=item, reason="No"),
                lambda actor=actor: services.minutes_sign(actor=actor, meeting=meeting),
            ):
                with pytest.raises(ForbiddenError):
                    attempt()


def test_a_case_that_the_chair_may_not_see_reads_like_one_that_is_not_there(cast):
    hidden, own, meeting = case_of("alice"), case_of("bob"), meeting_of()
    exclude(own, user=cast["beth"])
    said = set()
    for ref in (hidden.ref, own.ref, "HC-26-ZZZZZZ"):
        with acting("beth") as actor, pytest.raises(RuleError) as caught:
            services.item_add(actor=actor, meeting=meeting, case_ref=ref)
        said.add((caught.value.field, caught.value.message.replace(ref, "REF")))
    assert said == {("case", "There is no case REF that you may see. Check the reference.")}


@pytest.mark.parametrize(
    ("ref", "words"), [("", "Enter a case reference"), ("HM-26-7KQ4M2", "Enter a case reference")]
)
def test_what_is_not_a_reference(cast, ref, words):
    with acting("beth") as actor, pytest.raises(RuleError, match=words):
        services.item_add(actor=actor, meeting=meeting_of(), case_ref=ref)


def test_after_the_freeze_an_item_needs_a_reason(cast):
    case, meeting = case_of("bob"), meeting_of(days=2)
    Meeting.objects.unscoped(reason=WHY).filter(pk=meeting.pk).update(created_at=clock.now() - dt.timedelta(days=20))
    meeting.refresh_from_db()
    with acting("beth") as actor:
        assert selectors.meeting_page(actor, meeting.ref).frozen
        with pytest.raises(RuleError, match="agenda is frozen") as caught:
            services.item_add(actor=actor, meeting=meeting, case_ref=case.ref)
        assert caught.value.field == "reason"
        assert services.item_add(actor=actor, meeting=meeting, case_ref=case.ref, reason="Threats last night").late


def test_a_meeting_called_at_short_notice_has_no_late_items_on_that_day(cast):
    case, meeting = case_of("bob"), meeting_of(days=2)
    with acting("beth") as actor:
        assert not services.item_add(actor=actor, meeting=meeting, case_ref=case.ref).late


# --- The sign-off ----------------------------------------------------------------------------------------------


def test_minutes_are_signed_once_and_after_the_meeting(cast):
    meeting = meeting_of()
    with acting("beth") as actor, pytest.raises(RuleError, match="once the meeting has been held"):
        services.minutes_sign(actor=actor, meeting=meeting)
    hold(meeting)
    with acting("beth") as actor:
        assert selectors.meeting_page(actor, meeting.ref).may_sign
        signed = services.minutes_sign(actor=actor, meeting=meeting)
        assert signed.minutes_signed_by_id == actor.user_id
        with pytest.raises(RuleError, match="signed already"):
            services.minutes_sign(actor=actor, meeting=meeting)
        page = selectors.meeting_page(actor, meeting.ref)
        assert (page.may_sign, page.state, page.release_ends_at is not None) == (False, "Minutes signed", True)


def test_after_the_sign_off_nothing_of_the_meeting_changes(cast):
    case, other, meeting = case_of("bob"), case_of("bob"), meeting_of()
    with acting("beth") as actor:
        item = services.item_add(actor=actor, meeting=meeting, case_ref=case.ref)
    hold(meeting)
    with acting("beth") as actor:
        meeting = services.minutes_sign(actor=actor, meeting=meeting)
        item = selectors.item_get(actor, meeting, item.uid)
        for attempt in (
            lambda: services.item_add(actor=actor, meeting=meeting, case_ref=other.ref),
            lambda: services.item_remove(actor=actor, item=item, reason="No"),
            lambda: services.attendance_set(
                actor=actor, meeting=meeting, agency_id=actor.agency_ids[0], state="apologies"
            ),
        ):
            with pytest.raises(RuleError, match="minutes are signed"):
                attempt()


# --- The list --------------------------------------------------------------------------------------------------


def test_the_list_shows_meetings_to_come_past_and_ones_own(cast):
    soon, later, past = meeting_of(days=5), meeting_of(days=9), hold(meeting_of(days=1))
    west = meeting_of("wendy", area="west", days=7)
    with acting("beth") as actor:
        assert [row.ref for row in selectors.meetings_for_list(actor)] == [soon.ref, later.ref]
        assert [row.ref for row in selectors.meetings_for_list(actor, show="past")] == [past.ref]
        assert {row.ref for row in selectors.meetings_for_list(actor, show="mine")} == {soon.ref, later.ref, past.ref}
    with acting("alice") as actor:
        assert [row.ref for row in selectors.meetings_for_list(actor)] == [soon.ref, west.ref, later.ref]
        assert selectors.meetings_for_list(actor, show="mine") == []


def test_a_meetings_page_costs_the_same_whatever_its_length(cast, django_assert_max_num_queries):
    for _ in range(3):
        case_of("bob", HIGH)
    meeting = meeting_of()
    choose(meeting)
    with acting("beth") as actor, django_assert_max_num_queries(12):
        assert len(selectors.meeting_page(actor, meeting.ref).agenda) == 3
