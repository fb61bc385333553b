"""Decisions by two people, what follows from them, and their pages (docs/domain.md §1.4)."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, transaction

from agencies.models import Notice
from incidents.choices import CaseStatus, Level, ProposalState, TaskState
from incidents.choices.progress import ClosingReason
from incidents.models import Case, ClassificationProposal, SubjectReport
from incidents.rules.triage_routes import Route
from incidents.selectors.case_page import case_get
from incidents.selectors.triage import inbox, ways
from incidents.services.classification import (
    classification_refuse,
    classification_withdraw,
)
from incidents.services.task import task_create
from kernel.errors import ForbiddenError, RuleError, StaleError
from perpetrators.models import AllegedPerpetrator
from tests.cast import acting, agency, client_of, log_incident_as
from tests.incidents.casework import (
    assert_forbidden,
    assert_unknown_is_404,
    audited,
    case_of,
    clock_of,
    fresh,
    give,
    reclassify,
    text,
    victim_of,
)
from tests.incidents.classifying import NAMED, confirm, propose
from tests.incidents.moving import WHY
from victims.services import VictimData

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast):
    return case_of("alice", perpetrators=[NAMED])


def reports() -> int:
    return SubjectReport.objects.unscoped(reason=WHY).count()


def test_nothing_changes_until_a_second_person_confirms(case):
    propose(case, "not_hate")
    assert (fresh(case).classification, fresh(case).status) == ("undetermined", "new")
    told = Notice.objects.unscoped(reason=WHY).filter(kind="proposal").values_list("user__email", flat=True)
    assert "asha@police.example" in told
    assert "alice@police.example" not in told


def test_not_hate_closes_the_case_and_keeps_the_history(case):
    confirm(propose(case, "not_hate"))
    now = fresh(case)
    assert (now.classification, now.status) == ("not_hate", CaseStatus.CLOSED)
    assert now.closed_at is not None
    [change] = case.classification_changes.all()
    assert (change.before, change.after, change.reason) == ("undetermined", "not_hate", "A dispute about parking")
    assert clock_of(case, "K2").outcome == "met"
    assert {row.outcome for row in case.clocks.filter(kind__in=["K1", "K3", "K4"])} == {"not_applicable"}
    [event] = audited("classification.confirm")
    assert event.detail["proposed_by"] != event.actor_id


def test_a_decision_that_closes_withdraws_open_tasks_and_says_so_before(case, cast):
    give(case, "NNC", Level.CONTRIBUTE)
    with acting("alice") as actor:
        made = [
            task_create(actor=actor, case=fresh(case), title=title, agency=agency("NNC"), assignee=cast["bob"])
            for title in ("Fit a spyhole", "Ring the landlord")
        ]
    Notice.objects.unscoped(reason=WHY).all().delete()
    proposal = propose(case, "not_hate")
    page = text(client_of("asha").get(f"/cases/{case.ref}/classification/{proposal.uid}/"))
    assert "2 tasks are still open. They are withdrawn" in page
    confirm(proposal)
    for task in made:
        task.refresh_from_db()
        assert (task.state, task.outcome) == (TaskState.WITHDRAWN, "The case was closed: not hate.")
        assert task.closed_by == cast["asha"]
        told = Notice.objects.unscoped(reason=WHY).filter(text__startswith=task.ref)
        assert {one.user.email.partition("@")[0] for one in told} == {"bob", "alice"}
        assert told.count() == 2
    assert "Withdrawn" in text(client_of("bob").get(f"/tasks/{made[0].ref}/"))
    assert len(audited("task.withdraw")) == 2


def test_what_was_missed_stays_missed(case):
    late = clock_of(case, "K1")
    late.due_at = late.starts_at + dt.timedelta(seconds=1)
    late.save()
    confirm(propose(case, "not_hate"))
    late.refresh_from_db()
    assert (late.outcome, late.closed_at is not None) == ("", True)


def test_names_go_back_to_the_quarantine_when_it_is_not_hate(case):
    reclassify(case, "crime_suspected")
    log_incident_as("alice", case=fresh(case), perpetrators=[NAMED])
    assert reports() == 1
    confirm(propose(case, "not_hate"))
    assert reports() == 2
    assert not AllegedPerpetrator.objects.unscoped(reason=WHY).exclude(family_name="").exists()


def test_what_is_not_to_be_recorded_keeps_nothing_of_who_it_was(case):
    reclassify(case, "crime_suspected")
    log_incident_as("alice", case=fresh(case), perpetrators=[NAMED])
    confirm(propose(case, "no_record"))
    assert reports() == 0
    people = AllegedPerpetrator.objects.unscoped(reason=WHY)
    assert set(people.values_list("given_name", "family_name", "date_of_birth")) == {("", "", None)}
    assert people.filter(description="A tall man").exists()
    assert audited("quarantine.erase")
    assert case.ref not in text(client_of("alice").get("/cases/?q=Gant"))


def test_a_case_that_counts_no_more_makes_nobody_a_repeat_victim(case):
    again = case_of("alice", victims=[VictimData(ref=victim_of(case).ref)])
    assert fresh(again).repeat_victim
    confirm(propose(case, "not_hate"))
    assert not fresh(again).repeat_victim


def test_nobody_confirms_or_refuses_their_own(case):
    proposal = propose(case, "not_hate")
    with pytest.raises(ForbiddenError, match="Two people"):
        confirm(proposal, "alice")
    with acting("alice") as alice, pytest.raises(ForbiddenError, match="Two people"):
        classification_refuse(actor=alice, proposal=proposal, reason="No")
    assert fresh(case).classification == "undetermined"


@pytest.mark.parametrize("state", [ProposalState.CONFIRMED, ProposalState.REFUSED])
def test_the_database_does_not_take_it_either(case, cast, state):
    proposal = propose(case, "not_hate")
    rows = ClassificationProposal.objects.unscoped(reason=WHY).filter(pk=proposal.pk)
    for decider in (cast["alice"], None):
        with pytest.raises(IntegrityError, match="proposal_decided_by_another"), transaction.atomic():
            rows.update(state=state, decided_by=decider)
    with pytest.raises(IntegrityError, match="proposal_needs_two"), transaction.atomic():
        rows.update(to="hate_incident")


def test_a_refusal_has_a_reason_and_changes_nothing(case):
    proposal = propose(case, "not_hate")
    with acting("asha") as asha:
        with pytest.raises(RuleError, match="reason"):
            classification_refuse(actor=asha, proposal=proposal, reason=" ")
        refused = classification_refuse(actor=asha, proposal=proposal, reason="She was called names")
    assert refused.state == ProposalState.REFUSED
    assert fresh(case).classification == "undetermined"
    with pytest.raises(RuleError, match="decided already"):
        confirm(proposal)


def test_the_second_person_is_led_to_the_report_and_told_what_they_decided(case):
    proposal = propose(case, "not_hate")
    decide, asha = f"/cases/{case.ref}/classification/{proposal.uid}/", client_of("asha")
    page = asha.get(decide).content.decode()
    assert f'href="/cases/{case.ref}/#incidents"' in page
    assert "before you decide" in page
    assert "before you decide" not in text(client_of("alice").get(decide))
    sent = {"decision": "refuse", "reason": "She was called names", "version": fresh(case).version}
    assert "“Not hate” refused. Whoever proposed it is told" in text(asha.post(decide, sent, follow=True))


def test_who_proposed_it_takes_it_back_and_nobody_else(case):
    proposal = propose(case, "not_hate")
    with acting("asha") as asha, pytest.raises(ForbiddenError):
        classification_withdraw(actor=asha, proposal=proposal)
    with acting("alice") as alice:
        assert classification_withdraw(actor=alice, proposal=proposal).state == ProposalState.WITHDRAWN
    propose(case, "no_record")


def test_one_waits_at_a_time_and_one_that_expired_makes_way(case):
    first = propose(case, "not_hate")
    assert propose(case, "not_hate").pk == first.pk
    with pytest.raises(RuleError, match="waits"):
        propose(case, "no_record", "asha")
    rows = ClassificationProposal.objects.unscoped(reason=WHY).filter(pk=first.pk)
    rows.update(expires_at=first.at - dt.timedelta(days=1))
    with pytest.raises(RuleError, match="expired"):
        confirm(first)
    assert propose(case, "no_record", "asha").state == ProposalState.WAITING
    assert rows.get().state == ProposalState.EXPIRED


def test_one_that_expired_stands_in_nobodys_way(case):
    proposal = propose(case, "not_hate")
    with acting("asha") as asha:
        assert [row.proposed for row in inbox(actor=asha).rows] == [True]
        assert Route.NOT_HATE not in _open(asha, case)
    ClassificationProposal.objects.unscoped(reason=WHY).update(expires_at=proposal.at - dt.timedelta(days=1))
    with acting("asha") as asha:
        assert [row.proposed for row in inbox(actor=asha).rows] == [False]
        assert Route.NOT_HATE in _open(asha, case)
    assert "waits for a second person" not in text(client_of("asha").get(f"/cases/{case.ref}/"))


def _open(actor, case: Case) -> set[Route]:
    return {
        way.rule.route for way in ways(actor=actor, case=case_get(actor=actor, ref=case.ref), askable=True) if way.open
    }


def test_bad_input(case):
    for to in ("hate_incident", "nonsense", "crime_recorded"):
        with pytest.raises(RuleError) as refused:
            propose(case, to)
        assert refused.value.field == "to"
    with pytest.raises(StaleError):
        propose(case, "not_hate", version=0)
    proposal = propose(case, "not_hate")
    with pytest.raises(StaleError):
        confirm(proposal, version=0)
    give(case, "NNC", Level.MANAGE)
    with pytest.raises(ForbiddenError):
        propose(case, "no_record", "beth")


def test_proposals_are_for_the_lead_agencys_triagers(case):
    propose(case, "not_hate")
    give(case, "NNC", Level.MANAGE)
    for name, count in (("alice", 1), ("asha", 1), ("beth", 0), ("walt", 0)):
        with acting(name) as actor:
            assert ClassificationProposal.objects.visible_to(actor).count() == count, name


# --- Pages ------------------------------------------------------------------------------------------


def test_a_proposal_is_made_looked_at_and_confirmed(case, cast):
    alice, asha = client_of("alice"), client_of("asha")
    path = f"/cases/{case.ref}/classification/propose/"
    form = {"version": case.version, "to": "no_record", "reason": "A wrong number"}
    assert "Select what it is" in text(alice.post(path, {"version": case.version, "reason": "x"}))
    shown = text(alice.post(path, form | {"step": "check"}))
    assert "is erased at once" in shown
    assert not ClassificationProposal.objects.unscoped(reason=WHY).exists()
    assert alice.post(path, form | {"step": "save"}).status_code == 302
    proposal = ClassificationProposal.objects.unscoped(reason=WHY).get()
    decide = f"/cases/{case.ref}/classification/{proposal.uid}/"
    assert "waits for a second person" in text(asha.get(f"/cases/{case.ref}/"))
    assert "Take it back" in text(alice.get(decide))
    page = text(asha.get(decide))
    assert "A wrong number" in page
    assert "is erased at once" in page
    version = fresh(case).version
    assert asha.post(decide, {"version": version - 1, "decision": "confirm"}).status_code == 409
    assert asha.post(decide, {"version": version, "decision": "confirm"}).status_code == 302
    assert fresh(case).classification == "no_record"
    history = text(asha.get(f"/cases/{case.ref}/classification/"))
    assert "Not to be recorded" in history
    assert "A wrong number" in history


def test_who_may_open_the_pages(case, cast):
    proposal = propose(case, "not_hate")
    give(case, "NNC", Level.CONTRIBUTE)
    base = "/cases/{ref}/"
    for page in ("classification/", "classification/propose/", f"classification/{proposal.uid}/", "hate-factor/"):
        assert_unknown_is_404(base + page, case)
    for page in ("classification/propose/", "hate-factor/"):
        assert_forbidden(f"/cases/{case.ref}/{page}", "bob")
    assert client_of("bob").get(f"/cases/{case.ref}/classification/").status_code == 200
    assert client_of("bob").get(f"/cases/{case.ref}/classification/{proposal.uid}/").status_code == 404
    assert client_of("asha").get(f"/cases/{case.ref}/classification/{uuid.uuid4()}/").status_code == 404


def test_the_triage_shows_what_it_changes_before_it_saves(case, cast):
    reclassify(case, "crime_suspected")
    form = {
        "version": fresh(case).version,
        "priority": "P2",
        "classification": "hate_incident",
        "reason": "No offence after all",
        "lead_worker": cast["alice"].pk,
    }
    page = text(client_of("alice").post(f"/cases/{case.ref}/triage/", form | {"step": "check"}))
    assert "wait in quarantine for 20 working days" in page
    assert fresh(case).classification == "crime_suspected"
    assert client_of("alice").post(f"/cases/{case.ref}/triage/", form).status_code == 302
    assert fresh(case).classification == "hate_incident"


@pytest.mark.parametrize(("to", "reason"), [("not_hate", "R8"), ("no_record", "R9")])
def test_a_case_that_leaves_by_a_decision_is_closed_for_a_reason(case, to, reason):
    confirm(propose(case, to))
    [closure] = case.caseclosure_rows.all()
    now = fresh(case)
    assert (now.status, closure.reason, closure.closed_at) == (CaseStatus.CLOSED, reason, now.closed_at)
    assert closure.agency_id == case.lead_agency_id
    running = case.clocks.filter(met_at=None, closed_at=None)
    assert [row.kind for row in running] == ["K11"]
    assert closure.clock == running.get()
    page = text(client_of("alice").get(f"/cases/{case.ref}/"))
    assert f"Case closed: {ClosingReason(reason).label}" in page
    assert "still to be told" in page


def test_nobody_is_to_be_told_of_a_decision_where_nobody_can_be_reached(cast):
    case = case_of("alice", victims=[], reporter_kind="anonymous")
    confirm(propose(case, "not_hate"))
    [closure] = case.caseclosure_rows.all()
    assert (closure.clock.kind, closure.clock.outcome) == ("K11", "not_applicable")


def test_a_decision_that_keeps_the_case_open_closes_nothing(case):
    confirm(propose(case, "asb"))
    assert not case.caseclosure_rows.exists()
