"""A machine works a case: the list, the whole, notes, contacts, risk, shares, tasks, change."""

from __future__ import annotations

import datetime as dt

import pytest

from kernel import clock
from kernel.audit import clock_database
from tests.api.test_incidents import report

pytestmark = pytest.mark.django_db
W1 = dict.fromkeys("A1 A2 A3 A4 A5 B1 B2 B3 C1 C2 C3 C4 C5 D1 D2 D3 D4 D5 D6 E1 E2 E3 F1 F2 F3".split(), 0) | {
    "A1": 1,
    "A2": 2,
    "A4": 1,
    "C1": 1,
    "D1": 1,
    "D5": 1,
    "F2": -1,
}
SAFE = {"S1": False, "S2": False, "S3": False}


@pytest.fixture
def alice(api_for):
    return api_for("alice")


@pytest.fixture
def ref(alice):
    return alice.post("/api/v1/incidents/", report(), format="json").json()["case"]


def url(ref, tail=""):
    return f"/api/v1/cases/{ref}/{tail}"


def states(client, ref):
    return {c["kind"]: c["state"] for c in client.get(url(ref)).json()["clocks"]}


def test_a_case_whole(alice, ref):
    answer = alice.get(url(ref))
    assert answer.status_code == 200
    assert answer["ETag"] == f'"{answer.json()["version"]}"'
    body = answer.json()
    assert body.keys() >= {"incidents", "parties", "clocks", "risk", "tasks", "notes", "shares"}
    assert body["incidents"][0]["narrative"].startswith("Shouted at")
    assert {p["role"] for p in body["parties"]} == {"victim", "alleged_perpetrator"}
    assert body["shares"][0]["agency"] == "POL"


def test_absent_and_hidden_answer_alike(api_for, alice, ref):
    bob = api_for("bob")
    for tail, method in (
        ("", "get"),
        ("notes/", "post"),
        ("tasks/", "post"),
        ("shares/", "post"),
        ("contacts/", "post"),
    ):
        hidden = getattr(bob, method)(url(ref, tail), {}, format="json" if method == "post" else None)
        absent = getattr(bob, method)(url("HC-26-AAAAAA", tail), {}, format="json" if method == "post" else None)
        assert hidden.status_code == absent.status_code == 404, tail
        assert hidden.content == absent.content


def test_the_list_finds_it(alice, ref, api_for):
    assert [c["ref"] for c in alice.get("/api/v1/cases/", {"q": "mosque"}).json()["results"]] == [ref]
    assert [c["ref"] for c in alice.get("/api/v1/cases/", {"strand": "REL"}).json()["results"]] == [ref]
    assert alice.get("/api/v1/cases/", {"strand": "TRN"}).json()["results"] == []
    assert alice.get("/api/v1/cases/", {"district": "E07000154", "status": "new", "lead": "POL"}).json()["count"] == 1
    chosen = {"classification": ["undetermined", "asb"], "priority": ["P1", "P2", "P3"]}
    assert alice.get("/api/v1/cases/", chosen).json()["count"] == 1
    assert alice.get("/api/v1/cases/", {"classification": "asb"}).json()["count"] == 0
    assert alice.get("/api/v1/cases/", {"priority": "P9"}).status_code == 400
    assert api_for("bob").get("/api/v1/cases/").json()["results"] == []
    assert alice.get("/api/v1/cases/", {"district": "Narnia"}).status_code == 400
    assert alice.get("/api/v1/cases/", {"received_from": "soon"}).status_code == 400


def test_the_list_is_paged_by_key(alice):
    refs = [
        alice.post("/api/v1/incidents/", report(narrative=f"Report {n}"), format="json").json()["case"]
        for n in range(27)
    ]
    first = alice.get("/api/v1/cases/").json()
    second = alice.get(first["next"]).json()
    assert second["next"] is None
    assert sorted(c["ref"] for c in first["results"] + second["results"]) == sorted(refs)


