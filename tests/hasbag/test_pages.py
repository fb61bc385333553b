"""Each page of meetings in five shapes: it works; another agency finds nothing; who may see but not do is refused;
another method; a reference that is none. And what the forms say."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest
from bs4 import BeautifulSoup

from hasbag import services
from hasbag.choices import AttendanceState, ItemState, ProposalState
from hasbag.models import AgendaItem, Meeting, Pack, Referral
from kernel import clock
from kernel.when import moment_text
from tests.cast import acting
from tests.hasbag.builders import (
    HIGH,
    WHY,
    case_of,
    choose,
    grants,
    hold,
    items,
    meeting_of,
    proposals,
    share,
    without_token,
)

pytestmark = pytest.mark.django_db

ABSENT = "HM-26-ZZZZZZ"


@pytest.fixture
def scene(cast):
    """A meeting with a council's case on the agenda, a case of the police proposed, and a pack asked for."""
    own, theirs = case_of("bob", HIGH), case_of("alice", HIGH)
    meeting = meeting_of(codes="NNC POL VSS")
    choose(meeting)
    with acting("beth") as actor:
        pack = services.pack_request(actor=actor, meeting=meeting)
    return {
        "own": own.ref,
        "theirs": theirs.ref,
        "ref": meeting.ref,
        "item": items(meeting)[0].uid,
        "proposal": proposals(meeting)[0].uid,
        "pack": pack.ref,
        "meeting": meeting,
        "case": theirs,
    }


# page, who opens it, who finds nothing, who is refused, a method it does not take
PAGES = [
    ("/hasbag/", "frank", "sam", None, "post"),
    ("/hasbag/new/", "beth", "sam", "alice", "delete"),
    ("/hasbag/{ref}/", "alice", "walt", None, "post"),
    ("/hasbag/{ref}/attendance/POL/", "alice", "walt", "beth", "delete"),
    ("/hasbag/{ref}/sign/", "beth", "walt", "alice", "put"),
    ("/hasbag/{ref}/items/add/", "beth", "walt", "bob", "delete"),
    ("/hasbag/{ref}/items/{item}/remove/", "beth", "walt", "bob", "delete"),
    ("/hasbag/{ref}/items/{item}/restore/", "beth", "walt", "bob", "delete"),
    ("/hasbag/{ref}/items/{item}/release/", "beth", "alice", "bob", "delete"),
    ("/hasbag/{ref}/packs/", "vera", "walt", None, "delete"),
    ("/hasbag/{ref}/packs/{pack}/", "beth", "bob", None, "post"),
    ("/hasbag/{ref}/packs/{pack}/state/", "beth", "bob", None, "post"),
    ("/hasbag/{ref}/pack.pdf", None, "beth", None, "post"),
    ("/hasbag/proposals/{proposal}/", "asha", "beth", None, "delete"),
    ("/hasbag/refer/{own}/", "beth", "alice", "bob", "delete"),
]


@pytest.mark.parametrize(("path", "opens", "finds_nothing", "refused", "method"), PAGES, ids=[p[0] for p in PAGES])
def test_each_page_in_its_shapes(scene, client_for, client, path, opens, finds_nothing, refused, method):
    url = path.format(**scene)
    if opens:
        assert client_for(opens).get(url).status_code == 200
    assert client_for(finds_nothing).get(url).status_code == 404
    if refused:
        assert client_for(refused).get(url).status_code == 403
        assert client_for(refused).post(url, {}).status_code == 403
    assert getattr(client_for(opens or finds_nothing), method)(url).status_code == 405
    assert client.get(url).status_code == 302


@pytest.mark.parametrize("path", [p[0] for p in PAGES if "{" in p[0]])
def test_what_is_hidden_reads_like_what_is_not_there(scene, client_for, path):
    client = client_for("walt")
    nowhere = scene | {
        "ref": ABSENT,
        "item": uuid.uuid4(),
        "proposal": uuid.uuid4(),
        "pack": "HK-26-ZZZZZZ",
        "own": "HC-26-ZZZZZZ",
    }
    hidden, absent = client.get(path.format(**scene)), client.get(path.format(**nowhere))
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert without_token(hidden.content) == without_token(absent.content)


