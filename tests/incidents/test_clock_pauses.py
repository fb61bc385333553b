"""A clock that waits for the victim: why, until when, what it moves, and who may make it wait (docs/domain.md §3)."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from incidents.choices import Level
from incidents.models import ClockPause
from incidents.services import pause as pausing
from incidents.services.case import case_update
from incidents.services.clock import clock_state
from incidents.tasks import reminders_sweep
from kernel.actors import system_actor
from kernel.errors import ForbiddenError, RuleError
from tests.cast import acting, client_of
from tests.incidents.casework import case_of, day_parts, fresh, give, text, victim_set
from tests.incidents.progress import london, pause, speak, the

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast, at):
    """Received on Tuesday at 9am, of priority P2, led by the police."""
    return case_of("alice", classification="crime_suspected")


def test_a_pause_waits_shows_as_an_exception_and_moves_the_deadline(case, at):
    due = the(case, "K3").due_at
    pause(case, "K3", dt.date(2026, 12, 8))
    assert clock_state(the(case, "K3")) == "paused"
    assert "The victim asked to wait, until 8 December 2026" in text(
        client_of("alice").get(f"/cases/{case.ref}/")
    ).replace("Exception: the", "The")
    at(london(7, 9))
    with acting("alice") as actor:
        pausing.clock_go_on(actor=actor, case=case, clock_id=the(case, "K3").pk)
        pausing.clock_go_on(actor=actor, case=case, clock_id=the(case, "K3").pk)
    row = the(case, "K3")
    assert (due, row.due_at, row.exception_days) == (london(4), london(10), 4)
    [kept] = ClockPause.objects.unscoped(reason="the test looks")
    assert (kept.due_before, kept.due_after, kept.resumed_at) == (london(4), london(10), london(7, 9))
    assert "Exception: moved by 4 working days" in text(client_of("alice").get(f"/cases/{case.ref}/"))


def test_a_pause_ends_by_itself_on_its_day(case, at):
    pause(case, "K3", dt.date(2026, 12, 3))
    at(london(2, 23, 59))
    assert pausing.pauses_end_due(actor=system_actor("test")) == 0
    at(london(3, 0, 1))
    reminders_sweep()
    row = the(case, "K3")
    assert (row.paused_at, row.due_at, row.exception_days) == (None, london(8), 2)
    assert pausing.pauses_end_due(actor=system_actor("test")) == 0


def test_a_contact_during_a_pause_is_measured_by_the_moved_deadline(case, at):
    pause(case, "K3", dt.date(2026, 12, 10))
    at(london(8, 12))
    speak(case, london(8, 11))
    row = the(case, "K3")
    assert (clock_state(row), row.paused_at, row.due_at) == ("met", None, london(11))


def test_a_raised_priority_keeps_what_the_pause_moved(case, at):
    pause(case, "K3", dt.date(2026, 12, 3))
    at(london(3, 9))
    pausing.pauses_end_due(actor=system_actor("test"))
    with acting("alice") as actor:
        case_update(actor=actor, case=case, version=fresh(case).version, changes={"priority": "P1"})
    assert the(case, "K3").due_at == london(4)


@pytest.mark.parametrize("kind", ["K1", "K2", "K4"])
def test_desk_work_is_not_paused(case, kind):
    with pytest.raises(RuleError, match="runs without the victim"):
        pause(case, kind, dt.date(2026, 12, 3))


@pytest.mark.parametrize(
    ("until", "reason", "field"),
    [
        (dt.date(2026, 12, 1), "victim_request", "until"),
        (dt.date(2027, 3, 1), "victim_request", "until"),
        (dt.date(2026, 12, 3), "annual_leave", "reason"),
        (dt.date(2026, 12, 3), "safe_contact", "reason"),
    ],
)
def test_a_pause_has_a_reason_of_two_and_a_day(case, until, reason, field):
    with pytest.raises(RuleError) as error:
        pause(case, "K3", until, reason)
    assert error.value.field == field
    assert the(case, "K3").paused_at is None


def test_no_safe_office_hour_is_an_exception(case):
    closed = [{"days": ["0", "1", "2", "3", "4"], "from": "08:00", "to": "18:00"}]
    victim_set(case, do_not_contact=closed)
    pause(case, "K3", dt.date(2026, 12, 5), "safe_contact")
    assert the(case, "K3").pause_reason == "safe_contact"


def test_an_overdue_clock_or_one_that_waits_cannot_be_paused(case, at):
    pause(case, "K5", dt.date(2026, 12, 3))
    with pytest.raises(RuleError, match="waits already"):
        pause(case, "K5", dt.date(2026, 12, 4))
    at(london(4))
    with pytest.raises(RuleError, match="overdue"):
        pause(case, "K3", dt.date(2026, 12, 8))


def test_the_pause_page_and_a_double_click(case):
    client, row = client_of("alice"), the(case, "K3")
    path = f"/cases/{case.ref}/clocks/{row.pk}/pause/"
    assert "never as met" in text(client.get(path))
    data = {"reason": "victim_request", "submission_id": uuid.uuid4(), **day_parts("until", dt.date(2026, 12, 4))}
    for _ in range(2):
        assert client.post(path, data).status_code == 302
    assert case.clockpause_rows.count() == 1
    assert "Resume this clock" in text(client.get(f"/cases/{case.ref}/clocks/"))
    client.post(f"/cases/{case.ref}/clocks/{row.pk}/resume/", {"submission_id": uuid.uuid4()})
    assert the(case, "K3").paused_at is None


def test_a_clock_of_another_case_is_not_there(case):
    other = case_of("alice")
    pk = the(other, "K3").pk
    client = client_of("alice")
    absent = client.get(f"/cases/{case.ref}/clocks/2000000000/pause/")
    there = client.get(f"/cases/{case.ref}/clocks/{pk}/pause/")
    assert (absent.status_code, absent.content) == (404, there.content)


def test_who_only_adds_or_may_not_know_the_victim_pauses_nothing(case):
    give(case, "NNC", Level.CONTRIBUTE)
    give(case, "PROB", Level.MANAGE)
    for name in ("bob", "petra"):
        with pytest.raises(ForbiddenError):
            pause(case, "K3", dt.date(2026, 12, 4), name=name)
        assert client_of(name).get(f"/cases/{case.ref}/clocks/{the(case, 'K3').pk}/pause/").status_code == 403
