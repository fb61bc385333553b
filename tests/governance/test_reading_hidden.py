"""Supervisors read their own staff's events, and nobody finds in them what is hidden from them, by both walls (docs/domain.md §8.2)."""

from __future__ import annotations

import pytest
from django.db import connection
from django.urls import reverse

from agencies.models import Membership
from incidents.models import CasePerson
from incidents.services.access import access_rebuild, grant_end
from tests.cast import acting, agency, cast_get, client_of
from tests.governance.reading import case_path, excluded, get, opened, rows, shown, staff_rows, tier, told_of
from tests.incidents.casework import case_of, fresh, give, victim_of
from victims.services import VictimData

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast):
    return case_of("alice")


def test_a_supervisor_reads_their_own_staffs_events_only(case):
    give(case, "NNC", "view")
    opened("alice", case_path(case), reverse("victims:victim", args=[victim_of(case).ref]))
    opened("bob", case_path(case))
    page = shown(get("asha", "staff/"))
    assert "Alice Morgan" in page
    assert case.ref in page
    assert "Bob Wickens" not in page
    assert "Alice Morgan" not in shown(get("beth", "staff/"))
    mine = staff_rows("asha", user=cast_get()["alice"].pk, kind="consultation")
    assert {row.actor_name for row in mine} == {"Alice Morgan"}
    assert "Farida" not in page


@pytest.mark.parametrize("whom", ["user", "agency"])
def test_an_excluded_supervisor_is_told_nothing_and_can_count_nothing(case, whom):
    opened("alice", case_path(case), reverse("victims:victim", args=[victim_of(case).ref]))
    other = case_of("alice")
    opened("alice", case_path(other))
    give(case, "NNC", "view")
    before = told_of("asha", case)
    assert before >= 3
    excluded(case, **({"user": cast_get()["asha"]} if whom == "user" else {"agency": agency("POL")}))
    page = get("asha", "staff/")
    assert told_of("asha", case) == 0
    assert case.ref not in page.content.decode()
    assert victim_of(case).ref not in page.content.decode()
    assert other.ref in page.content.decode()
    assert told_of("marcus", case) == (before if whom == "user" else 0)


def test_the_answer_of_an_excluded_supervisor_is_that_of_one_without_the_case(case):
    opened("alice", case_path(case))
    excluded(case, user=cast_get()["asha"])
    hidden = [(row.id, row.what) for row in staff_rows("asha")]
    with connection.cursor() as cursor:
        cursor.execute("alter table kernel_auditevent disable trigger append_only")
        cursor.execute("delete from kernel_auditevent where case_id = %s", [case.pk])
        cursor.execute("delete from kernel_auditevent where subject_id = %s", [str(victim_of(case).pk)])
    absent = [(row.id, row.what) for row in staff_rows("asha") if row.what != "Read the audit"]
    assert [row for row in hidden if row[1] != "Read the audit"] == absent


def test_a_restricted_case_is_told_to_who_is_named_on_it(case):
    opened("alice", case_path(case))
    tier(case, "restricted")
    assert told_of("asha", case) == told_of("marcus", case) == 0
    CasePerson.objects.create(
        case=case, user=cast_get()["asha"], level="view", rank=2, reason="leads it", starts_at=fresh(case).created_at
    )
    access_rebuild([case.pk])
    assert told_of("asha", case) > 0
    assert told_of("marcus", case) == 0


def test_past_a_shares_end_the_event_stays_and_the_reference_goes(case):
    grant = give(case, "NNC", "view")
    opened("bob", case_path(case))
    assert case.ref in shown(get("beth", "staff/"))
    grant_end(grant)
    access_rebuild([case.pk])
    page = shown(get("beth", "staff/"))
    assert case.ref not in page
    assert "Not open to you" in page


def test_what_somebody_read_through_another_agency_is_not_told(case):
    Membership.objects.create(user=cast_get()["bob"], agency=agency("POL"), roles=["caseworker"])
    opened("bob", case_path(case))
    assert told_of("asha", case) > 0
    assert told_of("beth", case) == 0


def test_of_a_refusal_a_supervisor_is_told_without_the_reference(case):
    assert client_of("bob").get(case_path(case)).status_code == 404
    assert client_of("bob").get("/cases/HC-26-ZZZZZZ/").status_code == 404
    page = get("beth", "staff/").content.decode()
    assert page.count("Was refused a record") == 2
    assert case.ref not in page
    assert "HC-26-ZZZZZZ" not in page


def test_the_staff_function_answers_nobody_but_the_agencys_supervisors(case):
    opened("alice", case_path(case))
    police = agency("POL").pk
    for name in ("alice", "beth", "greta", "admin", "ada"):
        with acting(name):
            assert rows(f"select * from hatecase_audit_staff({police}, '{{}}', null, null, 100)") == [], name
    with acting("asha"):
        assert rows(f"select * from hatecase_audit_staff({police}, '{{}}', null, null, 100)")


# --- Information governance, excluded -------------------------------------------------------------------


@pytest.mark.parametrize("whom", ["user", "agency"])
def test_information_governance_that_is_excluded_finds_no_trace(case, whom):
    victim = victim_of(case)
    opened("alice", case_path(case), reverse("victims:victim", args=[victim.ref]))
    client_of("walt").get(case_path(case))
    excluded(case, **({"user": cast_get()["greta"]} if whom == "user" else {"agency": agency("IG")}))
    for ref in (case.ref, victim.ref):
        page = get("greta", "record/", ref=ref)
        assert page.context["page"].rows == []
    for page in (f"user/{cast_get()['alice'].pk}/", f"user/{cast_get()['walt'].pk}/", "own-name/", "out-of-hours/"):
        html = get("greta", page).content.decode()
        assert case.ref not in html
        assert victim.ref not in html
    assert get("greta", "often/", people=2).context["rows"] == []


def test_a_victim_whose_other_case_is_open_is_still_told(cast):
    one = case_of("alice", victims=[VictimData(given_name="Farida", family_name="Mirza")])
    opened("alice", reverse("victims:victim", args=[victim_of(one).ref]))
    assert told_of("asha", one) > 0