@pytest.mark.parametrize("name", ["sam", "ines", "greta", "admin", "ada"])
def test_who_works_no_cases_finds_no_meetings(scene, client_for, name):
    assert client_for(name).get("/hasbag/").status_code == 404


# --- The journey through the forms -----------------------------------------------------------------------------


def test_a_chair_calls_a_meeting(cast, client_for):
    client = client_for("beth")
    soup = BeautifulSoup(client.get("/hasbag/new/").content, "html.parser")
    assert [box["value"] for box in soup.select("input[name=area]")] == ["north"]
    members = [box["value"] for box in soup.select("input[name=agencies][checked]")]
    token = soup.select_one("input[name=submission_id]")["value"]
    form = {
        "area": "north",
        "starts_at_day": "14",
        "starts_at_month": "12",
        "starts_at_year": "2099",
        "starts_at_time": "10am",
        "venue": "Room 2",
        "agencies": members,
        "submission_id": token,
    }
    first, second = client.post("/hasbag/new/", form), client.post("/hasbag/new/", form)
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
    meeting = Meeting.objects.unscoped(reason=WHY).get()
    assert (moment_text(meeting.starts_at), len(meeting.agency_ids)) == ("14 December 2099 at 10am", len(members) + 1)


def test_what_is_wrong_with_a_meeting_is_said_beside_the_field(cast, client_for):
    form = {
        "area": "north",
        "starts_at_day": "1",
        "starts_at_month": "1",
        "starts_at_year": "2020",
        "starts_at_time": "10am",
        "venue": "Kept as typed",
    }
    page = client_for("beth").post("/hasbag/new/", form)
    soup = BeautifulSoup(page.content, "html.parser")
    summary = soup.select_one(".govuk-error-summary").get_text(" ", strip=True)
    assert "must be in the future" in summary
    assert "Select at least one agency beside your own" in summary
    assert soup.select_one("input[name=venue]")["value"] == "Kept as typed"
    assert soup.title.get_text().startswith("Error: ")
    assert not Meeting.objects.unscoped(reason=WHY).exists()


def test_an_agency_answers_the_invitation(scene, client_for):
    url = f"/hasbag/{scene['ref']}/attendance/POL/"
    client = client_for("alice")
    assert "Enter who attends" in client.post(url, {"state": "attending", "name": ""}).content.decode()
    assert client.post(url, {"state": "attending", "name": "Asha Raithatha"}).status_code == 302
    row = scene["meeting"].attendances.get(agency__code="POL")
    assert (row.state, row.name) == (AttendanceState.ATTENDING, "Asha Raithatha")
    assert client.post(url, {"state": "apologies"}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.name) == (AttendanceState.APOLOGIES, "")


def test_the_chair_adds_takes_off_and_puts_back(scene, client_for):
    client, base = client_for("beth"), f"/hasbag/{scene['ref']}/"
    answer = client.post(base + "items/add/", {"case": scene["theirs"], "reason": ""})
    assert f"There is no case {scene['theirs']} that you may see" in answer.content.decode()
    second = case_of("bob")
    assert client.post(base + "items/add/", {"case": second.ref, "reason": "Worry"}).status_code == 302
    assert second.ref in client.get(base).content.decode()
    remove = f"{base}items/{scene['item']}/remove/"
    assert "Enter why it is taken off" in client.post(remove, {"reason": ""}).content.decode()
    assert client.post(remove, {"reason": "Settled"}).status_code == 302
    page = client.get(base).content.decode()
    assert "Taken off the agenda (1)" in page
    assert client.post(f"{base}items/{scene['item']}/restore/", {"reason": ""}).status_code == 302
    assert {item.state for item in items(scene["meeting"])} == {ItemState.LISTED}


