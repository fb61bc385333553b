"""Sharing by machine: the passport, an override, recall, and requests for access."""

from __future__ import annotations

import pytest

from agencies.choices import AgencyType
from agencies.models import Agency
from incidents.choices import Level
from incidents.models import AccessRequest, Breach
from tests.incidents.casework import ABSENT, case_of, give, victim_set

pytestmark = pytest.mark.django_db

SHARE = {"agency": "VSS", "level": "view", "purpose": "Support", "gateway": "s115"}
ASK = {"purpose": "We manage the tenancy", "gateway": "cda_s115"}


@pytest.fixture
def case(cast):
    return case_of("alice")


def path(case, tail="shares/"):
    return f"/api/v1/cases/{case.ref}/{tail}"


def test_a_partner_that_knows_nothing_of_the_passport_shares_as_before(case, api_for):
    made = api_for("alice").post(path(case), SHARE, format="json")
    assert made.status_code == 201
    assert {k: made.json()[k] for k in ("agency", "level", "purpose", "gateway")} == SHARE | {"gateway": "cda_s115"}
    assert (made.json()["necessity"], made.json()["field_groups"], made.json()["basis"]) == (
        "Support",
        [],
        "not_asked",
    )


def test_the_passport_by_machine(case, api_for):
    body = SHARE | {"necessity": "They plan with her", "field_groups": ["health"], "level": "contribute"}
    made = api_for("alice").post(path(case), body, format="json")
    assert made.json()["field_groups"] == ["health"]
    shares = api_for("vera").get(path(case, "")).json()["shares"]
    assert [s["necessity"] for s in shares if s["agency"] == "VSS"] == ["They plan with her"]
    assert [s["field_groups"] for s in shares if s["agency"] == "POL"] == [[]]
    refused = api_for("alice").post(path(case), SHARE | {"field_groups": ["subject_identity"]}, format="json")
    assert refused.status_code == 400
    assert "field_groups" in refused.json()["errors"]
    assert Agency.objects.get(code="VSS").type == AgencyType.VICTIM_SERVICE


def test_against_a_wish_it_waits_for_a_supervisor(case, api_for):
    victim_set(case, wish_share_support="withdrawn")
    alice = api_for("alice")
    assert alice.post(path(case), SHARE, format="json").status_code == 400
    body = SHARE | {"override": {"ground": "court_order", "reason": "The court asks.", "victim_told": True}}
    asked = [alice.post(path(case), body, format="json", HTTP_IDEMPOTENCY_KEY="k1") for _ in range(2)]
    assert [one.status_code for one in asked] == [202, 202]
    assert asked[0].json() == asked[1].json()
    assert asked[0].json()["state"] == "waiting"
    assert not case.grants.filter(source="share").exists()


def test_a_recall_says_who_opened_what_and_opens_one_breach(case, api_for):
    alice, vera = api_for("alice"), api_for("vera")
    share = alice.post(path(case), SHARE, format="json").json()["id"]
    assert vera.get(path(case, "")).status_code == 200
    recall = path(case, f"shares/{share}/recall/")
    assert vera.post(recall, {"reason": "x"}, format="json").status_code == 403
    assert alice.post(recall, {}, format="json").status_code == 400
    body = {"reason": "Wrong agency"}
    done = [alice.post(recall, body, format="json", HTTP_IDEMPOTENCY_KEY="k1") for _ in range(2)]
    assert [one.status_code for one in done] == [200, 200]
    assert [(one["name"], one["action"]) for one in done[1].json()["opened"]] == [("Vera Lindqvist", "case.read")]
    assert vera.get(path(case, "")).status_code == 404
    assert Breach.objects.unscoped(reason="the test counts rows").count() == 1
    absent = alice.post(path(case, f"shares/{case.grants.get(source='lead').uid}/recall/"), body, format="json")
    assert absent.status_code == 400


def test_signpost_and_ask_by_machine(case, api_for):
    give(case, "RSL1", Level.SIGNPOST)
    charlie, asha = api_for("charlie"), api_for("asha")
    requests = path(case, "access-requests/")
    assert charlie.get(path(case, "")).status_code == 404
    seen = charlie.get(requests).json()
    assert seen["ref"] == case.ref
    assert [one["email"] for one in seen["contacts"]] == ["asha@police.example"]
    made = [charlie.post(requests, ASK, format="json", HTTP_IDEMPOTENCY_KEY="k1") for _ in range(2)]
    assert [one.status_code for one in made] == [201, 201]
    assert made[0].json() == made[1].json()
    answer = path(case, f"access-requests/{made[0].json()['id']}/answer/")
    assert [one["agency"] for one in asha.get(requests).json()["results"]] == ["RSL1"]
    asked = asha.post(answer, {"answer": "question", "text": "Which?"}, format="json")
    assert (asked.status_code, asked.json()["state"]) == (200, "question")
    assert charlie.post(answer, {"answer": "grant", "level": "view"}, format="json").status_code == 400
    replied = charlie.post(answer, {"answer": "reply", "text": "Number 9"}, format="json").json()
    assert [one["text"] for one in replied["exchange"]] == ["Which?", "Number 9"]
    assert api_for("alice").post(answer, {"answer": "refuse", "text": "x"}, format="json").status_code == 403
    granted = asha.post(answer, {"answer": "grant", "level": "view", "field_groups": []}, format="json")
    assert granted.json()["state"] == "granted"
    assert charlie.get(path(case, "")).status_code == 200
    refused = asha.post(answer, {"answer": "refuse", "text": "x"}, format="json")
    assert refused.status_code == 400


def test_who_may_not_know_of_the_case_gets_what_an_absent_one_gives(case, api_for):
    give(case, "RSL1", Level.SIGNPOST)
    api_for("charlie").post(path(case, "access-requests/"), ASK, format="json")
    request = AccessRequest.objects.unscoped(reason="the test looks at the row").get()
    walt = api_for("walt")
    for tail in ("access-requests/", f"access-requests/{request.pk}/answer/", f"shares/{request.pk}/recall/"):
        for method in ("get", "post"):
            pair = [
                getattr(walt, method)(f"/api/v1/cases/{ref}/{tail}", ASK if method == "post" else None, format="json")
                for ref in (case.ref, ABSENT)
            ]
            assert pair[0].status_code == pair[1].status_code
            assert pair[0].content == pair[1].content
            assert pair[0].status_code in (404, 405)
