"""Names and accounts that a triage decision put aside come back when it is taken back (docs/decisions/0033)."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import connection

from incidents.choices import Level
from incidents.choices.changes import DecisionKind
from incidents.models import Case, OnlineAccount, SubjectReport
from incidents.services.case import case_triage
from incidents.services.online_account import AccountData, online_account_add
from incidents.services.people import party_perpetrator_add
from incidents.services.search import search_refresh
from kernel import clock
from perpetrators.models import AllegedPerpetrator
from perpetrators.services import PerpetratorData
from tests.cast import acting, agency, cast_get, client_of
from tests.incidents.casework import audited, case_of, fresh, give, text
from tests.incidents.test_decision_undo import kept, undo

pytestmark = pytest.mark.django_db
WHY = "the test looks at all rows"

BORN = dt.date(1990, 5, 4)
NAMED = PerpetratorData(
    status="named", given_name="Darren", family_name="Pikestaff", date_of_birth=BORN, description="A neighbour"
)
ACCOUNT = AccountData(
    handle="@pikestaff88", profile_url="https://posts.example/pikestaff88", urls=("https://posts.example/1",)
)


def decide(case: Case, classification: str, name: str = "alice", **given) -> None:
    with acting(name) as actor:
        case_triage(
            actor=actor,
            case=case,
            version=fresh(case).version,
            priority="P2",
            classification=classification,
            lead_worker=cast_get()[name],
            reason="As told",
            **given,
        )


@pytest.fixture
def case(cast) -> Case:
    """A suspected crime of the police with a name and an account, which the council reads."""
    case = case_of("alice", perpetrators=[NAMED], classification="crime_suspected")
    decide(case, "crime_suspected")
    give(case, "NNC", Level.CONTRIBUTE)
    with acting("bob") as actor:
        online_account_add(actor=actor, case=fresh(case), incident=case.incidents.get(), data=ACCOUNT)
    return fresh(case)


def people() -> list[tuple]:
    rows = AllegedPerpetrator.objects.unscoped(reason=WHY).order_by("pk")
    return list(rows.values_list("pk", "status", "given_name", "family_name", "date_of_birth", "description"))


def accounts() -> list[tuple]:
    rows = OnlineAccount.objects.unscoped(reason=WHY).order_by("handle")
    return list(
        rows.values_list(
            "incident_id", "handle", "display_name", "profile_url", "post_id", "urls", "place", "agency_id"
        )
    )


def waiting() -> list[SubjectReport]:
    return list(SubjectReport.objects.unscoped(reason=WHY).order_by("created_at", "pk"))


def finds(case: Case, words: str, name: str = "alice") -> bool:
    return case.ref in text(client_of(name).get("/cases/", {"q": words}))


def test_names_and_accounts_stand_as_they_stood(case):
    stood = people(), accounts()
    assert [row[1:5] for row in stood[0]] == [("named", "Darren", "Pikestaff", BORN)]
    assert stood[1][0][-1] == agency("NNC").pk
    decide(case, "hate_incident")
    assert [row[1] for row in people()] == ["described"]
    assert not accounts()
    assert len(waiting()) == 2
    assert not finds(case, "Pikestaff")
    undo(case, DecisionKind.TRIAGED)
    assert (people(), accounts()) == stood
    assert not waiting()
    assert fresh(case).classification == "crime_suspected"
    assert finds(case, "Pikestaff")
    [event] = audited("quarantine.back")
    assert (event.case_id, event.detail) == (case.pk, {"people": 2})
    assert "Pikestaff" in text(client_of("alice").get(f"/cases/{case.ref}/"))


def test_the_second_time_changes_nothing(case):
    decide(case, "hate_incident")
    undo(case, DecisionKind.TRIAGED)
    stood = people(), accounts()
    undo(case, DecisionKind.TRIAGED)
    assert (people(), accounts()) == stood
    assert len(audited("quarantine.back")) == 1


def test_what_waited_before_goes_on_waiting(cast):
    case = case_of("alice", perpetrators=[NAMED])
    [before] = waiting()
    decide(case, "crime_suspected")
    undo(case, DecisionKind.TRIAGED)
    [after] = waiting()
    assert (after.pk, after.subject_as_reported, after.erase_on) == (
        before.pk,
        before.subject_as_reported,
        before.erase_on,
    )
    assert [row[1] for row in people()] == ["described"]


def test_a_name_that_waits_in_a_crime_goes_on_waiting_beside_one_that_comes_back(case):
    other = PerpetratorData(status="named", given_name="Wayne", family_name="Oxley", relationship="neighbour")
    # Reported while it was no crime: it waits though the case keeps names by now.
    decide(case, "hate_incident")
    with acting("alice") as actor:
        party_perpetrator_add(
            actor=actor, case=fresh(case), incident=case.incidents.get(), agency=agency("POL"), data=other
        )
    decide(case, "crime_suspected")
    [name] = [row for row in waiting() if row.subject_as_reported.get("given_name") == "Darren"]
    client_of("alice").post(f"/cases/{case.ref}/quarantine/{name.pk}/record/")
    decide(case, "hate_incident")
    undo(case, DecisionKind.TRIAGED)
    assert sorted(row[2] for row in people()) == ["", "Darren"]
    assert [row.subject_as_reported.get("given_name", "@") for row in waiting()] == ["@", "Wayne"]


def test_what_was_erased_since_stays_erased(case):
    decide(case, "hate_incident")
    SubjectReport.objects.unscoped(reason="erased meanwhile").filter(perpetrator__isnull=False).delete()
    undo(case, DecisionKind.TRIAGED)
    assert [row[1:4] for row in people()] == [("described", "", "")]
    assert len(accounts()) == 1
    assert audited("quarantine.back")[0].detail == {"people": 1}


def test_a_crime_that_is_taken_back_keeps_no_name(cast):
    case = case_of("alice", perpetrators=[NAMED])
    decide(case, "crime_recorded", crime_reference="26000111222")
    undo(case, DecisionKind.TRIAGED)
    assert [row[1] for row in people()] == ["described"]
    assert len(waiting()) == 1


@pytest.mark.parametrize("name", ["bob", "vera", "walt", "greta", "ada"])
def test_nobody_else_has_the_function_give_names_back(case, name):
    decide(case, "hate_incident")
    keys = [row.pk for row in waiting()]
    Case.objects.unscoped(reason="the test sets the scene").filter(pk=case.pk).update(classification="crime_suspected")
    with acting(name), connection.cursor() as cursor:
        cursor.execute("select hatecase_names_back(%s, %s, %s)", [case.pk, keys, clock.now()])
        assert cursor.fetchone()[0] == 0
        cursor.execute("select count(*) from hatecase_quarantine_keys(%s)", [case.pk])
        assert cursor.fetchone()[0] == 0
    assert len(waiting()) == 2


def test_the_function_gives_back_nothing_of_another_case_or_where_no_name_is_kept(case):
    decide(case, "hate_incident")
    keys = [row.pk for row in waiting()]
    other = case_of("alice", classification="crime_suspected")
    decide(other, "crime_suspected")
    for one, given in ((case, keys), (other, keys), (case, [uuid.uuid4()])):
        with acting("alice"), connection.cursor() as cursor:
            cursor.execute("select hatecase_names_back(%s, %s, %s)", [one.pk, given, clock.now()])
            assert cursor.fetchone()[0] == 0
    search_refresh(case)
    assert not finds(case, "Pikestaff")


def test_the_page_says_that_names_come_back(case):
    decide(case, "hate_incident")
    row = kept(case, DecisionKind.TRIAGED)
    page = text(client_of("alice").get(f"/cases/{case.ref}/undo/decision/{row.uid}/"))
    assert "Names and accounts that it put into quarantine are recorded again as they were" in page