def test_the_lead_agency_releases_through_the_page(scene, client_for):
    client, url = client_for("asha"), f"/hasbag/proposals/{scene['proposal']}/"
    soup = BeautifulSoup(client.get(url).content, "html.parser")
    text = soup.get_text(" ", strip=True)
    assert "Sharing with the police Not asked" in re.sub(r"\s+", " ", text)
    ticked = [box["value"] for box in soup.select("input[name=agencies][checked]")]
    assert len(ticked) == 2
    form = {
        "decision": "release",
        "agencies": ticked,
        "purpose": "Agree a plan",
        "gateway": "cda_s115",
        "gateway_others": "dpa_sch1_p18",
    }
    assert "Select who will be able to read" in client.post(url, form | {"agencies": []}).content.decode()
    assert "Select whether the case is released" in client.post(url, form | {"decision": ""}).content.decode()
    assert client.post(url, form).status_code == 302
    assert grants(scene["case"]) == {"POL": "manage", "NNC": "view", "VSS": "view"}
    assert "Released to the meeting" in client.get(url).content.decode()


def test_the_lead_agency_refuses_through_the_page(scene, client_for):
    client, url = client_for("donna"), f"/hasbag/proposals/{scene['proposal']}/"
    assert "Enter why it is not released" in client.post(url, {"decision": "refuse"}).content.decode()
    assert client.post(url, {"decision": "refuse", "reason": "Live investigation"}).status_code == 302
    assert proposals(scene["meeting"])[0].state == ProposalState.REFUSED


def test_a_wish_is_said_on_the_page_and_nothing_is_released(scene, client_for):
    victim = scene["case"].parties.get().victim
    victim.wish_share_council = "no"
    victim.save()
    client, url = client_for("asha"), f"/hasbag/proposals/{scene['proposal']}/"
    soup = BeautifulSoup(client.get(url).content, "html.parser")
    ticked = [box["value"] for box in soup.select("input[name=agencies][checked]")]
    form = {"decision": "release", "agencies": ticked, "purpose": "Plan", "gateway": "cda_s115"}
    page = client.post(url, form | {"gateway_others": "dpa_sch1_p18"}).content.decode()
    assert "does not want it shared with this kind of agency (local authority)" in page
    assert grants(scene["case"]) == {"POL": "manage"}


def test_a_listed_case_is_opened_to_all_members(scene, client_for):
    client, url = client_for("beth"), f"/hasbag/{scene['ref']}/items/{scene['item']}/release/"
    soup = BeautifulSoup(client.get(url).content, "html.parser")
    ticked = [box["value"] for box in soup.select("input[name=agencies][checked]")]
    form = {"agencies": ticked, "purpose": "Plan", "gateway": "cda_s115", "gateway_others": "dpa_sch1_p18"}
    assert client.post(url, form).status_code == 302
    assert client_for("vera").get(f"/hasbag/{scene['ref']}/").content.decode().count(scene["own"]) > 0


def test_a_point_of_contact_refers_a_case(scene, client_for):
    client, url = client_for("beth"), f"/hasbag/refer/{scene['own']}/"
    assert "Enter why the meeting should discuss it" in client.post(url, {"area": "north"}).content.decode()
    assert client.post(url, {"area": "north", "reason": "Please"}).status_code == 302
    assert Referral.objects.unscoped(reason=WHY).get().reason == "Please"
    assert "waits for the next meeting" in client.post(url, {"area": "north", "reason": "Again"}).content.decode()


