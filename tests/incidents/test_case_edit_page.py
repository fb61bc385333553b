"""Changing a case: the edit page, two editors at once, and who leads it."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import connection

from agencies.models import Membership
from incidents.choices import Level
from incidents.models import CaseAccess, CaseExclusion
from incidents.services.access import access_rebuild
from incidents.services.case import lead_worker_assign
from kernel.errors import ForbiddenError, RuleError, StaleError
from kernel.models import History
from tests.cast import acting, agency, client_of
from tests.incidents.casework import (
    assert_forbidden,
    assert_methods,
    assert_unknown_is_404,
    audited,
    case_of,
    clock_of,
    fresh,
    give,
    text,
)
from tests.incidents.editing import edit, edit_data, triage, triage_data, update

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast):
    """A routine report an hour old."""
    return case_of("alice")


# --- Editing ----------------------------------------------------------------------------------------------


def test_an_edit_is_saved_shown_found_and_kept_in_history(case):
    page = client_of("alice").post(
        edit(case), edit_data(case, summary="Eggs at the window", status="open"), follow=True
    )
    assert "Case changed" in text(page)
    assert "Eggs at the window" in text(page)
    now = fresh(case)
    assert (now.summary, now.status, now.version) == ("Eggs at the window", "open", case.version + 1)
    with acting("alice") as actor:
        assert CaseAccess.objects.visible_to(actor).get().status == "open"
    assert case.ref in text(client_of("alice").get("/cases/?q=eggs&status=open"))
    [event] = audited("case.update")
    assert event.fields == ["status", "summary"]
    assert "Eggs" not in str(event.detail)
    row = History.objects.get(subject_type="incidents.case", field="summary")
    assert (row.old, row.new) == ("", "Eggs at the window")


def test_an_edit_that_changes_nothing_leaves_no_trace(case):
    assert client_of("alice").post(edit(case), edit_data(case)).status_code == 302
    assert fresh(case).version == case.version
    assert not audited("case.update")


def test_a_raised_priority_brings_the_clocks_forward_from_receipt(case):
    before = clock_of(case, "K3").due_at
    client_of("alice").post(edit(case), edit_data(case, priority="P1"))
    assert clock_of(case, "K3").due_at < before
    assert clock_of(case, "K0").due_at == case.received_at + dt.timedelta(hours=24)


def test_lowering_from_urgent_needs_a_reason_and_leaves_the_deadlines(cast):
    case = case_of("alice", triage_answers={"danger_now": True})
    due = clock_of(case, "K3").due_at
    page = client_of("alice").post(edit(case), edit_data(case, priority="P3"))
    assert page.status_code == 200
    assert "Enter a reason for lowering the priority from P1" in text(page)
    client_of("alice").post(edit(case), edit_data(case, priority="P3", priority_reason="The caller mixed up two days"))
    assert fresh(case).priority == "P3"
    assert clock_of(case, "K3").due_at == due
    assert audited("case.update")[0].reason == "The caller mixed up two days"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"summary": "s" * 301}, "Summary must be 300 characters or fewer"),
        ({"summary": "s" * 1_000_000}, "Summary must be 300 characters or fewer"),
        ({"summary": "a\x00b"}, "Summary had hidden characters"),
        ({"summary": "a\u202eb"}, "Summary had hidden characters"),
        ({"priority": "P0"}, "choose one of the options shown"),
        ({"status": "closed"}, "choose one of the options shown"),
        ({"status": "monitoring"}, "choose one of the options shown"),
        ({"status": ""}, "Select status"),
    ],
)
def test_bad_input_is_refused_beside_its_field(case, values, said):
    page = client_of("alice").post(edit(case), edit_data(case, **values))
    assert page.status_code == 200
    assert said in text(page)
    assert fresh(case).version == case.version


@pytest.mark.parametrize("status", ["closed", "merged", "reopened", "new", "lost"])
def test_the_service_lets_nobody_put_a_case_there_by_hand(case, status):
    update(case, status="open")
    with pytest.raises(RuleError) as refused:
        update(case, status=status)
    assert refused.value.field == "status"


def test_the_steps_of_a_case_are_kept(case):
    with pytest.raises(RuleError, match="cannot become"):
        update(case, status="monitoring")
    update(case, status="open")
    update(case, status="on_hold")
    update(case, status="monitoring")
    assert fresh(case).status == "monitoring"


def test_unknown_fields_are_refused(case):
    with pytest.raises(RuleError, match="classification"):
        update(case, classification="hate_incident")


def test_a_closed_case_is_not_changed(case):
    case.status = "closed"
    case.save(update_fields=["status"])
    assert_forbidden(edit(case), "alice", **edit_data(case))
    with pytest.raises(RuleError, match="closed"):
        update(case, summary="No")


# --- Two editors ------------------------------------------------------------------------------------------


def test_the_second_editor_is_shown_both_versions_and_loses_nothing(case):
    started = edit_data(case)
    client_of("asha").post(edit(case), edit_data(case, summary="Asha’s summary", status="open"))
    page = client_of("alice").post(edit(case), started | {"summary": "Alice’s summary", "priority": "P1"})
    assert page.status_code == 409
    said = text(page)
    assert "Somebody else changed this case while you were working on it" in said
    assert "Asha’s summary" in said
    assert page.content.decode().count("Alice’s summary") == 2
    assert fresh(case).summary == "Asha’s summary"
    again = started | {
        "version": fresh(case).version,
        "summary": "Alice’s summary",
        "priority": "P1",
        "status": "open",
    }
    assert f'name="version" value="{fresh(case).version}"' in page.content.decode()
    assert client_of("alice").post(edit(case), again).status_code == 302
    now = fresh(case)
    assert (now.summary, now.priority, now.status) == ("Alice’s summary", "P1", "open")


def test_the_service_says_what_stands_now(case):
    update(case, summary="First")
    with pytest.raises(StaleError) as stale:
        update(case, version=case.version, summary="Second")
    assert stale.value.current.summary == "First"
    assert fresh(case).summary == "First"


@pytest.mark.django_db(transaction=True)
def test_two_saves_at_the_same_moment_are_one_and_one_refusal(cast):
    case = case_of("alice")
    results: list[str] = []
    barrier = threading.Barrier(2)

    def save(name: str) -> None:
        try:
            barrier.wait(10)
            update(case, name, version=case.version, summary=f"By {name}")
            results.append("saved")
        except StaleError:
            results.append("stale")
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=(name,)) for name in ("alice", "asha")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(results) == ["saved", "stale"]
    assert fresh(case).version == case.version + 1


@pytest.mark.parametrize("version", ["", "nonsense", "-1", "99999999999999"])
def test_a_page_without_its_version_saves_nothing(case, version):
    page = client_of("alice").post(edit(case), edit_data(case, summary="New", version=version))
    assert page.status_code in (200, 409)
    assert fresh(case).summary == ""


# --- The lead worker ----------------------------------------------------------------------------------------


def lead(case) -> str:
    return f"/cases/{case.ref}/lead-worker/"


def test_a_lead_worker_is_chosen_and_taken_off(case, cast):
    client = client_of("alice")
    data = {"version": case.version, "lead_worker": cast["amir"].pk}
    assert "Amir Qureshi" in text(client.post(lead(case), data, follow=True))
    assert fresh(case).lead_worker_id == cast["amir"].pk
    assert clock_of(case, "K2").met_at is None
    client.post(lead(case), {"version": fresh(case).version, "lead_worker": ""})
    assert fresh(case).lead_worker is None


def test_k2_waits_for_the_triage_and_the_lead_worker_alike(case, cast):
    with acting("alice") as actor:
        lead_worker_assign(actor=actor, case=case, version=case.version, worker=cast["amir"])
    assert clock_of(case, "K2").met_at is None
    client_of("alice").post(triage(case), triage_data(case, cast["amir"]))
    assert clock_of(case, "K2").outcome == "met"


@pytest.mark.parametrize("who", ["bob", "ada"])
def test_only_people_who_work_cases_there_can_lead(case, cast, who):
    page = client_of("alice").post(lead(case), {"version": case.version, "lead_worker": cast[who].pk})
    assert "choose one of the options shown" in text(page)
    with acting("alice") as actor, pytest.raises(RuleError) as refused:
        lead_worker_assign(actor=actor, case=case, version=case.version, worker=cast[who])
    assert refused.value.field == "lead_worker"


def test_somebody_with_a_conflict_of_interest_is_not_offered(case, cast):
    CaseExclusion(case=case, user=cast["amir"], reason="A neighbour").save()
    access_rebuild([case.pk])
    assert "Amir Qureshi" not in client_of("alice").get(lead(case)).content.decode()


def test_a_leaver_is_not_offered(case, cast):
    Membership.objects.filter(user=cast["amir"]).update(is_active=False)
    assert "Amir Qureshi" not in client_of("alice").get(lead(case)).content.decode()


def test_a_stale_choice_is_shown_again(case, cast):
    update(case, "asha", lead_worker=cast["donna"])
    page = client_of("alice").post(lead(case), {"version": case.version, "lead_worker": cast["amir"].pk})
    assert page.status_code == 409
    assert "Lead worker: Donna Pickering" in text(page)
    assert fresh(case).lead_worker_id == cast["donna"].pk


# --- Shapes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tail", ["edit/", "triage/", "lead-worker/"])
def test_shapes(case, tail):
    give(case, "NNC", Level.CONTRIBUTE)
    assert_unknown_is_404(f"/cases/{{ref}}/{tail}", case)
    assert_forbidden(f"/cases/{case.ref}/{tail}", "bob", version=case.version)
    assert_methods(f"/cases/{case.ref}/{tail}", "alice")


def test_who_reads_but_does_not_manage_cannot_change(case):
    give(case, "NNC", Level.CONTRIBUTE)
    with pytest.raises(ForbiddenError):
        update(case, "bob", summary="No")


def test_an_agency_that_manages_edits_too(case):
    give(case, "NNC", Level.MANAGE)
    update(case, "bob", summary="From the council")
    assert fresh(case).summary == "From the council"
    assert agency("NNC").pk != fresh(case).lead_agency_id
