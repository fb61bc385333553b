"""K5 to K8 in a case: who records and reads what meets them, by both walls, and where they remind (docs/domain.md §3)."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from agencies.models import Notice
from incidents.choices import Level
from incidents.models import ActionPlan, ClockPause, KeyEvent, SupportReferral, UpdateAgreement
from incidents.services import progress
from incidents.services.reminder import reminders_send
from kernel.actors import system_actor
from kernel.errors import ForbiddenError
from tests.budget import queries_beyond
from tests.cast import acting, client_of
from tests.incidents.casework import (
    assert_forbidden,
    assert_unknown_is_404,
    case_of,
    fresh,
    give,
    name_person,
    reclassify,
    text,
    victim_of,
)
from tests.incidents.progress import TUESDAY, agree, event, london, pause, plan, refer, speak

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast, at):
    """Received on Tuesday at 9am, of priority P2, led by the police."""
    return case_of("alice", classification="crime_suspected")


# --- Who may ------------------------------------------------------------------------------------------

FORMS = ("support-referral", "action-plan", "updates", "key-event")


@pytest.mark.parametrize("page", FORMS)
def test_the_forms_are_for_who_adds_to_the_case(case, page):
    give(case, "VSS", Level.VIEW)
    assert_unknown_is_404(f"/cases/{{ref}}/{page}/", case)
    assert_forbidden(f"/cases/{case.ref}/{page}/", "vera")


@pytest.mark.parametrize("page", FORMS[:3])
def test_the_forms_about_the_victim_are_not_for_the_other_side(case, page):
    give(case, "PROB", Level.MANAGE)
    assert_forbidden(f"/cases/{case.ref}/{page}/", "petra")
    with acting("petra") as actor, pytest.raises(ForbiddenError):
        progress.action_plan_record(actor=actor, case=case, text="x", agreed_at=TUESDAY)


def test_both_walls_keep_the_other_side_from_what_speaks_of_the_victim(case):
    refer(case)
    plan(case)
    agree(case, 5, TUESDAY)
    pause(case, "K3", dt.date(2026, 12, 3))
    event(case, TUESDAY)
    give(case, "VSS", Level.VIEW)
    give(case, "PROB", Level.VIEW)
    victims_side = (SupportReferral, ActionPlan, UpdateAgreement, ClockPause)
    for name, told in (("alice", 1), ("vera", 1), ("petra", 0), ("walt", 0)):
        with acting(name) as actor:
            for model in victims_side:
                first = model.objects.visible_to(actor).filter(case=case).count()
                second = model.objects.unscoped(reason="the second wall alone").filter(case=case).count()
                assert first == second == told, (name, model)
            open_to = 0 if name == "walt" else 1
            assert KeyEvent.objects.visible_to(actor).filter(case=case).count() == open_to
            assert KeyEvent.objects.unscoped(reason="the second wall alone").filter(case=case).count() == open_to


def test_the_page_of_clocks_is_for_readers_and_takes_no_more_queries_for_more_clocks(case, at):
    give(case, "PROB", Level.VIEW)
    assert_unknown_is_404("/cases/{ref}/clocks/", case)
    path = f"/cases/{case.ref}/clocks/"
    few = queries_beyond(client_of("alice"), path)
    for day in (2, 3, 4):
        at(london(day, 12))
        speak(case, london(day, 11))
        event(case, london(day, 10), submission_id=uuid.uuid4())
    assert queries_beyond(client_of("alice"), path) == few <= 8
    page = text(client_of("petra").get(path))
    assert "Key events" in page
    assert "Action plan" not in page
    assert victim_of(case).given_name not in page


# --- Reminders and My work ----------------------------------------------------------------------------


def test_the_new_clocks_remind_and_stand_in_my_work(case, at):
    reclassify(case, "crime_suspected")
    name_worker = fresh(case)
    assert name_worker.lead_worker.email.startswith("alice")
    event(case, TUESDAY)
    Notice.objects.unscoped(reason="the test clears").delete()
    at(london(2, 18))
    reminders_send(actor=system_actor("test"))
    told = set(Notice.objects.unscoped(reason="the test looks").values_list("text", flat=True))
    assert any("update on a key event was due" in words for words in told)
    assert "Update on a key event" in text(client_of("alice").get("/"))


def test_somebody_named_on_a_restricted_case_reads_its_clocks(case, cast):
    name_person(case, cast["bob"], Level.VIEW)
    assert client_of("bob").get(f"/cases/{case.ref}/clocks/").status_code == 200
