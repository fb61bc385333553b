"""A referral task to a support service is the support referral too (docs/domain.md §3.1, K5)."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from incidents.choices import Level
from incidents.models import SupportReferral
from incidents.services.task import (
    task_accept,
    task_complete,
    task_create,
    task_decline,
    task_offer,
    task_undo,
    task_withdraw,
)
from incidents.services.undo import just_added_undo
from kernel import clock
from kernel.errors import ForbiddenError, RuleError
from kernel.working_days import local_date
from tests.cast import acting, agency, client_of
from tests.incidents.casework import case_of, clock_of, day_parts, fresh, give_all, text, victim_of
from victims.services import VictimData

pytestmark = pytest.mark.django_db
WHY = "the test looks at everything"
ASKED = {"kind": "referral", "service": "emotional", "wish": "wanted", "title": "Offer him a visit"}


@pytest.fixture
def case(cast):
    case = case_of("alice")
    give_all(case, "VSS", Level.CONTRIBUTE)
    return fresh(case)


def ask(case, name="alice", to="VSS", **given):
    with acting(name) as actor:
        return task_create(actor=actor, case=case, agency=agency(to), **(ASKED | given))


def referrals(case):
    rows = SupportReferral.objects.unscoped(reason=WHY).filter(case=case).order_by("pk")
    return list(rows.values_list("to_agency__code", "victim__ref", "task__ref"))


def test_one_act_asks_the_service_and_meets_the_clock(case):
    once = uuid.uuid4()
    task = ask(case, submission_id=once)
    assert ask(case, submission_id=once).pk == task.pk
    assert referrals(case) == [("VSS", victim_of(case).ref, task.ref)]
    assert clock_of(case, "K5").outcome == "met"


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "task", "service": "", "wish": ""},
        {"wish": "refused", "detail": "He waits outside her flat"},
        {"service": "programme"},
        {"to": "NNC"},
    ],
)
def test_what_is_no_support_referral_records_none(case, given):
    if given.get("to"):
        give_all(case, given["to"], Level.CONTRIBUTE)
    ask(case, **given)
    assert referrals(case) == []
    assert clock_of(case, "K5").met_at is None


def test_it_is_for_the_victim_who_is_named_and_for_none_of_another_case(case):
    both = case_of("alice", victims=[VictimData(given_name="Ida"), VictimData(given_name="Ola")])
    give_all(both, "VSS", Level.CONTRIBUTE)
    second = both.parties.filter(victim__given_name="Ola").get().victim
    ask(both, victim=second.ref)
    assert [row[1] for row in referrals(both)] == [second.ref]
    with pytest.raises(RuleError) as refused:
        ask(case, victim=second.ref)
    assert refused.value.field == "victim"
    assert referrals(case) == []
    assert not case.tasks.exists()


def test_offered_to_another_service_it_is_another_referral_for_the_same_victim(case):
    give_all(case, "NREC", Level.CONTRIBUTE)
    task = ask(case)
    with acting("vera") as vera:
        task_decline(actor=vera, task=task, reason="No room this month")
    with acting("alice") as alice:
        task_offer(actor=alice, task=task, agency=agency("NREC"))
    assert [row[0] for row in referrals(case)] == ["VSS", "NREC"]


def test_its_outcome_is_the_tasks(case):
    task = ask(case)
    page = text(client_of("alice").get(f"/cases/{case.ref}/clocks/"))
    assert f"{task.ref} : offered" in page.lower() or f"{task.ref.lower()} : " in page.lower()
    with acting("vera") as vera:
        task_accept(actor=vera, task=task)
        task_complete(actor=vera, task=task, achieved="She comes on Mondays")
    assert f"{task.ref} : done" in text(client_of("alice").get(f"/cases/{case.ref}/clocks/")).replace(" :", " :")


def test_the_page_asks_for_which_victim_only_where_there_are_several(case):
    alice, path = client_of("alice"), f"/cases/{case.ref}/tasks/add/"
    assert "Which victim is it for?" not in text(alice.get(path))
    form = ASKED | {"agency": agency("VSS").pk, "submission_id": str(uuid.uuid4())}
    form |= day_parts("due_on", local_date(clock.now()) + dt.timedelta(days=9))
    assert alice.post(path, form).status_code == 302
    assert len(referrals(case)) == 1
    both = case_of("alice", victims=[VictimData(given_name="Ida"), VictimData(given_name="Ola")])
    assert "Which victim is it for?" in text(alice.get(f"/cases/{both.ref}/tasks/add/"))


# --- What was not sent in effect ------------------------------------------------------------------


def standing(case):
    rows = SupportReferral.objects.unscoped(reason=WHY).filter(case=case, struck_at=None).order_by("pk")
    return list(rows.values_list("to_agency__code", flat=True))


def take_back(case, task):
    with acting("alice") as alice:
        just_added_undo(actor=alice, case=fresh(case), row=task)


def withdraw(case, task):
    with acting("alice") as alice:
        task_withdraw(actor=alice, task=task, reason="She has one already")


@pytest.mark.parametrize("back", [take_back, withdraw])
def test_a_task_that_nobody_accepted_was_no_referral(case, back):
    task = ask(case)
    back(case, task)
    back(case, task)
    assert standing(case) == []
    clock_now = clock_of(case, "K5")
    assert (clock_now.met_at, clock_now.closed_at, clock_now.outcome) == (None, None, "")


def test_an_earlier_referral_goes_on_to_meet_the_clock(case):
    ask(case)
    met = clock_of(case, "K5").met_at
    withdraw(case, ask(case))
    assert standing(case) == ["VSS"]
    assert clock_of(case, "K5").met_at == met


def test_a_declined_or_accepted_one_was_sent(case):
    give_all(case, "NREC", Level.CONTRIBUTE)
    task = ask(case)
    with acting("vera") as vera:
        task_decline(actor=vera, task=task, reason="No room this month")
    assert standing(case) == ["VSS"]
    with acting("alice") as alice:
        task_offer(actor=alice, task=task, agency=agency("NREC"))
    withdraw(case, task)
    assert standing(case) == ["VSS"], "only what nobody had answered was not sent"
    accepted = ask(case)
    with acting("vera") as vera:
        task_accept(actor=vera, task=accepted)
    withdraw(case, accepted)
    assert standing(case) == ["VSS", "VSS"]
    assert clock_of(case, "K5").outcome == "met"


def test_a_referral_of_a_task_is_taken_back_with_the_task(case):
    task = ask(case)
    row = SupportReferral.objects.unscoped(reason=WHY).get(task=task)
    with pytest.raises(RuleError, match="Undo the task"):
        take_back(case, row)
    assert standing(case) == ["VSS"]


def test_only_who_asked_takes_it_back_and_only_for_a_minute(case, monkeypatch):
    task = ask(case)
    with acting("amir") as amir, pytest.raises(ForbiddenError):
        task_undo(actor=amir, task=task)
    later = clock.now() + dt.timedelta(seconds=61)
    monkeypatch.setattr("django.conf.settings.HATECASE_NOW", later.isoformat())
    with acting("alice") as alice, pytest.raises(RuleError, match="minute"):
        task_undo(actor=alice, task=task)
    assert standing(case) == ["VSS"]