def test_a_pack_is_asked_for_and_watched(scene, client_for):
    client, base = client_for("vera"), f"/hasbag/{scene['ref']}/packs/"
    soup = BeautifulSoup(client.get(base).content, "html.parser")
    assert len(soup.select("select[name=agency] option[value]:not([value=''])")) == 1
    token = soup.select_one("input[name=submission_id]")["value"]
    own = soup.select_one("select[name=agency] option[value]:not([value=''])")["value"]
    first = client.post(base, {"agency": own, "submission_id": token})
    assert first["Location"] == client.post(base, {"agency": own, "submission_id": token})["Location"]
    page = BeautifulSoup(client.get(first["Location"]).content, "html.parser")
    watched = page.select_one("[data-poll]")["data-poll"]
    assert page.select_one("a:-soup-contains('Check again')")["href"] == first["Location"]
    assert not page.select("meta[http-equiv=refresh]")
    assert "data-waiting" in client.get(watched).content.decode()
    services.pack_make(pack_id=Pack.objects.unscoped(reason=WHY).get(recipient__code="VSS").pk)
    part = client.get(watched).content.decode()
    assert ("data-waiting" in part, "Download the pack" in part) == (False, True)


def test_another_agencys_pack_is_not_among_the_choices(scene, client_for):
    police = str(share(scene["case"], "NNC").agency_id)
    page = client_for("vera").post(f"/hasbag/{scene['ref']}/packs/", {"agency": police})
    assert "choose one of the options shown" in page.content.decode()


def test_the_chair_sees_of_another_agencys_pack_only_that_it_is_ready(scene, client_for):
    with acting("beth") as actor:
        agency = scene["meeting"].attendances.get(agency__code="POL").agency
        pack = services.pack_request(actor=actor, meeting=scene["meeting"], agency=agency)
    services.pack_make(pack_id=pack.pk)
    page = client_for("beth").get(f"/hasbag/{scene['ref']}/packs/{pack.ref}/").content.decode()
    assert "It is ready for people of Northamptonshire Police" in page
    assert ("SHA-256" in page, "PDF, " in page) == (False, False)


def test_the_minutes_are_signed_through_the_page(scene, client_for):
    client, url = client_for("beth"), f"/hasbag/{scene['ref']}/sign/"
    assert "once the meeting has been held" in client.post(url, {}).content.decode()
    hold(scene["meeting"])
    assert client.post(url, {}).status_code == 302
    page = client.get(f"/hasbag/{scene['ref']}/").content.decode()
    assert "Minutes signed" in page
    assert "Add a case" not in page
    assert "It cannot be changed any more" in page
    assert "late item" not in page


@pytest.mark.parametrize(("days", "word"), [(1, "ends on"), (60, "ended on")])
def test_the_members_view_is_told_as_over_once_it_is(scene, client_for, days, word):
    signed = clock.now() - dt.timedelta(days=days)
    hold(scene["meeting"])
    Meeting.objects.unscoped(reason=WHY).update(minutes_signed_at=signed)
    assert f"released to this meeting {word}" in client_for("beth").get(f"/hasbag/{scene['ref']}/").content.decode()


def test_while_the_agenda_is_chosen_nobody_is_told_that_it_is_empty(scene, client_for):
    Meeting.objects.unscoped(reason=WHY).update(agenda_state="queued")
    AgendaItem.objects.unscoped(reason=WHY).delete()
    page = client_for("beth").get(f"/hasbag/{scene['ref']}/").content.decode()
    assert "load this page again" in page
    assert "no case on this agenda" not in page


def test_my_work_shows_what_is_to_be_decided_to_those_who_decide(scene, actor):
    from hasbag.panels import releases

    with acting("asha") as asha:
        panel = releases(asha)
        assert [p.uid for p in panel.data["proposals"]] == [scene["proposal"]]
    with acting("alice") as alice:
        assert releases(alice) is None
    with acting("beth") as beth:
        assert releases(beth) is None


def test_a_cases_page_tells_of_its_meetings_and_offers_the_referral(scene, cast):
    from hasbag.panels import meetings
    from incidents.models import Case

    for name, offered in (("beth", True), ("bob", False)):
        with acting(name) as actor:
            panel = meetings(actor, Case.objects.visible_to(actor).get(ref=scene["own"]))
            assert [meeting.ref for meeting in panel.data["meetings"]] == [scene["ref"]]
            assert panel.data["may_refer"] is offered
