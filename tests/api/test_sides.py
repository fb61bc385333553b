"""What a machine of one side reads and changes: no more than the pages let it (docs/domain.md §5.3, §5.4)."""

from __future__ import annotations

import datetime as dt

import pytest

from incidents.choices import Level
from incidents.services.risk import assessment_submit
from incidents.services.task import task_create
from kernel import clock
from perpetrators.services import PerpetratorData
from tests.cast import acting, agency, client_of
from tests.incidents.casework import SAFE, answers, case_of, fresh, give, reveal, victim_of
from victims.services import VictimData

pytestmark = pytest.mark.django_db

QUILL = PerpetratorData(status="named", given_name="Dean", family_name="Quill", description="A man with a red van")
NAMED = "Dean Quill shouted at Farida Mirza."


@pytest.fixture
def case(cast):
    """A suspected crime with both sides named in its summary, for Voice and Probation to manage."""
    case = case_of("alice", classification="crime_suspected", perpetrators=[QUILL], summary=NAMED)
    for code in ("VSS", "PROB"):
        give(case, code, Level.MANAGE)
    return case


def url(case, tail=""):
    return f"/api/v1/cases/{case.ref}/{tail}"


@pytest.mark.parametrize("who", ["viola", "petra"])
def test_a_summary_with_hidden_names_goes_out_and_comes_back_unchanged(case, api_for, who):
    client = api_for(who)
    read = client.get(url(case))
    shown = read.json()["summary"]
    assert "[not shown]" in shown
    sent = {"summary": shown, "priority": "P1"}
    changed = client.patch(url(case), sent, format="json", HTTP_IF_MATCH=read["ETag"])
    assert changed.status_code == 200, changed.content
    assert changed.json()["summary"] == shown
    assert (fresh(case).summary, fresh(case).priority) == (NAMED, "P1")
    for guess in (NAMED, "Somebody shouted."):
        refused = client.patch(url(case), {"summary": guess}, format="json", HTTP_IF_MATCH="*")
        assert refused.status_code == 400
        assert "summary" in refused.json()["errors"]
    assert fresh(case).summary == NAMED


# --- Each field as the page has it -------------------------------------------------------------------


def test_those_who_need_not_make_contact_are_told_an_age_and_no_date_of_birth(cast, api_for):
    born = dt.date(clock.today().year - 30, 1, 1)
    victim = VictimData(given_name="Amal", family_name="Haddad", date_of_birth=born, district="E07000154")
    case = case_of("alice", victims=[victim])
    give(case, "VSS", Level.VIEW)
    give(case, "NREC", Level.CONTRIBUTE)
    path = f"/api/v1/victims/{victim_of(case).ref}/"
    far, near = api_for("vera").get(path).json(), api_for("nadia").get(path).json()
    assert (far["age"], far["date_of_birth"], far["district"], far["interpreter_needed"]) == (30, None, None, None)
    assert far["contact"] is None
    assert (near["age"], near["date_of_birth"], near["district"]) == (30, born.isoformat(), "E07000154")
    assert near["contact"]["preferred_worker"] == "no_preference"
    assert born.isoformat() not in client_of("vera").get(f"/victims/{victim_of(case).ref}/").content.decode()


def test_a_reporter_who_asked_for_no_contact_is_not_given_with_one(cast, api_for):
    told = {"reporter_kind": "witness", "reporter_name": "Ines Orta", "reporter_contact": "0808 157 0123"}
    case = case_of("alice", **told, reporter_no_contact=True)
    reveal(case, "alice", "reporter_identity")
    reporter = api_for("alice").get(url(case)).json()["incidents"][0]["reporter"]
    assert reporter == {"kind": "witness", "name": "Ines Orta", "contact": "", "no_contact": True}
    other = case_of("alice", **told)
    reveal(other, "alice", "reporter_identity")
    assert api_for("alice").get(url(other)).json()["incidents"][0]["reporter"]["contact"] == "0808 157 0123"
    led = case_of("petra", victims=[], **told)
    assert api_for("petra").get(url(led)).json()["incidents"][0]["reporter"] is None


def test_who_took_the_report_is_not_told_to_the_other_side(cast, api_for):
    case = case_of("tom", victims=[], district="E07000154")
    for code in ("PROB", "NNC"):
        give(case, code, Level.VIEW)
    agencies = {
        who: api_for(who).get(url(case)).json()["incidents"][0]["reporting_agency"] for who in ("petra", "bob")
    }
    assert agencies == {"petra": "", "bob": "Harbour Community Centre"}


def test_an_assessment_gives_the_other_side_its_band_alone(case, api_for):
    with acting("alice") as alice:
        assessment_submit(actor=alice, case=case, answers=answers(A1=1), safety=SAFE, version="HIRA-1")
    risk = {who: api_for(who).get(url(case)).json()["risk"] for who in ("petra", "viola")}
    assert (risk["petra"]["final_band"], risk["petra"]["total"], risk["petra"]["gaps"]) == ("standard", None, None)
    assert risk["petra"]["explanation"] == ""
    assert (risk["viola"]["total"], risk["viola"]["gaps"]) == (1, 0)


@pytest.mark.parametrize(("reader", "asker", "doer"), [("viola", "alice", "PROB"), ("petra", "viola", "POL")])
def test_a_task_of_the_other_side_is_absent(case, api_for, reader, asker, doer):
    with acting(asker) as actor:
        task = task_create(actor=actor, case=case, agency=agency(doer), title="Write a letter")
    client = api_for(reader)
    for step in ("accept", "complete", "decline"):
        hidden = client.post(f"/api/v1/tasks/{task.ref}/{step}/", {}, format="json")
        absent = client.post(f"/api/v1/tasks/HT-26-ZZZZZZ/{step}/", {}, format="json")
        assert hidden.status_code == absent.status_code == 404
        assert hidden.content == absent.content
    assert task.ref not in [row["ref"] for row in client.get(url(case)).json()["tasks"]]


def test_a_note_comes_back_as_the_page_shows_it(case, api_for):
    sent = {"text": "Dean Quill was seen there again."}
    made = api_for("viola").post(url(case, "notes/"), sent, format="json", HTTP_IDEMPOTENCY_KEY="n")
    again = api_for("viola").post(url(case, "notes/"), sent, format="json", HTTP_IDEMPOTENCY_KEY="n")
    assert made.json() == again.json()
    assert made.json()["text"] == sent["text"], "one's own words come back as they were sent, whoever they name"
