"""A report that came from another agency, and what was asked about it: each side reads how it stands (docs/domain.md §10.2)."""

from __future__ import annotations

import pytest

from incidents.choices import Level
from incidents.models import Case, Task
from incidents.services.task import task_accept, task_complete, task_decline, task_start
from incidents.services.transfer import lead_transfer
from incidents.services.triage import report_ask_back
from tests.cast import acting, agency, client_of
from tests.incidents.casework import case_of, fresh, give, text

pytestmark = pytest.mark.django_db

QUESTION, ANSWER = "Are the pictures kept?", "They are kept until Friday."


def moved_to_bobs_agency(case: Case) -> Case:
    now = fresh(case)
    with acting("asha") as asha:
        return lead_transfer(actor=asha, case=now, version=now.version, agency=agency("NNC"), reason="They work there")


def sorting(name: str, case: Case) -> str:
    return text(client_of(name).get(f"/cases/{case.ref}/triage/ways/"))


def test_who_gets_a_case_reads_on_the_page_that_sorts_it_who_gave_it_and_why(cast):
    case = case_of("alice")
    assert "gave this case" not in sorting("alice", case)
    moved_to_bobs_agency(case)
    page = sorting("bob", case)
    assert "Asha Raithatha, Northamptonshire Police gave this case to your agency on" in page
    assert "The reason: They work there" in page


def test_who_decides_for_the_new_lead_gives_it_back_from_there(cast):
    case = case_of("alice")
    moved_to_bobs_agency(case)
    beth = client_of("beth")
    link = f"/cases/{case.ref}/lead-agency/?to=POL"
    assert link in beth.get(f"/cases/{case.ref}/triage/ways/").content.decode()
    assert link not in client_of("bob").get(f"/cases/{case.ref}/triage/ways/").content.decode()
    page = beth.get(link).content.decode()
    chosen = page[page.index('value="POL"') :]
    assert "selected" in chosen[: chosen.index(">")]


def test_why_a_case_was_given_is_told_to_both_agencies_and_to_no_third(cast):
    case = case_of("alice")
    give(case, "VSS", Level.VIEW)
    moved_to_bobs_agency(case)
    for name, told in (("bob", True), ("alice", True), ("vera", False)):
        page = text(client_of(name).get(f"/cases/{case.ref}/"))
        assert "Lead agency: North Northamptonshire Council" in page
        assert ("They work there" in page) == told, name


def test_an_agency_that_led_before_made_no_report_by_that(cast):
    case = case_of("alice")
    moved_to_bobs_agency(case)
    page = text(client_of("bob").get(f"/cases/{case.ref}/"))
    assert "Led the case before" in page
    assert "Made the report" not in page


def test_who_gives_a_case_away_and_goes_on_reading_is_led_back_to_it(cast):
    case = case_of("alice")
    form = {"agency": "NNC", "reason": "They work there", "version": fresh(case).version}
    asha, path = client_of("asha"), f"/cases/{case.ref}/lead-agency/"
    page = asha.post(path, form | {"keep": "yes"}, follow=True)
    assert page.redirect_chain[-1][0] == f"/cases/{case.ref}/"
    assert "North Northamptonshire Council leads" in text(page)
    other = case_of("alice")
    sent = form | {"keep": "no", "version": fresh(other).version}
    page = asha.post(f"/cases/{other.ref}/lead-agency/", sent, follow=True)
    assert page.redirect_chain[-1][0] == "/cases/"


# --- What was asked -------------------------------------------------------------------------------------


def asked_of_the_police(case: Case) -> Task:
    moved_to_bobs_agency(case)
    with acting("bob") as bob:
        held = Case.objects.visible_to(bob).get(pk=case.pk)
        return report_ask_back(actor=bob, case=held, agency=agency("POL"), question=QUESTION)


def inbox_of(name: str) -> str:
    return text(client_of(name).get("/triage/"))


def test_whoever_sorts_reads_the_question_and_its_answer_beside_the_report(cast):
    case = case_of("alice")
    task = asked_of_the_police(case)
    page = sorting("bob", case)
    assert QUESTION in page
    assert "No answer yet" in page
    with acting("alice") as alice:
        task_accept(actor=alice, task=task, assignee=cast["alice"])
        task_start(actor=alice, task=task)
    assert "Asked back" in inbox_of("bob")
    with acting("alice") as alice:
        task_complete(actor=alice, task=task, achieved=ANSWER)
    page = sorting("bob", case)
    assert ANSWER in page
    assert "No answer yet" not in page
    assert "An answer came" in inbox_of("bob")
    assert "Asked back" not in inbox_of("bob")


def test_that_nobody_answers_is_told_as_well(cast):
    case = case_of("alice")
    task = asked_of_the_police(case)
    with acting("alice") as alice:
        task_decline(actor=alice, task=task, reason="She has left")
    assert "Declined: She has left" in sorting("bob", case)
    assert "An answer came" not in inbox_of("bob")
    assert "Declined to answer" in inbox_of("bob")


def test_whoever_answers_reads_the_question_on_the_page_that_takes_the_answer(cast):
    task = asked_of_the_police(case_of("alice"))
    assert QUESTION in text(client_of("alice").get(f"/tasks/{task.ref}/accept/"))
    with acting("alice") as alice:
        task_accept(actor=alice, task=task, assignee=cast["alice"])
    assert QUESTION in text(client_of("alice").get(f"/tasks/{task.ref}/done/"))


def test_a_report_from_a_centre_was_given_away_by_nobody(cast):
    case = fresh(case_of("tom"))
    assert "gave this case" not in sorting("walt" if case.lead_agency.code == "WNC" else "bob", case)
