"""The lead agency's decision: release, refusal, release of a listed case, referral; and how long a release lasts."""

from __future__ import annotations

import datetime as dt

import pytest

from agencies.models import Agency
from hasbag import selectors, services
from hasbag.choices import ItemState, ProposalState
from incidents.models import Case, CaseGrant
from incidents.services.access import access_rebuild
from incidents.services.incident import StrandData
from kernel import clock
from kernel.errors import ForbiddenError, RuleError
from kernel.models import AuditEvent
from tests.cast import acting
from tests.hasbag.builders import (
    HIGH,
    WHY,
    case_of,
    choose,
    exclude,
    grants,
    items,
    meeting_chosen,
    meeting_of,
    proposals,
    readers,
    release,
    share,
    without_token,
)
from tests.incidents.casework import text
from victims.services import VictimData

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast):
    return case_of("alice", HIGH)


@pytest.fixture
def meeting(case):
    return meeting_chosen()


# --- Release ---------------------------------------------------------------------------------------------------


def test_a_release_opens_the_case_to_the_members_and_lists_it(case, meeting):
    release("asha", meeting)
    assert grants(case) == {"POL": "manage", "NNC": "view", "VSS": "view", "PROB": "view", "FIRE": "view"}
    assert [(item.case_id, item.criteria, item.state) for item in items(meeting)] == [(case.pk, ["high"], "listed")]
    assert readers(case, "beth", "vera", "petra", "frank") == dict.fromkeys(("beth", "vera", "petra", "frank"), True)
    assert readers(case, "walt", "charlie") == {"walt": False, "charlie": False}
    with acting("beth") as actor:
        assert [line.case_ref for line in selectors.meeting_page(actor, meeting.ref).agenda] == [case.ref]


def test_each_grant_carries_source_purpose_and_a_gateway_that_covers_its_agency(case, meeting):
    release("asha", meeting, purpose="Agree a safety plan")
    given = CaseGrant.objects.unscoped(reason=WHY).filter(content_object=case, source="meeting")
    assert {(g.source_ref, g.purpose, g.until) for g in given} == {(meeting.ref, "Agree a safety plan", None)}
    assert {g.agency.code: g.gateway for g in given} == {
        "NNC": "cda_s115",
        "PROB": "cda_s115",
        "FIRE": "cda_s115",
        "VSS": "dpa_sch1_p10",
    }
    assert AuditEvent.objects.filter(action="meeting.release", case_id=case.pk, operation="disclosure").count() == 1


def test_whoever_reads_the_case_already_keeps_what_they_have(case, meeting):
    share(case, "FIRE", "contribute")
    release("asha", meeting)
    assert grants(case)["FIRE"] == "contribute"
    assert CaseGrant.objects.unscoped(reason=WHY).filter(content_object=case, agency__code="FIRE").count() == 1


def test_a_grant_that_ends_sooner_does_not_stand_in_for_the_release(case, meeting):
    share(case, "FIRE", "contribute", until=clock.now_real() + dt.timedelta(days=1))
    release("asha", meeting)
    levels = CaseGrant.objects.unscoped(reason=WHY).filter(content_object=case, agency__code="FIRE")
    assert sorted(levels.values_list("level", "source")) == [("contribute", "share"), ("view", "meeting")]


def test_a_member_with_a_conflict_is_passed_over_without_a_word(case, meeting):
    exclude(case, agency=Agency.objects.get(code="FIRE"))
    with acting("asha") as actor:
        page = selectors.proposal_page(actor, proposals(meeting)[0].uid)
        assert "FIRE" not in [agency.code for agency in page.release.newcomers]
    release("asha", meeting)
    assert "FIRE" not in grants(case)
    assert readers(case, "frank", "beth") == {"frank": False, "beth": True}


def test_the_lead_agency_may_leave_a_member_out_but_not_the_chairs_agency(case, meeting):
    council, fire = Agency.objects.get(code="NNC"), Agency.objects.get(code="FIRE")
    with pytest.raises(RuleError, match="chair’s agency has to be able"):
        release("asha", meeting, agency_ids=[fire.pk])
    release("asha", meeting, agency_ids=[council.pk])
    assert grants(case) == {"POL": "manage", "NNC": "view"}