def test_a_change_needs_the_present_version(alice, ref):
    etag = alice.get(url(ref))["ETag"]
    assert alice.patch(url(ref), {"summary": "x"}, format="json").status_code == 428
    first = alice.patch(url(ref), {"summary": "Abuse at the mosque"}, format="json", HTTP_IF_MATCH=etag)
    assert first.status_code == 200
    stale = alice.patch(url(ref), {"summary": "Other"}, format="json", HTTP_IF_MATCH=etag)
    assert stale.status_code == 412
    assert alice.get(url(ref)).json()["summary"] == "Abuse at the mosque"
    unknown = alice.patch(url(ref), {"tier": "own"}, format="json", HTTP_IF_MATCH=first["ETag"])
    assert unknown.status_code == 400


def test_triage_meets_k2(alice, ref):
    etag = alice.get(url(ref))["ETag"]
    answer = alice.patch(
        url(ref),
        {
            "classification": "crime_suspected",
            "reason": "Public order offence described.",
            "priority": "P2",
            "lead_worker": "alice@police.example",
        },
        format="json",
        HTTP_IF_MATCH=etag,
    )
    assert answer.status_code == 200, answer.content
    assert answer.json()["classification"] == "crime_suspected"
    assert states(alice, ref)["K2"] == "met"


def test_notes_contacts_and_clocks(alice, ref):
    note = alice.post(url(ref, "notes/"), {"text": "Called the imam."}, format="json")
    assert note.status_code == 201
    now = clock.now().isoformat()
    contact = {"at": now, "method": "phone", "direction": "outbound", "result": "two_way"}
    assert alice.post(url(ref, "contacts/"), contact | {"acknowledgement": True}, format="json").status_code == 201
    assert alice.post(url(ref, "contacts/"), contact, format="json").status_code == 201
    found = states(alice, ref)
    assert (found["K1"], found["K3"]) == ("met", "met")
    assert alice.get(url(ref)).json()["notes"][0]["text"] == "Called the imam."
    assert alice.post(url(ref, "contacts/"), contact | {"result": "shouted"}, format="json").status_code == 400


def test_an_assessment(alice, ref):
    wrong = alice.post(
        url(ref, "risk-assessments/"), {"version": "HIRA-1", "answers": {"A1": 4}, "safety": SAFE}, format="json"
    )
    assert wrong.status_code == 400
    answer = alice.post(
        url(ref, "risk-assessments/"), {"version": "HIRA-1", "answers": W1, "safety": SAFE}, format="json"
    )
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert (body["risk"], body["protection"], body["total"]) == (7, -1, 6)
    assert (body["score_band"], body["computed_band"], body["final_band"]) == ("standard",) * 3
    assert body["subtotals"].items() >= {"A": 4, "B": 0, "C": 1, "D": 2, "E": 0}.items()
    assert body.keys() >= {"triggers", "floors", "gaps", "review_due"}
    whole = alice.get(url(ref)).json()
    assert whole["risk"]["final_band"] == "standard"
    assert states(alice, ref).items() >= {"K4": "met", "K9": "running"}.items()


def test_a_share_opens_and_ends(alice, ref, api_for):
    bob = api_for("bob")
    terms = {"agency": "NNC", "level": "view", "purpose": "Housing response", "gateway": "cda_s115"}
    assert alice.post(url(ref, "shares/"), terms | {"gateway": "because"}, format="json").status_code == 400
    assert alice.post(url(ref, "shares/"), terms | {"agency": "XXX"}, format="json").status_code == 400
    until = (clock_database() + dt.timedelta(days=3)).isoformat()
    assert alice.post(url(ref, "shares/"), terms | {"until": until}, format="json").status_code == 201
    assert bob.get(url(ref)).status_code == 200
    assert bob.get(url(ref)).json()["incidents"][0]["reporter"] is None
    assert bob.post(url(ref, "notes/"), {"text": "x"}, format="json").status_code == 403
    assert bob.post(url(ref, "shares/"), terms | {"agency": "RSL1"}, format="json").status_code == 403


