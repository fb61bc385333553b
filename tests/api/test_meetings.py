"""Meetings, agenda and packs by machine: the chair calls, the system chooses, the worker makes, the recipient takes."""

from __future__ import annotations

import datetime as dt
import hashlib
import io

import pytest
from pypdf import PdfReader

from hasbag import services
from hasbag.models import Meeting, Pack
from kernel import clock
from kernel.actors import system_actor
from tests.hasbag.builders import HIGH, case_of

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("a test does the worker's part")
KETTERING = {"district": "E07000153"}


@pytest.fixture
def beth(api_for):
    return api_for("beth")


@pytest.fixture
def ref(beth):
    starts = (clock.now() + dt.timedelta(days=21)).isoformat()
    answer = beth.post("/api/v1/meetings/", {"area": "north", "starts_at": starts}, format="json")
    assert answer.status_code == 201, answer.content
    return answer.json()["ref"]


def choose(ref):
    services.agenda_choose(
        actor=SYSTEM, meeting_id=Meeting.objects.unscoped(reason="the worker's part").get(ref=ref).pk
    )


def test_only_a_chair_calls_a_meeting(api_for):
    starts = (clock.now() + dt.timedelta(days=21)).isoformat()
    body = {"area": "north", "starts_at": starts}
    assert api_for("bob").post("/api/v1/meetings/", body, format="json").status_code == 403
    assert api_for("wendy").post("/api/v1/meetings/", body, format="json").status_code == 403
    wrong = api_for("beth").post("/api/v1/meetings/", body | {"area": "south"}, format="json")
    assert wrong.status_code == 400


def test_the_system_chooses_what_the_chair_may_see_and_hides_the_rest(beth, api_for, ref):
    own = case_of("bob", HIGH, **KETTERING)
    hidden = case_of("alice", HIGH, **KETTERING)
    choose(ref)
    page = beth.get(f"/api/v1/meetings/{ref}/").json()
    assert page["agenda_state"] == "chosen"
    assert [item["case"] for item in page["items"]] == [own.ref]
    assert hidden.ref not in str(page)
    assert ref in [m["ref"] for m in beth.get("/api/v1/meetings/").json()["results"]]
    assert api_for("walt").get(f"/api/v1/meetings/{ref}/").status_code == 404


def test_the_chair_adds_and_removes(beth, ref):
    case = case_of("bob", **KETTERING)
    hidden = case_of("alice", **KETTERING)
    choose(ref)
    url = f"/api/v1/meetings/{ref}/items/"
    made = beth.post(url, {"case": case.ref, "reason": "The family asked."}, format="json")
    assert made.status_code == 201, made.content
    refused = beth.post(url, {"case": hidden.ref, "reason": "x"}, format="json")
    absent = beth.post(url, {"case": "HC-26-AAAAAA", "reason": "x"}, format="json")
    assert refused.status_code == absent.status_code == 400
    assert refused.content.replace(hidden.ref.encode(), b"") == absent.content.replace(b"HC-26-AAAAAA", b"")
    assert beth.delete(f"{url}{made.json()['id']}/").status_code == 204
    assert beth.get(f"/api/v1/meetings/{ref}/").json()["items"] == []


def test_a_pack_goes_to_its_recipient_alone(beth, api_for, ref, settings, tmp_path):
    settings.HOME = tmp_path
    case = case_of("bob", HIGH, **KETTERING)
    choose(ref)
    asked = beth.post(f"/api/v1/meetings/{ref}/packs/", {}, format="json")
    assert asked.status_code == 202
    number = asked.json()["ref"]
    assert asked.json()["state"] == "queued"
    assert services.pack_make(pack_id=Pack.objects.unscoped(reason="the worker's part").get(ref=number).pk)
    row = beth.get(f"/api/v1/packs/{number}/").json()
    assert (row["state"], row["agency"]) == ("ready", "NNC")
    answer = beth.get(row["pdf"])
    content = b"".join(answer.streaming_content)
    assert hashlib.sha256(content).hexdigest() == row["sha256"]
    reader = PdfReader(io.BytesIO(content))
    assert len(reader.pages) == row["pages"]
    text = [page.extract_text() for page in reader.pages]
    assert any(case.ref in page for page in text)
    assert all("OFFICIAL-SENSITIVE" in page for page in text)
    for name in ("alice", "charlie", "walt"):
        assert api_for(name).get(f"/api/v1/packs/{number}/pdf/").status_code == 404