@pytest.mark.parametrize(("sub", "left_out"), [("irish-traveller", True), ("pakistani", False)])
def test_the_traveller_unit_is_left_out_of_a_travellers_case_unless_chosen(cast, sub, left_out):
    case = case_of("alice", HIGH, strands=[StrandData("RAC", sub)])
    meeting = meeting_chosen("NNC POL CTU")
    release("asha", meeting)
    assert ("CTU" not in grants(case)) is left_out


@pytest.mark.parametrize("wish", ["no", "withdrawn"])
def test_a_victims_wish_blocks_the_release(case, meeting, wish):
    victim = case.parties.get().victim
    victim.wish_share_support = wish
    victim.save()
    with pytest.raises(RuleError, match="victim support service") as caught:
        release("asha", meeting)
    assert caught.value.field == "agencies"
    assert (items(meeting), grants(case)) == ([], {"POL": "manage"})
    without = [a.pk for a in Agency.objects.filter(code__in=["NNC", "PROB", "FIRE"])]
    release("asha", meeting, agency_ids=without)
    assert "VSS" not in grants(case)


def test_a_wish_blocks_also_where_the_lead_agency_may_not_know_the_victim(cast):
    case = case_of("alice", HIGH, victims=[VictimData(given_name="Farida", wish_share_council="no")])
    probation = Agency.objects.get(code="PROB")
    share(case, "PROB", "manage")
    Case.objects.unscoped(reason=WHY).filter(pk=case.pk).update(lead_agency=probation)
    meeting = meeting_of(codes="NNC PROB POL")
    victim = case.parties.get().victim
    victim.wish_share_council = "yes"
    victim.save()
    choose(meeting)
    victim.wish_share_council = "no"
    victim.save()
    with pytest.raises(RuleError, match="local authority"):
        release("petra", meeting)


def test_section_115_does_not_cover_everybody(case, meeting):
    with pytest.raises(RuleError, match="Section 115 does not cover sharing with Voice"):
        release("asha", meeting, gateway_others="cda_s115")
    with pytest.raises(RuleError, match="legal gateway"):
        release("asha", meeting, gateway="because")


def test_a_closed_case_cannot_be_released(case, meeting):
    Case.objects.unscoped(reason=WHY).filter(pk=case.pk).update(status="closed")
    with pytest.raises(RuleError, match="is not open"):
        release("asha", meeting)


def test_only_the_lead_agencys_deciders_find_the_proposal(case, meeting):
    (proposal,) = proposals(meeting)
    for name in ("alice", "beth", "viola", "winnie"):
        with acting(name) as actor:
            assert selectors.proposals_waiting(actor) == [], name
            with pytest.raises(type(proposal).DoesNotExist):
                services.proposal_release(actor=actor, proposal=proposal)
    for name in ("asha", "donna", "marcus"):
        with acting(name) as actor:
            assert [p.uid for p in selectors.proposals_waiting(actor)] == [proposal.uid], name


def test_a_lead_agency_that_is_no_member_can_release(cast):
    case = case_of("charlie", HIGH)
    meeting = meeting_chosen("NNC POL")
    (proposal,) = proposals(meeting)
    with acting("cora") as actor:
        (asked,) = selectors.proposals_waiting(actor)
        assert (asked.case_ref, asked.meeting_ref) == (case.ref, meeting.ref)
        assert asked.uid == proposal.uid
        services.proposal_release(actor=actor, proposal=proposal)
        assert selectors.meetings_for_list(actor) == []
    assert grants(case) == {"RSL1": "manage", "NNC": "view", "POL": "view"}


def test_my_work_shows_the_nearest_and_leads_to_the_others(cast, client_for, monkeypatch):
    monkeypatch.setattr("hasbag.panels.SHOWN", 1)
    first = case_of("alice", HIGH)
    meeting = meeting_of()
    choose(meeting)
    page = text(client_for("asha").get("/"))
    assert f"Decide about {first.ref}" in page
    assert "There are more" not in page
    second = case_of("alice", HIGH)
    choose(meeting)
    page = text(client_for("asha").get("/"))
    assert [ref for ref in sorted((first.ref, second.ref)) if f"Decide about {ref}" in page] == [
        min(first.ref, second.ref)
    ]
    assert "There are more" in page
    with acting("asha") as actor:
        assert len(selectors.proposals_waiting(actor)) == 2


