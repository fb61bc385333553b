"""The system chooses the agenda, and the chair learns nothing of what the chair's agency may not see."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.models import Notice
from hasbag import selectors, services
from hasbag.choices import AgendaState, ItemState, ProposalState
from hasbag.models import AgendaItem, AgendaProposal, Meeting
from incidents.models import Case, CasePerson
from incidents.services.access import access_rebuild
from incidents.services.incident import StrandData
from kernel import clock
from tests.cast import acting
from tests.hasbag.builders import (
    HIGH,
    MEDIUM,
    STANDARD,
    WHY,
    assess_case,
    case_of,
    choose,
    exclude,
    hold,
    items,
    meeting_of,
    proposals,
    release,
    share,
    without_token,
)
from victims.services import VictimData

pytestmark = pytest.mark.django_db

NORTHAMPTON, CORBY = "E07000154", "E07000150"
CHILD = VictimData(given_name="Zofia", family_name="Wrona", date_of_birth=dt.date(2014, 5, 1))


def chosen(case: Case, area: str = "north", chair: str = "beth") -> list[str] | None:
    """The criteria under which the case came on the agenda of a meeting that its chair may see; None if it did not."""
    meeting = meeting_of(chair, area=area)
    choose(meeting)
    return next((item.criteria for item in items(meeting) if item.case_id == case.pk), None)


# --- §6.3, row by row ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "overrides", "criteria"),
    [
        pytest.param(HIGH, {}, ["high"], id="high"),
        pytest.param(HIGH, {"victims": [CHILD]}, ["high"], id="high, whoever the victim is"),
        pytest.param(MEDIUM, {}, None, id="medium alone"),
        pytest.param(MEDIUM, {"victims": [CHILD]}, ["medium_under_18"], id="medium and a child"),
        pytest.param({**MEDIUM, "D4": 2}, {}, ["medium_vulnerable"], id="medium and very vulnerable"),
        pytest.param({**MEDIUM, "D4": 1}, {}, None, id="medium and vulnerable"),
        pytest.param({**STANDARD, "E2": 2}, {}, ["tension"], id="clear tension"),
        pytest.param({**STANDARD, "E2": 1}, {}, None, id="some tension"),
        pytest.param({**STANDARD, "D4": 2}, {}, None, id="standard and very vulnerable"),
        pytest.param(None, {}, None, id="not assessed"),
    ],
)
def test_what_brings_a_case_on_the_agenda(cast, given, overrides, criteria):
    assert chosen(case_of("bob", given, **overrides)) == criteria


def test_medium_and_a_repeat_victim(cast):
    first = case_of("bob", MEDIUM)
    with acting("bob") as actor:
        victim = first.parties.get().victim
        assert actor.sees_victims
    second = case_of("bob", MEDIUM, victims=[VictimData(ref=victim.ref)])
    assert chosen(second) == ["medium_victim"]


def test_the_latest_assessment_counts(cast):
    case = case_of("bob", HIGH)
    assess_case("bob", case, STANDARD)
    assert chosen(case) is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"status": "closed"}, "closed"),
        ({"status": "merged"}, "merged"),
        ({"classification": "not_hate"}, "not hate"),
        ({"classification": "no_record"}, "not to be recorded"),
    ],
)
def test_what_never_comes_by_itself(cast, change, why):
    case = case_of("bob", HIGH)
    Case.objects.unscoped(reason=WHY).filter(pk=case.pk).update(**change)
    meeting = meeting_of()
    choose(meeting)
    assert (items(meeting), proposals(meeting)) == ([], []), why


def test_a_restricted_case_is_neither_listed_nor_proposed(cast):
    case = case_of("bob", HIGH)
    Case.objects.unscoped(reason=WHY).filter(pk=case.pk).update(tier="restricted")
    CasePerson.objects.create(
        case=case, user=cast["beth"], level="manage", rank=4, reason="Leads it", starts_at=clock.now_real()
    )
    access_rebuild([case.pk])
    meeting = meeting_of()
    choose(meeting)
    assert (items(meeting), proposals(meeting)) == ([], [])
    with acting("beth") as actor:
        services.item_add(actor=actor, meeting=meeting, case_ref=case.ref)
        (line,) = selectors.meeting_page(actor, meeting.ref).agenda
        assert line.section.label == "Closed part: named people only"
    with acting("bob") as actor:
        assert selectors.meeting_page(actor, meeting.ref).agenda == []


@pytest.mark.parametrize(
    ("incident", "home", "north"),
    [
        (CORBY, "", True),
        (NORTHAMPTON, "", False),
        (NORTHAMPTON, CORBY, True),
        (CORBY, NORTHAMPTON, True),
    ],
)
def test_a_case_belongs_to_the_area_of_the_incident_or_of_the_victims_home(cast, incident, home, north):
    victim = VictimData(given_name="Farida", family_name="Mirza", district=home)
    case = case_of("bob", HIGH, district=incident, victims=[victim])
    assert (chosen(case) is not None) is north


def test_a_second_incident_elsewhere_brings_the_case_into_that_area_too(cast):
    case = case_of("bob", HIGH, district=NORTHAMPTON)
    assert chosen(case) is None
    case_of("bob", None, district=CORBY, case=case)
    assert chosen(case) == ["high"]


# --- Once, and again -------------------------------------------------------------------------------------------


def test_choosing_again_adds_what_is_new_and_touches_nothing_else(cast):
    kept, dropped = case_of("bob", HIGH), case_of("bob", HIGH)
    refused = case_of("alice", HIGH)
    meeting = meeting_of()
    first = choose(meeting)
    assert (first.items, first.proposals, first.held) == (2, 1, 0)
    with acting("beth") as actor:
        item = selectors.item_get(actor, meeting, next(i.uid for i in items(meeting) if i.case_id == dropped.pk))
        services.item_remove(actor=actor, item=item, reason="Discussed last week")
    with acting("asha") as actor:
        services.proposal_refuse(actor=actor, proposal=proposals(meeting)[0], reason="A live investigation")
    share(refused, "NNC")
    new = case_of("bob", HIGH)
    again = choose(meeting)
    assert (again.items, again.proposals) == (1, 0)
    assert {(i.case_id, i.state) for i in items(meeting)} == {
        (kept.pk, ItemState.LISTED),
        (dropped.pk, ItemState.REMOVED),
        (new.pk, ItemState.LISTED),
    }
    assert [p.state for p in proposals(meeting)] == [ProposalState.REFUSED]


def test_a_proposal_falls_away_when_the_case_is_released_to_an_earlier_meeting(cast):
    case = case_of("alice", HIGH)
    sooner, later = meeting_of(days=20), meeting_of(days=50)
    choose(sooner), choose(later)
    with acting("asha") as actor:
        (asked,) = selectors.proposals_waiting(actor)
        assert asked.meeting_ref == sooner.ref
    release("asha", sooner)
    choose(later)
    assert (proposals(later), [item.case_id for item in items(later)]) == ([], [case.pk])


def test_the_number_of_queries_does_not_grow_with_the_number_of_cases(cast):
    def cost(days: int) -> int:
        meeting = meeting_of(days=days)
        with CaptureQueriesContext(connection) as queries:
            choose(meeting)
        return len(queries)

    case_of("bob", HIGH), case_of("alice", HIGH)
    few = cost(30)
    for _ in range(3):
        case_of("bob", HIGH), case_of("alice", HIGH)
    assert cost(29) == few


def test_a_meeting_waits_as_a_row_until_the_worker_chooses(cast):
    meeting = meeting_of()
    assert meeting.agenda_state == AgendaState.QUEUED
    choose(meeting)
    meeting.refresh_from_db()
    assert meeting.agenda_state == AgendaState.CHOSEN


def test_the_sweep_finds_what_was_missed(cast, monkeypatch):
    from hasbag import tasks
    from hasbag.services import sweep

    meeting = meeting_of()
    assert sweep.sweep() == {"agenda_choose": 1, "release_ends_set": 0, "pack_make": 0}
    tasks.agenda_choose(meeting.pk)
    assert sweep.sweep()["agenda_choose"] == 0
    Meeting.objects.unscoped(reason=WHY).filter(pk=meeting.pk).update(
        agenda_chosen_at=clock.now() - dt.timedelta(minutes=16)
    )
    assert sweep.sweep()["agenda_choose"] == 1


def test_after_the_freeze_the_system_adds_nothing_by_itself(cast):
    from hasbag.services import sweep

    meeting = meeting_of(days=2)
    choose(meeting)
    Meeting.objects.unscoped(reason=WHY).filter(pk=meeting.pk).update(
        agenda_chosen_at=clock.now() - dt.timedelta(hours=2)
    )
    assert sweep.sweep()["agenda_choose"] == 0


# --- What the chair does not learn -----------------------------------------------------------------------------


def test_before_the_release_the_chair_finds_no_trace(cast, client_for):
    seen, meeting, client = case_of("bob", HIGH), meeting_of(), client_for("beth")
    choose(meeting)
    before = [without_token(client.get(url).content) for url in ("/hasbag/", f"/hasbag/{meeting.ref}/")]
    secret = case_of("alice", HIGH, summary="Only the police know")
    choose(meeting)
    (proposal,) = proposals(meeting)
    assert proposal.case_id == secret.pk
    with acting("beth") as actor:
        page = selectors.meeting_page(actor, meeting.ref)
        assert [(line.number, line.case_ref) for line in page.agenda] == [(1, seen.ref)]
        assert selectors.proposals_waiting(actor) == []
        # The walls say the same of the bare tables.
        assert AgendaProposal.objects.unscoped(reason=WHY).count() == 0
        assert AgendaItem.objects.unscoped(reason=WHY).filter(meeting=meeting).count() == 1
        assert not Case.objects.unscoped(reason=WHY).filter(pk=secret.pk).exists()
    after = [without_token(client.get(url).content) for url in ("/hasbag/", f"/hasbag/{meeting.ref}/")]
    assert after == before
    absent = client.get("/hasbag/proposals/00000000-0000-4000-8000-000000000000/")
    present = client.get(f"/hasbag/proposals/{proposal.uid}/")
    assert (present.status_code, absent.status_code) == (404, 404)
    assert without_token(present.content) == without_token(absent.content)


def test_a_chair_with_a_conflict_sees_no_gap_in_the_numbers(cast):
    hidden, shown = case_of("bob", {**HIGH, "D1": 4}), case_of("bob", HIGH)
    exclude(hidden, user=cast["beth"])
    meeting = meeting_of()
    choose(meeting)
    with acting("beth") as actor:
        page = selectors.meeting_page(actor, meeting.ref)
        assert [(line.number, line.case_ref) for line in page.agenda] == [(1, shown.ref)]
    with acting("bob") as actor:
        page = selectors.meeting_page(actor, meeting.ref)
        assert [(line.number, line.case_ref) for line in page.agenda] == [(1, hidden.ref), (2, shown.ref)]


def test_an_agency_that_is_no_member_does_not_find_the_meeting(cast, client_for):
    meeting = meeting_of(codes="NNC POL")
    assert client_for("walt").get(f"/hasbag/{meeting.ref}/").status_code == 404
    assert meeting.ref not in client_for("walt").get("/hasbag/").content.decode()


def test_the_lead_agencys_points_of_contact_are_told_once(cast):
    case_of("alice", HIGH), case_of("alice", HIGH)
    meeting = meeting_of()
    choose(meeting), choose(meeting)
    told = Notice.objects.unscoped(reason=WHY).filter(kind="release").values_list("user__email", flat=True)
    assert sorted(told) == ["asha@police.example", "donna@police.example"]


@pytest.mark.parametrize("cases", [1, 2])
def test_who_is_kept_out_of_all_that_is_asked_for_is_not_told_of_it(cast, cases):
    hidden, *_ = [case_of("alice", HIGH) for _ in range(cases)]
    exclude(hidden, user=cast["donna"])
    choose(meeting_of())
    told = Notice.objects.unscoped(reason=WHY).filter(kind="release").values_list("user__email", flat=True)
    assert sorted(told) == ["asha@police.example", "donna@police.example"][:cases]


# --- Order -----------------------------------------------------------------------------------------------------


def test_new_high_cases_come_first_and_reviews_know_their_last_meeting(cast):
    review = case_of("bob", HIGH)
    earlier = meeting_of(days=3)
    choose(earlier)
    hold(earlier)
    high, tense = case_of("bob", HIGH), case_of("bob", {**STANDARD, "E2": 2}, strands=[StrandData("REL", "muslim")])
    assess_case("bob", review, STANDARD)
    assess_case("bob", review, HIGH)
    meeting = meeting_of(days=30)
    choose(meeting)
    with acting("beth") as actor:
        lines = selectors.meeting_page(actor, meeting.ref).agenda
    assert [line.case_ref for line in lines] == [high.ref, review.ref, tense.ref]
    assert [line.discussed_before for line in lines] == [False, True, False]
    assert lines[1].last_meeting_at == earlier.starts_at
    assert (lines[1].trend_text, lines[2].strands_short, lines[2].why) == (
        "rising",
        ("Religion",),
        ("Tension in the community.",),
    )