def test_a_task_for_another_agency(alice, ref, api_for):
    bob = api_for("bob")
    due = (clock.now() + dt.timedelta(days=2)).isoformat()
    task = {"title": "Visit the street with the neighbourhood team", "agency": "NNC", "due_at": due}
    blind = alice.post(url(ref, "tasks/"), task, format="json")
    assert blind.status_code == 400
    terms = {"agency": "NNC", "level": "contribute", "purpose": "Patrol", "gateway": "cda_s115"}
    alice.post(url(ref, "shares/"), terms, format="json")
    made = alice.post(url(ref, "tasks/"), task, format="json")
    assert made.status_code == 201, made.content
    number = made.json()["ref"]
    assert number in [t["ref"] for t in bob.get("/api/v1/tasks/").json()["results"]]
    assert bob.post(f"/api/v1/tasks/{number}/accept/").status_code == 200
    assert bob.post(f"/api/v1/tasks/{number}/complete/", {}, format="json").status_code == 400
    done = bob.post(f"/api/v1/tasks/{number}/complete/", {"note": "Visited on Monday."}, format="json")
    assert done.json()["state"] == "done"
    assert api_for("walt").post(f"/api/v1/tasks/{number}/accept/").status_code == 404


def test_people_by_side(alice, ref, api_for):
    terms = {"level": "view", "purpose": "Support", "gateway": "consent"}
    for code in ("VSS", "PROB"):
        assert alice.post(url(ref, "shares/"), terms | {"agency": code}, format="json").status_code == 201
    parties = {p["role"]: p["ref"] for p in alice.get(url(ref)).json()["parties"]}
    victim, other = parties["victim"], parties["alleged_perpetrator"]
    vera, petra = api_for("vera"), api_for("petra")
    assert vera.get(f"/api/v1/victims/{victim}/").status_code == 200
    assert vera.get(f"/api/v1/victims/{victim}/").json()["contact"] is None
    assert alice.get(f"/api/v1/victims/{victim}/").json()["contact"]["phone"] == "07700 900456"
    assert vera.get(f"/api/v1/perpetrators/{other}/").status_code == 404
    assert petra.get(f"/api/v1/perpetrators/{other}/").status_code == 200
    assert petra.get(f"/api/v1/victims/{victim}/").status_code == 404
    assert {p["role"] for p in vera.get(url(ref)).json()["parties"]} == {"victim"}
    assert {p["role"] for p in petra.get(url(ref)).json()["parties"]} == {"alleged_perpetrator"}


def test_a_refused_request_leaves_its_key_unused(alice, ref):
    terms = {"agency": "VSS", "level": "view", "purpose": "Support", "gateway": "consent"}
    key = {"HTTP_IDEMPOTENCY_KEY": "k2"}
    past = terms | {"until": "2020-01-01T00:00:00Z"}
    assert [alice.post(url(ref, "shares/"), past, format="json", **key).status_code for _ in "ab"] == [400, 400]
    assert alice.post(url(ref, "shares/"), terms, format="json", **key).status_code == 201


def test_one_side_reads_no_more_by_machine_than_on_the_page(alice, ref, api_for):
    terms = {"level": "view", "purpose": "Why it is shared", "gateway": "consent"}
    for code in ("VSS", "PROB"):
        assert alice.post(url(ref, "shares/"), terms | {"agency": code}, format="json").status_code == 201
    alice.post(url(ref, "notes/"), {"text": "The victim moved to her aunt."}, format="json")
    body = api_for("petra").get(url(ref)).json()
    assert body["notes"] == []
    assert {s["agency"]: s["purpose"] for s in body["shares"]} == {"POL": "", "PROB": "Why it is shared"}


def test_the_police_record_the_crime(alice, ref, api_for):
    tag = alice.get(url(ref))["ETag"]
    body = {"crime_reference": "26000111222"}
    assert alice.post(url(ref, "crime/"), body, format="json").status_code == 428
    assert alice.post(url(ref, "crime/"), {}, format="json", headers={"If-Match": tag}).status_code == 400
    assert alice.post(url(ref, "crime/"), body, format="json", headers={"If-Match": '"0"'}).status_code == 412
    answer = alice.post(url(ref, "crime/"), body, format="json", headers={"If-Match": tag})
    assert (answer.status_code, answer.json()["classification"]) == (200, "crime_recorded")
    assert answer["ETag"] != tag
    assert api_for("bob").post(url(ref, "crime/"), body, format="json").status_code == 404
