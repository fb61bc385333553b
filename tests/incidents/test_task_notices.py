"""Notices of tasks: what the task is called stands in the service, as its reader may read it, and in no mail."""

from __future__ import annotations

import pytest
from django.core import mail

from agencies.services.mail import mails_send
from incidents.choices import Level
from incidents.selectors.task import task_titles
from incidents.services.task import task_create
from perpetrators.services import PerpetratorData
from tests.cast import acting, agency, client_of
from tests.incidents.casework import case_of, give, text

pytestmark = pytest.mark.django_db


def test_a_notice_says_what_the_task_is_called_and_the_mail_does_not(cast):
    case = case_of("alice")
    give(case, "NNC", Level.CONTRIBUTE)
    with acting("alice") as alice:
        task = task_create(
            actor=alice, case=case, title="Change her locks", agency=agency("NNC"), assignee=cast["bob"]
        )
    page = text(client_of("bob").get("/notices/"))
    assert f"{task.ref} in {case.ref} is offered to you: Change her locks" in page
    mails_send()
    assert mail.outbox
    assert not any("locks" in one.body + one.subject for one in mail.outbox)
    with acting("walt") as walt:
        assert task_titles(walt, [task.ref]) == {}
    with acting("bob") as bob:
        assert task_titles(bob, [task.ref, case.ref]) == {task.ref: "Change her locks"}
        assert task_titles(bob, [case.ref]) == {}


def test_a_name_of_the_other_side_stays_out_of_the_title_in_a_notice(cast):
    pike = PerpetratorData(status="named", given_name="Wotan", family_name="Pike")
    case = case_of("alice", classification="crime_suspected", perpetrators=[pike])
    give(case, "VSS", Level.CONTRIBUTE)
    with acting("alice") as alice:
        task_create(
            actor=alice, case=case, title="Tell her where Wotan Pike is", agency=agency("VSS"), assignee=cast["vera"]
        )
    page = text(client_of("vera").get("/notices/"))
    assert "Tell her where" in page
    assert "Wotan" not in page
