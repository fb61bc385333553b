"""The briefing pack: who may ask for it, and who may have it."""

from __future__ import annotations

import datetime as dt
import hashlib

import pytest

from agencies.models import Agency
from hasbag import selectors, services
from hasbag.models import Pack
from incidents.models import Breach, Case, CaseGrant
from incidents.services.access import access_rebuild
from incidents.services.recall import share_recall
from kernel import clock
from kernel.errors import ForbiddenError, RuleError
from kernel.models import AuditEvent
from tests.cast import acting
from tests.hasbag.builders import (
    HIGH,
    WHY,
    case_of,
    choose,
    exclude,
    meeting_of,
    pack_of,
    release,
    share,
)

pytestmark = pytest.mark.django_db

# --- Asking ----------------------------------------------------------------------------------------------------


def test_who_may_ask_for_whose_pack(rich):
    _, meeting = rich
    fire, west = Agency.objects.get(code="FIRE"), Agency.objects.get(code="WNC")
    with acting("alice") as actor, pytest.raises(ForbiddenError):
        services.pack_request(actor=actor, meeting=meeting, agency=fire)
    with acting("beth") as actor, pytest.raises(RuleError, match="not a member"):
        services.pack_request(actor=actor, meeting=meeting, agency=west)


# --- Downloading -----------------------------------------------------------------------------------------------


def url(meeting, pack=None) -> str:
    return f"/hasbag/{meeting.ref}/pack.pdf" + (f"?pack={pack.ref}" if pack else "")


def test_the_recipient_downloads_and_it_is_an_audited_disclosure(rich, client_for):
    case, meeting = rich
    pack = pack_of("beth", meeting)
    response = client_for("bob").get(url(meeting, pack))
    assert response.status_code == 200
    assert hashlib.sha256(response.content).hexdigest() == pack.sha256
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == f'attachment; filename="{pack.ref}.pdf"'
    assert response["Cache-Control"] == "no-store, private"
    event = AuditEvent.objects.get(action="pack.download")
    assert (event.operation, event.subject_ref, event.detail["cases"]) == ("disclosure", pack.ref, [case.pk])


def test_a_pack_that_a_receiver_took_stands_in_the_recall_of_its_share(rich, client_for):
    case, meeting = rich
    grant = share(case, "POL")
    pack = pack_of("beth", meeting, "POL")
    assert client_for("alice").get(url(meeting, pack)).status_code == 200
    with acting("beth") as actor:
        share_recall(actor=actor, case=case, uid=grant.uid, reason="The wrong agency")
    breach = Breach.objects.unscoped(reason=WHY).get(grant=grant)
    assert [one["what"] for one in breach.openings] == ["pack.download"]


def test_one_agencys_view_through_a_release_can_be_recalled(cast, client_for):
    case = case_of("alice", HIGH)
    meeting = meeting_of(codes="NNC POL VSS PROB FIRE")
    choose(meeting)
    release("asha", meeting)
    held = CaseGrant.objects.unscoped(reason=WHY).filter(content_object=case, source="meeting")
    fire, probation = held.get(agency__code="FIRE"), held.get(agency__code="PROB")
    path = f"/cases/{case.ref}/share/{fire.uid}/recall/"
    asha = client_for("asha")
    assert path in asha.get(f"/cases/{case.ref}/").content.decode()
    assert client_for("frank").get(f"/cases/{case.ref}/").status_code == 200
    assert asha.post(path, {"reason": "Not theirs to know"}).status_code == 302
    assert client_for("frank").get(f"/cases/{case.ref}/").status_code == 404
    assert [one["what"] for one in Breach.objects.unscoped(reason=WHY).get(grant=fire).openings] == ["case.read"]
    probation.refresh_from_db()
    assert probation.ended_at is None


def test_without_a_reference_the_latest_pack_is_given(rich, client_for):
    _, meeting = rich
    pack_of("beth", meeting)
    latest = pack_of("beth", meeting)
    pack_of("beth", meeting, "POL", make=False)
    response = client_for("bob").get(url(meeting))
    assert f"{latest.ref}.pdf" in response["Content-Disposition"]


def test_nobody_else_downloads_it_and_the_answer_is_that_of_an_absent_one(rich, client_for):
    case, meeting = rich
    pack = pack_of("beth", meeting, "POL")
    own = pack_of("beth", meeting)
    share(case, "FIRE")
    for name, wanted in (("beth", pack), ("frank", own), ("vera", pack), ("sam", own), ("admin", own), ("walt", own)):
        client = client_for(name)
        refused, absent = client.get(url(meeting, wanted)), client.get(url(meeting) + "?pack=HK-26-ZZZZZZ")
        assert (refused.status_code, absent.status_code) == (404, 404), name
        assert _plain(refused) == _plain(absent), name


def _plain(response) -> str:
    from tests.hasbag.builders import without_token

    return without_token(response.content)


def test_an_excluded_colleague_finds_no_pack_at_all(rich, client_for, cast):
    case, meeting = rich
    pack = pack_of("beth", meeting)
    exclude(case, user=cast["bob"])
    client = client_for("bob")
    for address in (url(meeting, pack), url(meeting), f"/hasbag/{meeting.ref}/packs/{pack.ref}/"):
        assert client.get(address).status_code == 404, address
    assert pack.ref not in client.get(f"/hasbag/{meeting.ref}/").content.decode()
    assert client_for("nora").get(url(meeting, pack)).status_code == 200


def test_an_excluded_person_asks_for_a_pack_without_that_case(rich, client_for, cast):
    case, meeting = rich
    exclude(case, user=cast["bob"])
    pack = pack_of("bob", meeting)
    assert pack.case_ids == []
    assert client_for("bob").get(url(meeting, pack)).status_code == 200


def test_an_old_pack_closes_with_the_release(cast, client_for):
    case = case_of("alice", HIGH)
    meeting = meeting_of(codes="NNC POL")
    choose(meeting)
    release("asha", meeting)
    pack = pack_of("beth", meeting)
    assert client_for("bob").get(url(meeting, pack)).status_code == 200
    moment = clock.now_real()
    given = CaseGrant.objects.unscoped(reason=WHY).filter(content_object=case, source="meeting")
    given.update(starts_at=moment - dt.timedelta(days=2), until=moment + dt.timedelta(days=1))
    access_rebuild([case.pk])
    assert client_for("bob").get(url(meeting, pack)).status_code == 200
    past = moment - dt.timedelta(seconds=1)
    given.update(until=past)
    Case.objects.unscoped(reason=WHY).filter(pk=case.pk).update(access_ends_at=past)
    assert client_for("bob").get(url(meeting, pack)).status_code == 404
    with acting("bob") as actor:
        assert selectors.packs_of_meeting(actor, meeting) == []


def test_others_who_asked_see_the_state_alone(rich):
    _, meeting = rich
    pack = pack_of("beth", meeting, "POL")
    with acting("beth") as actor:
        row = selectors.pack_row(actor, pack.ref)
    assert (row.state, row.downloadable, row.pages, row.sha256, row.made_at) == ("ready", False, None, "", None)
    with acting("alice") as actor:
        row = selectors.pack_row(actor, pack.ref)
    assert (row.downloadable, row.pages, row.sha256) == (True, pack.pages, pack.sha256)
    for name in ("bob", "wendy", "frank"):
        with acting(name) as actor, pytest.raises(Pack.DoesNotExist):
            selectors.pack_row(actor, pack.ref)
