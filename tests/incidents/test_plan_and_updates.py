"""K6 and K7: the action plan that the band asks for, and how often the victim is kept up to date (docs/domain.md §3)."""

from __future__ import annotations

import uuid

import pytest

from incidents.choices import Level
from incidents.models import UpdateAgreement
from incidents.services.clock import clock_state
from kernel.errors import RuleError
from tests.cast import client_of
from tests.incidents.casework import case_of, give, moment_parts, text
from tests.incidents.progress import DAY, TUESDAY, agree, assess, clocks, london, plan, speak, the
from victims.services import VictimData

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast, at):
    """Received on Tuesday at 9am, of priority P2, led by the police."""
    return case_of("alice", classification="crime_suspected")


def test_an_assessment_starts_the_plan_by_its_band_and_a_plan_meets_it(case):
    assess(case)
    assert (the(case, "K6").level, the(case, "K6").due_at) == ("standard", london(15))
    plan(case)
    assert the(case, "K6").outcome == "met"


def test_a_higher_band_brings_the_plan_forward_and_a_lower_one_leaves_it(case, at):
    assess(case)
    at(london(8, 10))
    assess(case, D2=3)
    row = the(case, "K6")
    assert (row.level, row.due_at, clock_state(row)) == ("high", london(3), "missed")
    assess(case)
    assert (the(case, "K6").level, the(case, "K6").due_at) == ("high", london(3))


def test_a_met_plan_is_agreed_anew_only_when_the_band_has_risen(case, at):
    assess(case)
    plan(case)
    at(TUESDAY + DAY)
    assess(case)
    assert len(clocks(case, "K6")) == 1
    assess(case, D2=3)
    assert [row.outcome for row in clocks(case, "K6")] == ["met", ""]


def test_no_plan_is_due_with_nobody_to_agree_it(cast, at):
    case = case_of("alice", victims=[VictimData()])
    assess(case)
    assert the(case, "K6").outcome == "not_applicable"
    assess(case, D2=3)
    assert len(clocks(case, "K6")) == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [({"text": " "}, "text"), ({"text": "x" * 8001}, "text"), ({"moment": TUESDAY + DAY}, "agreed_at")],
)
def test_a_plan_has_words_and_was_agreed(case, values, field):
    with pytest.raises(RuleError) as error:
        plan(case, **values)
    assert error.value.field == field


def test_the_plan_is_read_where_notes_are(case):
    give(case, "VSS", Level.CONTRIBUTE)
    give(case, "PROB", Level.CONTRIBUTE)
    data = {"text": "Voice rings on Monday.", "submission_id": uuid.uuid4(), **moment_parts("agreed_at", TUESDAY)}
    client_of("alice").post(f"/cases/{case.ref}/action-plan/", data)
    for name, told in (("alice", True), ("vera", True), ("petra", False)):
        for path in (f"/cases/{case.ref}/", f"/cases/{case.ref}/clocks/"):
            page = text(client_of(name).get(path))
            assert ("Voice rings on Monday" in page) is told, (name, path)


# --- K7: routine updates ------------------------------------------------------------------------------


def test_every_two_way_contact_renews_the_update(case, at):
    assert clocks(case, "K7") == []
    speak(case, TUESDAY)
    assert (the(case, "K7").level, the(case, "K7").due_at) == ("medium", london(15))
    at(london(3, 12))
    speak(case, london(3, 11), result="attempt")
    assert len(clocks(case, "K7")) == 1
    speak(case, london(3, 11, 30))
    first, second = clocks(case, "K7")
    assert (first.met_at, first.outcome) == (london(3, 11, 30), "met")
    assert (second.starts_at, second.due_at, second.outcome) == (london(3, 11, 30), london(17), "")


def test_a_contact_that_is_keyed_late_starts_nothing_before_the_one_that_runs(case, at):
    at(london(3, 12))
    speak(case, london(3, 11))
    speak(case, london(2, 11))
    assert the(case, "K7").starts_at == london(3, 11)


def test_updates_follow_the_band_and_what_the_victim_agreed(case, at):
    speak(case, TUESDAY)
    assess(case, D2=3)
    assert (the(case, "K7").level, the(case, "K7").due_at) == ("high", london(8))
    agree(case, 3, TUESDAY)
    running = clocks(case, "K7")[-1]
    assert (running.level, running.due_at) == ("agreed", london(4))
    at(london(2, 12))
    speak(case, london(2, 12))
    assert clocks(case, "K7")[-1].due_at == london(7)


def test_who_wants_no_updates_is_given_none_until_they_do(case, at):
    speak(case, TUESDAY)
    agree(case, None, TUESDAY)
    assert the(case, "K7").outcome == "not_applicable"
    speak(case, TUESDAY)
    assert len(clocks(case, "K7")) == 1
    assert "Routine update to the victim K7 Not applicable" in text(client_of("alice").get(f"/cases/{case.ref}/"))
    agree(case, 10, TUESDAY)
    assert clocks(case, "K7")[-1].due_at == london(15)


@pytest.mark.parametrize("days", [0, 21, -3])
def test_never_beyond_twenty_working_days(case, days):
    with pytest.raises(RuleError) as error:
        agree(case, days, TUESDAY)
    assert error.value.field == "every_days"
    data = {"wanted": "every", "every_days": str(days), "submission_id": uuid.uuid4()} | moment_parts("agreed_at")
    page = client_of("alice").post(f"/cases/{case.ref}/updates/", data)
    assert page.status_code == 200
    assert not UpdateAgreement.objects.unscoped(reason="the test looks").exists()


def test_the_page_records_an_opt_out_in_writing(case):
    data = {"wanted": "none", "submission_id": uuid.uuid4(), **moment_parts("agreed_at", TUESDAY)}
    client_of("alice").post(f"/cases/{case.ref}/updates/", data)
    assert "no routine updates" in text(client_of("alice").get(f"/cases/{case.ref}/clocks/"))
