"""K8: a key event is told to the victim, and to who works the case; its note is not for everybody (docs/domain.md §3)."""

from __future__ import annotations

import uuid

import pytest

from agencies.models import Notice
from incidents.choices import Level
from incidents.models import Case
from incidents.services.clock import clock_state
from incidents.services.contact import ContactData, contact_log
from incidents.services.cover import cover_set
from incidents.services.repair import contact_strike
from kernel.errors import RuleError
from tests.cast import acting, client_of
from tests.incidents.casework import case_of, fresh, give, moment_parts, reclassify, text
from tests.incidents.progress import DAY, HOUR, TUESDAY, clocks, event, london, speak, the

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast, at):
    """Received on Tuesday at 9am, of priority P2, led by the police."""
    return case_of("alice", classification="crime_suspected")


def test_a_key_event_is_told_in_one_working_day_and_by_a_contact_after_it(case, at):
    event(case, TUESDAY - HOUR / 4)
    assert the(case, "K8").due_at == london(2)
    speak(case, TUESDAY - HOUR / 2)
    assert the(case, "K8").met_at is None
    at(TUESDAY + HOUR)
    speak(case, TUESDAY + HOUR)
    assert (the(case, "K8").outcome, the(case, "K8").met_at) == ("met", TUESDAY + HOUR)


def test_a_victim_who_was_told_before_the_event_was_logged_is_told(case, at):
    speak(case, TUESDAY)
    event(case, TUESDAY - HOUR)
    assert the(case, "K8").outcome == "met"
    event(case, TUESDAY, kind="charge", submission_id=uuid.uuid4())
    assert [row.outcome for row in clocks(case, "K8")] == ["met", "met"]


def test_three_attempts_close_an_event_as_attempted_and_a_later_call_does_not_undo_it(case, at):
    event(case, TUESDAY)
    for day, method in ((1, "phone"), (2, "text"), (3, "phone")):
        at(london(day, 15))
        with acting("alice") as actor:
            data = ContactData(at=london(day, 15), method=method, result="attempt")
            contact_log(actor=actor, case=case, data=data)
    row = the(case, "K8")
    assert (row.outcome, row.met_at, clock_state(row)) == ("attempted", london(3, 15), "missed")


def test_five_days_where_it_is_no_hate(case, at):
    type(case).objects.unscoped(reason="the test arranges").filter(pk=case.pk).update(classification="not_hate")
    event(fresh(case), TUESDAY)
    assert (the(case, "K8").level, the(case, "K8").due_at) == ("other", london(8))


def test_no_event_is_told_to_nobody(cast, at):
    case = case_of("alice", victims=[])
    event(case, TUESDAY)
    assert the(case, "K8").outcome == "not_applicable"


def test_who_may_not_know_victims_logs_a_release_and_the_lead_worker_hears_of_it(case, at):
    reclassify(case, "crime_suspected")
    give(case, "PROB", Level.CONTRIBUTE)
    data = {"kind": "release", "note": "Licence ends in May.", "submission_id": uuid.uuid4()}
    page = client_of("petra").post(f"/cases/{case.ref}/key-event/", data | moment_parts("happened_at", TUESDAY))
    assert page.status_code == 302
    assert the(case, "K8").due_at == london(2)
    [notice] = Notice.objects.unscoped(reason="the test looks").filter(kind="key_event")
    assert notice.user.email.startswith("alice")
    assert "2 December 2026" in notice.text
    give(case, "VSS", Level.VIEW)
    assert "Licence ends in May" in text(client_of("alice").get(f"/cases/{case.ref}/"))
    assert "Licence ends in May" in text(client_of("petra").get(f"/cases/{case.ref}/"))
    seen = text(client_of("vera").get(f"/cases/{case.ref}/"))
    assert "Key event: Release" in seen
    assert "Licence" not in seen
    assert "Probation" not in seen


@pytest.mark.parametrize(
    ("lead", "deputy", "told"),
    [("alice", "amir", {"alice", "amir", "donna"}), (None, "amir", {"amir"}), (None, None, {"asha", "donna"})],
)
def test_a_key_event_is_told_to_who_works_the_case(case, cast, lead, deputy, told):
    rows = Case.objects.unscoped(reason="arrange the workers")
    rows.filter(pk=case.pk).update(lead_worker=cast.get(lead), deputy=cast.get(deputy))
    with acting("alice") as alice:
        days = {"starts_on": TUESDAY.date(), "ends_on": TUESDAY.date()}
        cover_set(actor=alice, agency=case.lead_agency, away=cast["alice"], covering=cast["donna"], **days)
    give(case, "PROB", Level.CONTRIBUTE)
    event(case, TUESDAY, "petra")
    rows = Notice.objects.unscoped(reason="the test looks").filter(kind="key_event").select_related("user")
    assert {row.user.email.partition("@")[0] for row in rows} == told


def test_an_event_note_of_the_police_is_not_for_probation(case):
    give(case, "PROB", Level.CONTRIBUTE)
    event(case, TUESDAY, note="Farida Mirza was frightened.")
    assert "frightened" not in text(client_of("petra").get(f"/cases/{case.ref}/clocks/"))
    assert "frightened" in text(client_of("alice").get(f"/cases/{case.ref}/clocks/"))


@pytest.mark.parametrize(
    ("values", "field"),
    [({"kind": "party"}, "kind"), ({"moment": TUESDAY + DAY}, "happened_at"), ({"note": "x" * 2001}, "note")],
)
def test_an_event_is_of_the_list_and_has_happened(case, values, field):
    with pytest.raises(RuleError) as error:
        event(case, values.pop("moment", TUESDAY), **values)
    assert error.value.field == field
    assert clocks(case, "K8") == []


def test_striking_an_earlier_contact_leaves_an_event_told(case, at):
    at(TUESDAY + 4 * HOUR)
    earlier = speak(case, TUESDAY + HOUR / 2)
    told = speak(case, TUESDAY + 2 * HOUR)
    event(case, TUESDAY + HOUR)
    assert the(case, "K8").outcome == "met"
    with acting("alice") as actor:
        contact_strike(actor=actor, contact=earlier, reason="Wrong case")
    assert (the(case, "K8").outcome, the(case, "K8").met_at) == ("met", TUESDAY + 4 * HOUR)
    with acting("alice") as actor:
        contact_strike(actor=actor, contact=told, reason="Wrong case")
    assert (the(case, "K8").outcome, the(case, "K8").closed_at) == ("", None)
