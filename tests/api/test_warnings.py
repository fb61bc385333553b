"""What a machine is told beside an answer: names in texts where none belong, and what was said of safety."""

from __future__ import annotations

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from incidents.choices import Level
from incidents.models import Case
from perpetrators.services import PerpetratorData
from tests.api.test_incidents import report
from tests.incidents.casework import case_of, fresh, give, give_all, reveal
from tests.incidents.evidence import shelf_use

pytestmark = pytest.mark.django_db

NAMED = PerpetratorData(status="named", given_name="Darren", family_name="Pikestaff", relationship="neighbour")
TEXT = "Ring Mirza about Pikestaff"
DUE = "2027-06-01T12:00:00+01:00"


@pytest.fixture
def case(cast, settings, tmp_path) -> Case:
    """A suspected crime with both sides named, which alice works; the council manages it, probation adds to it."""
    shelf_use(settings, tmp_path)
    case = case_of("alice", perpetrators=[NAMED], classification="crime_suspected")
    give_all(case, "NNC", Level.MANAGE)
    give(case, "PROB", Level.CONTRIBUTE, field_groups=["subject_identity"])
    give(case, "VSS", Level.CONTRIBUTE)
    return fresh(case)


def url(case: Case, tail: str = "") -> str:
    return f"/api/v1/cases/{case.ref}/{tail}"


def task(client, case: Case, words: str):
    sent = {"title": words, "agency": "POL", "due_at": DUE}
    return client.post(url(case, "tasks/"), sent, format="json"), "title"


def summary(client, case: Case, words: str):
    return client.patch(url(case), {"summary": words}, format="json", HTTP_IF_MATCH="*"), "summary"


def classification(client, case: Case, words: str):
    sent = {
        "classification": "hate_incident",
        "reason": words,
        "priority": case.priority,
        "lead_worker": "alice@police.example",
    }
    return client.patch(url(case), sent, format="json", HTTP_IF_MATCH="*"), "reason"


def crime(client, case: Case, words: str):
    sent = {"crime_reference": "26000111222", "reason": words}
    return client.post(url(case, "crime/"), sent, format="json", HTTP_IF_MATCH="*"), "reason"


def recall(client, case: Case, words: str):
    grant = case.grants.get(agency__code="PROB")
    return client.post(url(case, f"shares/{grant.uid}/recall/"), {"reason": words}, format="json"), "reason"


def file(client, case: Case, words: str):
    sent = {
        "file": SimpleUploadedFile("note.txt", b"He was there at nine."),
        "kind": "document",
        "description": words,
        "source": "The neighbour",
        "obtained_at": "2026-01-02T12:00:00+00:00",
    }
    return client.post(url(case, "evidence/"), sent, format="multipart"), "description"


@pytest.mark.parametrize("send", [task, summary, crime, recall, file])
def test_a_name_where_none_belongs_is_taken_and_told(case, api_for, send):
    answer, field = send(api_for("alice"), case, TEXT)
    assert answer.status_code in (200, 201), answer.content
    [warning] = answer.json()["warnings"]
    assert warning["field"] == field
    assert "“Mirza”" in warning["message"]
    assert "“Pikestaff”" in warning["message"]
    assert "read" in warning["message"]


@pytest.mark.parametrize("send", [task, summary, classification, crime, recall, file])
def test_without_a_name_there_is_no_warning(case, api_for, send):
    answer, _ = send(api_for("alice"), case, "Ring her about him")
    assert answer.status_code in (200, 201), answer.content
    assert answer.json()["warnings"] == []


def test_the_reason_of_a_classification_is_warned_about(case, api_for):
    answer, _ = classification(api_for("alice"), case, "Mirza says so")
    assert [warning["field"] for warning in answer.json()["warnings"]] == ["reason"]


@pytest.mark.parametrize(
    ("name", "opens", "told"),
    [("vera", [], ["Mirza"]), ("petra", [], []), ("petra", ["subject_identity"], ["Pikestaff"])],
    ids=["victims", "perpetrators", "perpetrators, opened"],
)
def test_no_warning_tells_a_name_that_the_caller_is_not_shown(case, api_for, name, opens, told):
    reveal(case, name, *opens)
    answer, _ = task(api_for(name), case, TEXT)
    assert answer.status_code == 201, answer.content
    said = str(answer.json()["warnings"])
    assert [one for one in ("Mirza", "Pikestaff") if one in said] == told


def test_a_summary_that_stood_there_is_not_warned_about_again(case, api_for):
    alice = api_for("alice")
    assert summary(alice, case, TEXT)[0].json()["warnings"]
    assert summary(alice, case, TEXT)[0].json()["warnings"] == []


def test_the_same_key_again_warns_again(case, api_for):
    alice, key = api_for("alice"), str(uuid.uuid4())
    sent = {"title": TEXT, "agency": "POL", "due_at": DUE}
    first, again = (
        alice.post(url(case, "tasks/"), sent, format="json", HTTP_IDEMPOTENCY_KEY=key).json() for _ in range(2)
    )
    assert first["ref"] == again["ref"]
    assert first["warnings"] == again["warnings"] != []


def test_a_report_is_warned_about_by_its_own_names_and_those_of_the_case_it_joins(case, api_for):
    alice = api_for("alice")
    logged = alice.post("/api/v1/incidents/", report(summary="Haddad was shouted at"), format="json").json()
    assert [warning["field"] for warning in logged["warnings"]] == ["summary"]
    assert "“Haddad”" in logged["warnings"][0]["message"]
    assert alice.post("/api/v1/incidents/", report(summary="Shouting"), format="json").json()["warnings"] == []
    joined = alice.post("/api/v1/incidents/", report(case=case.ref, summary="Mirza again"), format="json").json()
    assert "“Mirza”" in joined["warnings"][0]["message"]


def test_reading_has_no_warnings(case, api_for):
    assert "warnings" not in api_for("alice").get(url(case)).json()


# --- What was said of safety --------------------------------------------------------------------------


@pytest.fixture
def urgent(cast) -> Case:
    case = case_of(
        "alice",
        triage_answers={"danger_now": False, "weapon": True, "self_harm": True},
        priority="P3",
        priority_reason="It is over",
    )
    give_all(case, "NNC", Level.VIEW)
    give(case, "PROB", Level.VIEW)
    return fresh(case)


@pytest.mark.parametrize(("name", "knows"), [("alice", True), ("bob", True), ("petra", False)])
def test_a_case_tells_what_was_said_of_safety_as_its_page_does(urgent, api_for, name, knows):
    [incident] = api_for(name).get(url(urgent)).json()["incidents"]
    urgency = incident["urgency"]
    assert urgency["safety"][:2] == ["Nobody was in danger then", "A weapon was used or shown"]
    assert ("Someone may harm themself" in urgency["safety"]) is knows
    assert any("harm" in one for one in urgency["reasons"]) is knows
    assert any("weapon" in one for one in urgency["reasons"])
    assert (urgency["suggested"], urgency["chosen"], urgency["chosen_reason"]) == ("P1", "P3", "It is over")


def test_where_the_suggestion_was_followed_nothing_else_was_chosen(cast, api_for):
    [incident] = api_for("alice").get(url(case_of("alice"))).json()["incidents"]
    assert incident["urgency"]["chosen"] == incident["urgency"]["chosen_reason"] == ""
    assert incident["urgency"]["suggested"] in ("P1", "P2", "P3")
