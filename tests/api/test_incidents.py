"""`POST /api/v1/incidents/`, as the contract words it."""

from __future__ import annotations

import datetime as dt

import pytest

from incidents.models import Incident
from kernel import clock

pytestmark = pytest.mark.django_db
URL = "/api/v1/incidents/"


def report(**overrides):
    now = clock.now()
    return {
        "received_at": (now - dt.timedelta(hours=1)).isoformat(),
        "occurred_from": (now - dt.timedelta(hours=5)).isoformat(),
        "channel": "phone",
        "narrative": "Shouted at outside the mosque as the family left.",
        "strands": [{"code": "REL", "sub": "Muslim"}, {"code": "RAC"}],
        "perceived_by": "victim",
        "behaviours": ["Verbal abuse", "threat"],
        "district": "E07000154",
        "victims": [{"given_name": "Amal", "family_name": "Haddad", "phone": "07700 900456"}],
        "perpetrators": [{"status": "described", "description": "Two men in a white van"}],
    } | overrides


def test_a_machine_logs_a_report(api_for):
    answer = api_for("alice").post(URL, report(), format="json")
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert body["ref"].startswith("HI-")
    assert body["case"].startswith("HC-")
    assert body["classification"] == "undetermined"
    assert body["priority"] in ("P1", "P2", "P3")
    clocks = {c["kind"]: c["state"] for c in body["clocks"]}
    assert clocks.items() >= {"K1": "running", "K2": "running", "K3": "running", "K4": "running"}.items()
    assert all({"kind", "due_at", "state", "met_at"} == c.keys() for c in body["clocks"])


def test_the_same_key_and_body_give_the_first_result(api_for, acting):
    client, body = api_for("alice"), report()
    first = client.post(URL, body, format="json", HTTP_IDEMPOTENCY_KEY="k-1")
    again = client.post(URL, body, format="json", HTTP_IDEMPOTENCY_KEY="k-1")
    other = client.post(URL, body | {"narrative": "Another"}, format="json", HTTP_IDEMPOTENCY_KEY="k-1")
    assert first.status_code == again.status_code == 201
    assert first.json()["ref"] == again.json()["ref"]
    assert other.status_code == 409
    assert other["Content-Type"] == "application/problem+json"
    with acting("alice") as actor:
        assert Incident.objects.visible_to(actor).count() == 1


def test_without_a_token_there_is_nothing(api_for, client):
    answer = client.post(URL, report(), content_type="application/json")
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("overrides", "field"),
    [
        ({"strands": [{"code": "XXX"}]}, "strands"),
        ({"strands": [{"code": "REL", "sub": "Klingon"}]}, "strands"),
        ({"strands": []}, "strands"),
        ({"narrative": "x" * 1_000_000}, "narrative"),
        ({"narrative": "a\x00b"}, "narrative"),
        ({"narrative": "a\u202eb"}, "narrative"),
        ({"behaviours": ["witchcraft"]}, "behaviours"),
        ({"district": "E07000001"}, "district"),
        ({"occurred_from": "2999-01-01T00:00:00+00:00"}, "occurred_from"),
        ({"received_at": "2999-01-01T00:00:00+00:00"}, "received_at"),
        ({"received_at": "yesterday"}, "received_at"),
        ({"channel": "pigeon"}, "channel"),
        ({"perceived_by": None}, "perceived_by"),
        ({"victims": [{"ref": "HV-26-AAAAAA"}]}, "victims"),
        ({"priority": "P9"}, "priority"),
        ({"priority": "P3", "triage_answers": {"danger_now": True}}, "priority_reason"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_saved(api_for, acting, overrides, field):
    answer = api_for("alice").post(URL, report(**overrides), format="json")
    assert answer.status_code == 400, answer.content
    assert field in answer.json()["errors"]
    with acting("alice") as actor:
        assert not Incident.objects.visible_to(actor).exists()


def test_joining_a_case_one_may_not_see_answers_like_an_absent_one(api_for):
    ref = api_for("alice").post(URL, report(), format="json").json()["case"]
    hidden = api_for("bob").post(URL, report(case=ref), format="json")
    absent = api_for("bob").post(URL, report(case="HC-26-AAAAAA"), format="json")
    assert hidden.status_code == absent.status_code == 404
    assert hidden.content == absent.content


def test_a_role_without_casework_logs_nothing(api_for):
    assert api_for("sam").post(URL, report(), format="json").status_code == 403


def test_a_reading_token_cannot_write(api_for):
    assert api_for("alice", scopes=("read",)).post(URL, report(), format="json").status_code == 403


def test_an_address_that_is_none_answers_with_a_problem(api_for):
    answer = api_for("alice").get("/api/v1/nothing/")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_too_large_a_request_is_refused_as_such(api_for):
    answer = api_for("alice").post(
        URL, data='{"narrative": "' + "x" * 6_000_000 + '"}', content_type="application/json"
    )
    assert answer.status_code == 413
    assert answer["Content-Type"] == "application/problem+json"


def test_json_that_is_none_is_refused(api_for):
    answer = api_for("alice").post(URL, data="{", content_type="application/json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_something_online_goes_in_and_comes_out_under_one_set_of_names(api_for, acting):
    sent = {
        "platform": "Chatterbox",
        "url": "https://x.example/1",
        "urls": ["https://x.example/1", "https://x.example/2"],
        "username": "@pike",
        "display_name": "P. Pike",
        "poster_place": "uk",
        "posted_at": "2026-02-03T13:40:00Z",
        "posted_zone": "Asia/Karachi",
        "reach": "group",
        "tagged": "The shop",
        "reported_to_platform": True,
        "platform_report_date": "2026-02-04",
        "platform_report_ref": "RP-1",
        "platform_report_result": "waiting",
    }
    client = api_for("alice")
    body = report(online=sent, postcode="nn11aa", classification="crime_suspected")
    logged = client.post(URL, body, format="json")
    assert logged.status_code == 201, logged.content
    [incident] = client.get(f"/api/v1/cases/{logged.json()['case']}/").json()["incidents"]
    told = incident["online_detail"]
    assert incident["online"] is True
    assert {name: told[name] for name in sent if name in told} == {
        name: value for name, value in sent.items() if name in told
    }
    [account] = told["accounts"]
    assert (account["username"], account["urls"], account["poster_place"]) == ("@pike", sent["urls"], "uk")
    with acting("alice") as actor:
        assert Incident.objects.visible_to(actor).get().postcode == "NN1 1AA"
    refused = client.post(URL, body | {"online": {"reach": "everybody"}}, format="json")
    assert refused.status_code == 400
