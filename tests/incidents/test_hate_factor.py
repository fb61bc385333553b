"""Hate factors that are found later, in what was anti-social behaviour or no hate, and cases opened again (docs/domain.md §1.4)."""

from __future__ import annotations

import pytest

from agencies.choices import Role
from agencies.models import Membership
from incidents.choices import CaseStatus, Level
from incidents.models import Case, Incident
from incidents.services.closing import case_reopen
from incidents.services.incident import StrandData
from kernel import clock
from kernel.errors import ForbiddenError, RuleError, StaleError
from tests.cast import acting, client_of, log_incident_as
from tests.incidents.casework import (
    audited,
    case_of,
    clock_of,
    fresh,
    give,
    reclassify,
    text,
    victim_of,
    victim_set,
)
from tests.incidents.classifying import NAMED, asb, confirm, find, propose
from tests.incidents.moving import WHY
from victims.services import VictimData

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast):
    return case_of("alice", perpetrators=[NAMED])


def test_a_hate_factor_opens_what_a_decision_closed_and_ends_its_closing(case):
    confirm(propose(case, "not_hate"))
    find(case, "alice")
    [closure] = case.caseclosure_rows.all()
    assert closure.reopened_at is not None
    assert closure.reopened_reason == "She said what they shouted"
    assert clock_of(case, "K11").outcome == "not_applicable"
    confirm(propose(case, "not_hate"))
    assert case.caseclosure_rows.count() == 2


# --- Opened again -----------------------------------------------------------------------------------


def open_again(case: Case, name: str = "alice") -> Case:
    with acting(name) as actor:
        return case_reopen(actor=actor, case=case, version=fresh(case).version, reason="She rang again")


@pytest.mark.parametrize("kind", ["not_hate", "no_record"])
def test_what_two_people_decided_one_alone_does_not_undo(case, kind):
    confirm(propose(case, kind))
    path = f"/cases/{case.ref}/"
    name = "amir"
    Membership.objects.filter(user__email="amir@police.example").update(roles=[Role.CASEWORKER])
    with pytest.raises(ForbiddenError, match="sorts reports"):
        open_again(case, name)
    client = client_of(name)
    assert client.get(f"{path}reopen/").status_code == 403
    # Whoever tells the victim of it still does.
    page = text(client.get(f"{path}closure/"))
    assert "Open the case again" not in page
    assert "outcome" in page
    open_again(case)
    with pytest.raises(RuleError, match="which hate factor"):
        reclassify(case, "hate_incident")
    page = text(client_of("alice").get(f"{path}triage/"))
    assert "Say first which hate factor was found" in page
    assert "A hate factor was found" in text(client_of("alice").get(path))
    assert not case.clocks.filter(kind="K3", closed_at=None, met_at=None).exists()
    find(case, "alice")
    assert fresh(case).classification == "hate_incident"
    running = case.clocks.filter(closed_at=None, met_at=None, kind__in=["K1", "K3", "K4", "K5"])
    assert running.count() == 4


def test_anti_social_behaviour_marked_out_of_the_county_by_mistake_is_set_back(cast):
    case = asb("alice")
    reclassify(case, "asb")
    reclassify(case, "out_of_area")
    with pytest.raises(RuleError, match="from the list"):
        reclassify(case, "hate_incident")
    assert 'value="asb"' in client_of("alice").get(f"/cases/{case.ref}/triage/").content.decode()
    reclassify(case, "asb")
    assert fresh(case).classification == "asb"
    hate = case_of("alice")
    reclassify(hate, "out_of_area")
    with pytest.raises(RuleError, match="from the list"):
        reclassify(hate, "asb")


def test_a_closed_case_of_anti_social_behaviour_is_said_to_be_closed(cast):
    case = asb("alice")
    Case.objects.unscoped(reason=WHY).filter(pk=case.pk).update(status="closed")
    page = text(client_of("alice").get(f"/cases/{case.ref}/hate-factor/"))
    assert "The case is not open." in page
    assert "not recorded as anti-social" not in page


def test_anti_social_behaviour_needs_no_characteristic_and_few_clocks(cast):
    case = asb(triage_answers={"weapon": True})
    assert (case.classification, case.strands) == ("asb", 0)
    assert sorted(case.clocks.values_list("kind", flat=True)) == ["K0", "K2"]
    [change] = case.classification_changes.all()
    assert (change.before, change.after) == ("undetermined", "asb")


def test_anti_social_behaviour_makes_nobody_a_repeat_victim(cast):
    first = asb()
    second = case_of("charlie", victims=[VictimData(ref=victim_of(first).ref)])
    assert not fresh(second).repeat_victim
    find(first)
    assert fresh(second).repeat_victim


def test_a_hate_factor_makes_it_a_hate_case_with_its_history(cast):
    case = asb()
    find(case)
    now = fresh(case)
    assert (now.classification, now.status, now.strands) == ("hate_incident", "open", 1)
    assert [c.after for c in case.classification_changes.order_by("pk")] == ["asb", "hate_incident"]
    incident = Incident.objects.unscoped(reason=WHY).get(case=case)
    assert incident.perceived_by == "victim"
    clocks = {row.kind: row for row in case.clocks.all()}
    assert {"K1", "K3", "K4", "K5"} <= clocks.keys()
    assert clocks["K3"].starts_at > incident.received_at
    assert clocks["K2"].starts_at == incident.received_at
    [event] = audited("case.hate_factor")
    assert "classification" in event.fields