def test_a_released_case_decided_twice_stays_as_it_is(case, meeting):
    first = release("asha", meeting)
    assert release("asha", meeting).pk == first.pk
    with pytest.raises(RuleError, match="colleague has released"):
        release("donna", meeting)
    with acting("donna") as actor, pytest.raises(RuleError, match="released"):
        services.proposal_refuse(actor=actor, proposal=proposals(meeting)[0], reason="Too late")


def test_a_case_that_the_chair_took_off_meanwhile_stays_off(case, meeting):
    grant = share(case, "NNC")
    with acting("beth") as actor:
        item = services.item_add(actor=actor, meeting=meeting, case_ref=case.ref)
        services.item_remove(actor=actor, item=item, reason="Next month")
    CaseGrant.objects.unscoped(reason=WHY).filter(pk=grant.pk).update(ended_at=clock.now_real())
    access_rebuild([case.pk])
    release("asha", meeting)
    assert [(i.state, i.removed_reason) for i in items(meeting)] == [(ItemState.REMOVED, "Next month")]


def test_after_the_freeze_a_released_case_is_a_late_item(case, meeting):
    type(meeting).objects.unscoped(reason=WHY).filter(pk=meeting.pk).update(
        starts_at=clock.now() + dt.timedelta(days=2), created_at=clock.now() - dt.timedelta(days=20)
    )
    item = release("asha", meeting)
    assert (item.late, item.reason) == (True, "Released after the freeze.")


# --- Refusal ---------------------------------------------------------------------------------------------------


def test_a_refusal_stays_with_the_lead_agency(case, meeting, client_for):
    before = without_token(client_for("beth").get(f"/hasbag/{meeting.ref}/").content)
    with acting("asha") as actor:
        services.proposal_refuse(actor=actor, proposal=proposals(meeting)[0], reason="A live investigation")
        assert selectors.proposals_waiting(actor) == []
    (proposal,) = proposals(meeting)
    assert (proposal.state, proposal.reason) == (ProposalState.REFUSED, "A live investigation")
    assert (items(meeting), grants(case)) == ([], {"POL": "manage"})
    assert without_token(client_for("beth").get(f"/hasbag/{meeting.ref}/").content) == before
    choose(meeting)
    assert len(proposals(meeting)) == 1


def test_a_refusal_needs_a_reason(case, meeting):
    with acting("asha") as actor, pytest.raises(RuleError, match="Enter why") as caught:
        services.proposal_refuse(actor=actor, proposal=proposals(meeting)[0], reason="  ")
    assert caught.value.field == "reason"


# --- A case that is listed already -----------------------------------------------------------------------------


def test_the_lead_agency_opens_a_listed_case_to_all_members(cast):
    case = case_of("bob", HIGH)
    meeting = meeting_chosen()
    (item,) = items(meeting)
    with acting("vera") as actor:
        assert selectors.meeting_page(actor, meeting.ref).agenda == []
    with acting("niall") as actor:
        assert selectors.meeting_page(actor, meeting.ref).releasable == {item.uid}
        shown = selectors.release_page(actor, meeting, item.uid)
        services.item_release(actor=actor, item=shown.item)
    assert grants(case) == {"NNC": "manage", "POL": "view", "VSS": "view", "PROB": "view", "FIRE": "view"}
    with acting("vera") as actor:
        assert [line.number for line in selectors.meeting_page(actor, meeting.ref).agenda] == [1]


def test_nobody_else_opens_a_listed_case(case, meeting):
    share(case, "NNC", "manage")
    with acting("beth") as actor:
        item = services.item_add(actor=actor, meeting=meeting, case_ref=case.ref)
        assert selectors.meeting_page(actor, meeting.ref).releasable == frozenset()
        with pytest.raises(ForbiddenError):
            services.item_release(actor=actor, item=item)
