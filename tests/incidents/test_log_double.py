"""Two clicks at the same instant, on two connections, with the real locks: one draft, one incident."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client

from incidents.models import Case, Incident, IncidentDraft
from tests.cast import client_of
from tests.incidents.intake_pages import Report
from victims.models import Victim

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works: Callable[[], object]) -> list[object]:
    """Do things at the same moment, each in a thread with a connection of its own."""
    ready, answers, failures = threading.Barrier(len(works)), [], []

    def run(work: Callable[[], object]) -> None:
        try:
            ready.wait(10)
            answers.append(work())
        except Exception as error:  # noqa: BLE001 - carried to the test, which fails with it
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures, failures
    return answers


def test_a_report_sent_twice_at_once_is_one_incident(cast, settings):
    settings.HATECASE_NOW = "2026-11-19T12:00:00"
    first = client_of("alice")
    report = Report(first).key_all()
    # The other tab of the same browser: the same session.
    second = Client()
    second.cookies = first.cookies.copy()
    twice = [first, second]
    answers = at_once(*(lambda c=client: c.post(f"{report.path}check/") for client in twice))
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0]["Location"] == answers[1]["Location"]
    for model in (Incident, Case, Victim):
        assert model.objects.unscoped(reason="the test counts").count() == 1
    assert not IncidentDraft.objects.unscoped(reason="the test counts").exists()


def test_author_and_point_of_contact_sending_at_once_is_one_incident(cast, settings):
    settings.HATECASE_NOW = "2026-11-19T12:00:00"
    report = Report(client_of("alice")).key_all()
    both = [client_of("alice"), client_of("asha")]
    answers = at_once(*(lambda c=client: c.post(f"{report.path}check/") for client in both))
    assert answers[0]["Location"] == answers[1]["Location"]
    assert Incident.objects.unscoped(reason="the test counts").count() == 1


def test_a_first_step_sent_twice_at_once_is_one_draft(cast):
    sent = {"submission_id": str(uuid.uuid4()), "danger_now": "no", "urgent": ["none"]}
    twice = [client_of("alice"), client_of("alice")]
    answers = at_once(*(lambda c=client: c.post("/cases/new/", sent) for client in twice))
    assert [answer.status_code for answer in answers] == [302, 302]
    assert IncidentDraft.objects.unscoped(reason="the test counts").count() == 1


def test_two_steps_saved_at_once_are_both_kept(cast, settings):
    settings.HATECASE_NOW = "2026-11-19T12:00:00"
    report = Report(client_of("alice")).key_all()
    one, other = Report(client_of("alice")), Report(client_of("asha"))
    one.uid = other.uid = report.uid
    at_once(
        lambda: one.send("where", location="The bakery"),
        lambda: other.send("who/1", description="A woman in a green coat"),
    )
    kept = IncidentDraft.objects.unscoped(reason="the test reads what is kept").get().answers
    assert kept["where"]["location"] == ["The bakery"]
    assert kept["who/1"]["description"] == ["A woman in a green coat"]
