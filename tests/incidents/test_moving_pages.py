"""The pages that move, join, split and part: what they show before saving, and bad input."""

from __future__ import annotations

import uuid

import pytest

from incidents.choices import CaseStatus, Level
from incidents.models import Case, Incident, IncidentMove
from tests.cast import client_of, log_incident_as
from tests.incidents.casework import (
    assert_forbidden,
    assert_methods,
    assert_unknown_is_404,
    case_of,
    fresh,
    give,
    text,
)
from tests.incidents.moving import WHY, join, sent
from tests.incidents.test_incident_move import incidents

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast):
    case = case_of("alice", summary="Abuse at a stall")
    log_incident_as("alice", case=case)
    return fresh(case)


@pytest.fixture
def other(cast):
    return case_of("alice", summary="Paint on a door")


def test_joining_shows_who_gains_and_who_loses_before_it_saves(case, other):
    give(case, "NNC", Level.VIEW)
    give(other, "WNC", Level.VIEW)
    alice, path = client_of("alice"), f"/cases/{case.ref}/join/"
    assert "Join this case to another one" in text(alice.get(f"/cases/{case.ref}/"))
    shown = text(alice.post(path, sent(case, other, step="preview")))
    assert "Who will newly see the incidents West Northamptonshire Council" in shown
    assert "Who will no longer see them" in shown
    assert "North Northamptonshire Council" in shown
    assert fresh(case).status != CaseStatus.MERGED
    done = alice.post(path, sent(case, other, step="save", to_version=fresh(other).version))
    assert done.url == f"/cases/{other.ref}/"
    assert fresh(case).merged_into_id == other.pk


def test_saving_without_having_seen_what_changes_shows_it_first(case, other):
    answer = client_of("alice").post(f"/cases/{case.ref}/join/", sent(case, other, step="save"))
    assert "What this changes" in text(answer)
    assert fresh(case).status != CaseStatus.MERGED


def test_who_changed_one_of_the_cases_meanwhile_is_told(case, other):
    form = sent(case, other, step="save", to_version=fresh(other).version)
    Case.objects.unscoped(reason=WHY).filter(pk=other.pk).update(version=fresh(other).version + 1)
    answer = client_of("alice").post(f"/cases/{case.ref}/join/", form)
    assert answer.status_code == 409
    assert "What this changes" in text(answer)
    assert fresh(case).status != CaseStatus.MERGED


def test_a_case_that_is_hidden_and_one_that_is_absent_answer_alike(case, cast):
    hidden, read = case_of("walt", district="E07000154"), case_of("bob")
    give(read, "POL", Level.VIEW)
    alice, path = client_of("alice"), f"/cases/{case.ref}/join/"
    said = []
    for ref in (hidden.ref, "HC-26-ZZZZZZ", read.ref):
        page = text(alice.post(path, sent(case, other=hidden, case_ref=ref, step="preview", submission_id="x")))
        said.append(page.replace(ref, ""))
    assert "There is no open case with this reference that you manage" in said[0]
    assert said[0] == said[1] == said[2]


def test_an_incident_is_moved_and_the_move_undone(case, other):
    alice, row = client_of("alice"), incidents(case)[0]
    path = f"/cases/{case.ref}/incidents/{row.ref}/move/"
    assert path in alice.get(f"/cases/{case.ref}/").content.decode()
    moved = alice.post(path, sent(case, other, step="save", to_version=fresh(other).version), follow=True)
    assert f"Moved from {case.ref} to {other.ref}. See what was moved, and undo it" in text(moved)
    assert f'href="/cases/{other.ref}/moves/">See what was moved' in moved.content.decode()
    assert [one.ref for one in incidents(other)].count(row.ref) == 1
    history = alice.get(f"/cases/{other.ref}/moves/")
    assert "It is the same dispute" in text(history)
    act = IncidentMove.objects.unscoped(reason=WHY).get().act
    undo = f"/cases/{other.ref}/moves/{act}/undo/"
    assert undo in history.content.decode()
    assert "There is a problem" in text(alice.post(undo, {"reason": ""}))
    assert alice.post(undo, {"reason": "Another street"}).status_code == 302
    assert len(incidents(case)) == 2
    assert "Undone" in text(alice.get(f"/cases/{case.ref}/moves/"))


def test_the_only_incident_has_no_link_and_a_sentence(other, case):
    alice, row = client_of("alice"), incidents(other)[0]
    path = f"/cases/{other.ref}/incidents/{row.ref}/move/"
    assert path not in alice.get(f"/cases/{other.ref}/").content.decode()
    assert "only incident" in text(alice.post(path, sent(other, case, step="preview")))


def test_open_cases_of_the_same_victim_are_offered(case, cast):
    from tests.incidents.casework import victim_of
    from victims.services import VictimData

    again = case_of("alice", victims=[VictimData(ref=victim_of(case).ref)], summary="Followed home")
    page = text(client_of("alice").get(f"/cases/{again.ref}/join/"))
    assert f"{case.ref}: Abuse at a stall" in page


def test_a_case_is_split(case):
    alice, row = client_of("alice"), incidents(case)[0]
    path = f"/cases/{case.ref}/split/"
    form = {"version": case.version, "reason": "Two matters", "submission_id": str(uuid.uuid4())}
    assert "Select the incidents" in text(alice.post(path, form))
    both = [one.ref for one in incidents(case)]
    assert "At least one incident stays" in text(alice.post(path, form | {"incidents": both}))
    done = alice.post(path, form | {"incidents": [row.ref]})
    again = alice.post(path, form | {"incidents": [row.ref]})
    assert done.url == again.url
    new = Incident.objects.unscoped(reason=WHY).select_related("case").get(pk=row.pk).case
    assert done.url == f"/cases/{new.ref}/"
    assert len(incidents(case)) == len(incidents(new)) == 1


def test_two_reports_count_as_one_incident(case):
    first, second = incidents(case)
    alice, path = client_of("alice"), f"/cases/{case.ref}/incidents/{first.ref}/same/"
    form = {"version": case.version, "reason": "Both callers saw it", "submission_id": str(uuid.uuid4())}
    assert "Select the incident" in text(alice.post(path, form))
    assert alice.post(path, form | {"other": second.ref}).status_code == 302
    second.refresh_from_db()
    assert second.same_as_id == first.pk
    assert f"Reports again {first.ref}" in text(alice.get(f"/cases/{case.ref}/"))


def test_readers_strangers_and_methods(case, other):
    row = incidents(case)[0]
    give(case, "NNC", Level.CONTRIBUTE)
    paths = [
        f"/cases/{{ref}}/{name}/"
        for name in ("join", "split", f"incidents/{row.ref}/move", f"incidents/{row.ref}/same")
    ]
    for path in paths:
        assert_unknown_is_404(path, case)
        assert_forbidden(path.format(ref=case.ref), "bob")
        assert_methods(path.format(ref=case.ref), "alice")
    assert_unknown_is_404("/cases/{ref}/moves/", case)
    act = join(case, other)[0].act
    assert_unknown_is_404(f"/cases/{{ref}}/moves/{act}/undo/", case)
    assert client_of("bob").get(f"/cases/{case.ref}/moves/{act}/undo/").status_code == 403
    assert client_of("alice").get(f"/cases/{case.ref}/moves/{uuid.uuid4()}/undo/").status_code == 404


def test_an_incident_of_another_case_is_not_there(case, other):
    row = incidents(other)[0]
    assert client_of("alice").get(f"/cases/{case.ref}/incidents/{row.ref}/move/").status_code == 404