def test_a_support_referral_is_due_from_when_the_factor_was_found(cast):
    case = asb()
    find(case)
    k5 = clock_of(case, "K5")
    assert (k5.outcome, k5.closed_at) == ("", None)
    assert k5.starts_at > Incident.objects.unscoped(reason=WHY).get(case=case).received_at


def test_no_referral_is_due_where_the_victim_wants_none(cast):
    case = asb()
    victim_set(case, wish_share_support="no")
    find(case)
    k5 = clock_of(case, "K5")
    assert (k5.due_at, k5.outcome) == (None, "not_applicable")


def test_a_decided_factor_starts_no_triage_decision(cast):
    case = asb()
    find(case)
    assert clock_of(case, "K2").starts_at == Incident.objects.unscoped(reason=WHY).get(case=case).received_at


def test_an_undecided_factor_makes_the_triage_decision_due_anew(cast):
    case = asb("alice")
    give(case, "NNC", Level.MANAGE)
    before = list(case.clocks.filter(kind="K2", met_at__isnull=False))
    case.clocks.filter(kind="K2").update(met_at=clock.now(), outcome="met", closed_at=clock.now())
    find(case, "bob", classification="")
    [first, again] = case.clocks.filter(kind="K2").order_by("starts_at")
    assert (first.outcome, again.outcome, again.closed_at) == ("met", "", None)
    assert again.due_at > again.starts_at > first.starts_at
    assert before == []
    decided = reclassify(case, "hate_incident")
    assert not decided.clocks.filter(kind="K2", met_at=None).exists()


def test_a_triage_decision_that_still_runs_is_not_started_twice(cast):
    case = asb("alice")
    give(case, "NNC", Level.MANAGE)
    find(case, "bob", classification="")
    assert case.clocks.filter(kind="K2").count() == 1


def test_raising_the_priority_counts_from_when_the_factor_was_found(cast):
    from incidents.services.case import case_update

    case = asb()
    find(case)
    with acting("charlie") as actor:
        case_update(actor=actor, case=case, version=fresh(case).version, changes={"priority": "P1"})
    k3 = clock_of(case, "K3")
    assert k3.level == "P1"
    assert k3.due_at > k3.starts_at


def test_who_does_not_triage_puts_it_in_front_of_those_who_do(cast):
    case = asb("alice")
    give(case, "NNC", Level.MANAGE)
    with pytest.raises(ForbiddenError):
        find(case, "bob")
    find(case, "bob", classification="")
    assert (fresh(case).classification, fresh(case).status) == ("undetermined", "triage")


def test_what_was_taken_for_not_hate_is_reopened_by_a_triager(case):
    confirm(propose(case, "not_hate"))
    find(case, "alice")
    now = fresh(case)
    assert (now.classification, now.status, now.closed_at) == ("hate_incident", CaseStatus.REOPENED, None)
    running = case.clocks.filter(kind="K3", closed_at=None, met_at=None)
    assert running.count() == 1


def test_two_people_turn_hate_into_anti_social_behaviour(case):
    confirm(propose(case, "asb"))
    now = fresh(case)
    assert (now.classification, now.status) == ("asb", "open")
    assert not case.clocks.filter(kind="K3", closed_at=None).exists()


def test_bad_input_of_a_hate_factor(case, cast):
    with pytest.raises(RuleError, match="neither as anti-social"):
        find(case, "alice")
    row = asb()
    for given, field in (
        ({"strands": []}, "strands"),
        ({"strands": [StrandData("XXX")]}, "strands"),
        ({"perceived_by": "nobody"}, "perceived_by"),
        ({"classification": "crime_recorded"}, "classification"),
        ({"reason": " "}, "reason"),
    ):
        with pytest.raises(RuleError) as refused:
            find(row, **given)
        assert refused.value.field == field
    with pytest.raises(StaleError):
        find(row, version=0)


def test_hate_is_not_logged_into_anti_social_behaviour_nor_the_other_way_about(case, cast):
    row = asb("alice")
    with pytest.raises(RuleError, match="hate factor"):
        log_incident_as("alice", case=row)
    with pytest.raises(RuleError, match="about hate"):
        log_incident_as("alice", case=fresh(case), strands=[], classification="asb")
    with pytest.raises(RuleError, match="characteristic"):
        case_of("alice", classification="asb")
    log_incident_as("alice", case=row, strands=[], classification="asb")


def test_the_page_shows_what_changes_before_it_saves(cast):
    case = asb()
    charlie, path = client_of("charlie"), f"/cases/{case.ref}/hate-factor/"
    assert path in charlie.get(f"/cases/{case.ref}/").content.decode()
    form = {
        "version": case.version,
        "strands": ["RAC"],
        "perceived_by": "victim",
        "classification": "hate_incident",
        "reason": "She told us",
    }
    assert "There is a problem" in text(charlie.post(path, {"version": case.version, "step": "save"}))
    page = text(charlie.post(path, form | {"step": "check"}))
    assert "start now" in page
    assert fresh(case).classification == "asb"
    assert charlie.post(path, form | {"step": "save"}).status_code == 302
    assert fresh(case).classification == "hate_incident"


def test_the_triage_of_anti_social_behaviour_offers_no_hate(cast):
    case = asb()
    page = client_of("charlie").get(f"/cases/{case.ref}/triage/").content.decode()
    assert 'value="asb"' in page
    assert 'value="hate_incident"' not in page
