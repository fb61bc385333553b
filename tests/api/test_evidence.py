"""A machine and evidence: adding, reading, downloading, withdrawing; errors as problem documents."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid

import pytest

from incidents.choices import Level
from kernel import clock
from tests import files
from tests.incidents import evidence as ev
from tests.incidents.casework import ABSENT, audited, case_of, give

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(settings, tmp_path):
    return ev.shelf_use(settings, tmp_path)


@pytest.fixture
def case(cast, shelf):
    return case_of("alice")


def url(case, tail=""):
    return f"/api/v1/cases/{case.ref}/evidence/{tail}"


def body(content=None, name="door.jpg", **values):
    sent = {
        "file": ev.upload(files.jpeg() if content is None else content, name),
        "description": "Paint on the front door",
        "source": "The victim’s phone",
        "obtained_at": (clock.now() - dt.timedelta(hours=1)).isoformat(),
    }
    return {name: value for name, value in (sent | values).items() if value is not None}


def test_a_file_is_added_listed_read_and_downloaded(api_for, case):
    alice = api_for("alice")
    made = alice.post(url(case), body())
    assert made.status_code == 201, made.content
    item = made.json()
    assert item.pop("warnings") == []
    assert (item["kind"], item["origin"], item["agency"]) == ("jpeg", "api", "Northamptonshire Police")
    assert item["sha256"] == hashlib.sha256(files.jpeg()).hexdigest()
    assert [line["what"] for line in item["custody"]] == ["Added"]
    assert [row["id"] for row in alice.get(url(case)).json()] == [item["id"]]
    assert alice.get(url(case, f"{item['id']}/")).json() == item
    taken = alice.get(url(case, f"{item['id']}/file/"))
    assert ev.body(taken) == files.jpeg()
    assert taken["Content-Disposition"].startswith("attachment;")
    assert taken["X-Content-Type-Options"] == "nosniff"
    assert len(audited("evidence.download")) == 1


def test_any_accept_header_gets_the_file(api_for, case):
    alice = api_for("alice")
    item = alice.post(url(case), body(files.pdf(), "letter.pdf")).json()
    taken = alice.get(url(case, f"{item['id']}/file/"), HTTP_ACCEPT="application/pdf")
    assert ev.body(taken) == files.pdf()


def test_others_get_the_copy_and_managers_the_original_with_a_reason(api_for, case, shelf):
    give(case, "NNC", Level.CONTRIBUTE)
    row = ev.add_quick(case, "bob", shelf, files.jpeg())
    alice, asha = api_for("alice"), api_for("asha")
    waits = alice.get(url(case, f"{row.uid}/file/"))
    assert waits.status_code == 400
    assert "is being made" in waits.json()["detail"]
    ev.ready(row)
    assert b"Larch" not in ev.body(alice.get(url(case, f"{row.uid}/file/")))
    original = url(case, f"{row.uid}/original/")
    assert alice.post(original, {"reason": "I want it"}, format="json").status_code == 403
    assert asha.post(original, {"reason": " "}, format="json").status_code == 400
    assert ev.body(asha.post(original, {"reason": "The court asked"}, format="json")) == files.jpeg()


def test_withdrawing(api_for, case):
    alice = api_for("alice")
    item = alice.post(url(case), body()).json()
    assert alice.post(url(case, f"{item['id']}/withdraw/"), {}, format="json").status_code == 400
    gone = alice.post(url(case, f"{item['id']}/withdraw/"), {"reason": "Wrong case"}, format="json").json()
    assert gone["withdrawn_reason"] == "Wrong case"
    assert alice.get(url(case, f"{item['id']}/file/")).status_code == 400


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"file": None}, "file"),
        ({"file": ev.upload(b"", "empty.jpg")}, "file"),
        ({"file": ev.upload(b"<svg/>", "x.svg")}, "file"),
        ({"file": ev.upload(files.pdf(script=True), "x.pdf")}, "file"),
        ({"file": ev.upload(files.jpeg() + files.archive(), "x.jpg")}, "file"),
        ({"file": "not a file"}, "file"),
        ({"description": ""}, "description"),
        ({"description": "a\u202eb"}, "description"),
        ({"source": "x" * 301}, "source"),
        ({"obtained_at": "yesterday"}, "obtained_at"),
        ({"obtained_at": "2099-01-01T00:00:00Z"}, "obtained_at"),
    ],
)
def test_what_is_not_right_is_named_by_field_and_nothing_is_kept(api_for, case, shelf, values, field):
    answer = api_for("alice").post(url(case), body(**values))
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert list(answer.json()["errors"]) == [field]
    assert not ev.rows(case)
    assert ev.kept(shelf) == []


def test_json_is_not_taken_for_a_file(api_for, case):
    assert api_for("alice").post(url(case), {"description": "x"}, format="json").status_code == 415


def test_an_idempotency_key_gives_the_first_file(api_for, case, shelf):
    alice, key = api_for("alice"), uuid.uuid4().hex
    sent = body()
    first = alice.post(url(case), sent, headers={"Idempotency-Key": key})
    moment = {"obtained_at": sent["obtained_at"]}
    again = alice.post(url(case), body(**moment), headers={"Idempotency-Key": key})
    assert first.status_code == again.status_code == 201
    assert first.json()["id"] == again.json()["id"]
    other = alice.post(url(case), body(files.png(), "x.png", **moment), headers={"Idempotency-Key": key})
    assert other.status_code == 409
    assert len(ev.rows(case)) == len(ev.kept(shelf)) == 1


def test_hidden_and_absent_answer_alike(api_for, case):
    row = ev.add(case)
    walt = api_for("walt")
    for tail, method in (
        ("", "get"),
        ("", "post"),
        (f"{row.uid}/", "get"),
        (f"{row.uid}/file/", "get"),
        (f"{row.uid}/original/", "post"),
        (f"{row.uid}/withdraw/", "post"),
    ):
        hidden = getattr(walt, method)(url(case, tail))
        absent = getattr(walt, method)(f"/api/v1/cases/{ABSENT}/evidence/{tail}")
        assert hidden.status_code == absent.status_code == 404, tail
        assert hidden.content == absent.content


def test_a_reader_may_not_add_and_a_token_that_reads_may_not_write(api_for, case):
    give(case, "NNC", Level.VIEW)
    assert api_for("bob").post(url(case), body()).status_code == 403
    assert api_for("alice", scopes=["read"]).post(url(case), body()).status_code == 403
