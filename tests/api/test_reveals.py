"""Hidden groups of fields by machine: null, named as hidden, and opened with a reason (docs/domain.md §5.4)."""

from __future__ import annotations

import datetime as dt

import pytest

from incidents.choices import Level
from kernel import clock
from perpetrators.services import PerpetratorData
from tests.incidents.casework import audited, case_of, give_all, victim_of

pytestmark = pytest.mark.django_db
QUILL = PerpetratorData(status="named", given_name="Dean", family_name="Quill")


@pytest.fixture
def case(cast):
    case = case_of(
        "alice",
        classification="crime_suspected",
        perpetrators=[QUILL],
        reporter_kind="witness",
        reporter_name="Ines Orta",
    )
    give_all(case, "NNC", Level.CONTRIBUTE)
    return case


def url(case) -> str:
    return f"/api/v1/cases/{case.ref}/reveals/"


def ask(client, case, group="victim_contact", reason="To arrange a visit", **headers):
    return client.post(url(case), {"group": group, "reason": reason}, format="json", **headers)


def test_hidden_groups_are_null_and_named(case, api_for):
    bob = api_for("bob")
    victim = bob.get(f"/api/v1/victims/{victim_of(case).ref}/").json()
    assert victim["hidden"] == ["victim_contact", "trans_status", "health", "immigration_status"]
    assert [victim["contact"][name] for name in ("phone", "email", "address", "postcode", "code_word")] == [None] * 5
    assert victim["contact"]["safe_to_leave_message"] == "not_asked"
    assert (victim["trans_status"], victim["health"], victim["immigration_status"]) == (None, None, None)
    body = bob.get(f"/api/v1/cases/{case.ref}/").json()
    assert body["hidden"] == [*victim["hidden"], "subject_identity"]
    [person] = [party for party in body["parties"] if party["role"] == "alleged_perpetrator"]
    assert (person["name"], person["age"]) == (None, None)
    person = bob.get(f"/api/v1/perpetrators/{person['ref']}/").json()
    assert (person["hidden"], person["status"]) == (["subject_identity"], "named")
    assert (person["given_name"], person["family_name"], person["date_of_birth"]) == (None, None, None)
    lead = api_for("asha").get(f"/api/v1/cases/{case.ref}/").json()
    assert lead["hidden"] == [*body["hidden"][:4], "reporter_identity", "subject_identity"]
    assert lead["incidents"][0]["reporter"] is None


def test_a_reason_opens_a_group_for_half_an_hour(case, api_for):
    bob = api_for("bob")
    answer = ask(bob, case)
    assert answer.status_code == 201
    assert (answer.json()["group"], answer.json()["reason"]) == ("victim_contact", "To arrange a visit")
    left = dt.datetime.fromisoformat(answer.json()["until"]) - clock.now_real()
    assert dt.timedelta(minutes=29) < left <= dt.timedelta(minutes=30)
    victim = bob.get(f"/api/v1/victims/{victim_of(case).ref}/").json()
    assert victim["contact"]["phone"] == "07700 900123"
    assert victim["hidden"] == ["trans_status", "health", "immigration_status"]
    [event] = audited("fields.reveal")
    assert (event.reason, event.detail["group"]) == ("To arrange a visit", "victim_contact")


def test_the_same_request_finds_the_first_opening(case, api_for):
    bob = api_for("bob")
    first = ask(bob, case, HTTP_IDEMPOTENCY_KEY="k")
    assert ask(bob, case, HTTP_IDEMPOTENCY_KEY="k").json() == first.json()
    assert ask(bob, case, group="health", HTTP_IDEMPOTENCY_KEY="k").status_code == 409
    assert len(audited("fields.reveal")) == 1


@pytest.mark.parametrize(
    "sent", [{}, {"group": "health"}, {"group": "secrets", "reason": "x"}, {"group": "health", "reason": " "}]
)
def test_a_bad_request_is_told_why(case, api_for, sent):
    assert api_for("bob").post(url(case), sent, format="json").status_code == 400


def test_who_may_not(case, api_for):
    assert ask(api_for("bob"), case, "reporter_identity").status_code == 403
    hidden = ask(api_for("walt"), case)
    absent = api_for("walt").post("/api/v1/cases/HC-26-ZZZZZZ/reveals/", {}, format="json")
    assert hidden.status_code == absent.status_code == 404
    assert hidden.content == absent.content
    assert not audited("fields.reveal")
