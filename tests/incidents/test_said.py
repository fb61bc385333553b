"""The pages that ask before something is struck or taken back show it as their reader may read it."""

from __future__ import annotations

import pytest

from incidents.choices import Level
from incidents.services.contact import ContactData, contact_log
from incidents.services.involved import InvolvedData, involved_add
from incidents.services.note import note_add
from incidents.services.share import share_give
from incidents.services.task import task_create
from kernel import clock
from perpetrators.services import PerpetratorData
from tests.cast import acting, agency, client_of
from tests.incidents.casework import case_of, fresh, give, text
from tests.incidents.moving import join
from tests.incidents.test_strike_later import address, made
from victims.services import VictimData

pytestmark = pytest.mark.django_db

QUILL = PerpetratorData(status="named", given_name="Dean", family_name="Quill")
SAID = "Dean Quill was at the gate again"


@pytest.fixture
def case(cast):
    victims = [VictimData(given_name="Farida", family_name="Mirza", phone="07700 900123")]
    case = case_of("alice", classification="crime_suspected", perpetrators=[QUILL], victims=victims)
    for code in ("NNC", "VSS", "PROB"):
        give(case, code, Level.CONTRIBUTE)
    return fresh(case)


def written(case, kind, name="alice"):
    with acting(name) as actor:
        if kind == "notes":
            return note_add(actor=actor, case=case, text=SAID)
        return contact_log(actor=actor, case=case, data=ContactData(at=clock.now(), method="phone", note=SAID))


@pytest.mark.parametrize("kind", ["notes", "contacts"])
@pytest.mark.parametrize("act", ["undo", "strike"])
def test_a_note_and_a_contact_are_shown_with_their_author(case, kind, act):
    row = written(case, kind)
    page = text(client_of("alice").get(f"/cases/{case.ref}/{kind}/{row.uid}/{act}/"))
    assert SAID in page
    assert "Alice Morgan, Northamptonshire Police" in page


def test_a_contact_says_with_whom_and_how(case):
    row = written(case, "contacts")
    page = text(client_of("alice").get(f"/cases/{case.ref}/contacts/{row.uid}/strike/"))
    assert "With Victim" in page
    assert "Phone" in page


@pytest.mark.parametrize("kind", ["notes", "contacts"])
def test_who_strikes_reads_no_more_than_the_case_shows_them(case, kind):
    """A victim service that leads strikes what the police wrote, without the name that it may not know."""
    theirs = case_of("viola", classification="crime_suspected", perpetrators=[QUILL])
    give(theirs, "POL", Level.CONTRIBUTE)
    row = written(fresh(theirs), kind)
    page = text(client_of("viola").get(f"/cases/{theirs.ref}/{kind}/{row.uid}/strike/"))
    assert "was at the gate again" in page
    assert "Quill" not in page


def test_what_is_already_struck_shows_nothing(case):
    row = written(case, "notes")
    path = f"/cases/{case.ref}/notes/{row.uid}/strike/"
    client_of("alice").post(path, {"reason": "Wrong case"})
    assert SAID not in text(client_of("alice").get(path))


@pytest.mark.parametrize("kind", ["comment", "event", "plan"])
def test_what_is_struck_later_is_shown(case, kind):
    row = made(case, kind)
    page = text(client_of("alice").get(address(case, kind, row)))
    assert "Zebedee" in page
    assert "Alice Morgan" in page


def test_what_was_just_added_is_shown(case):
    with acting("alice") as actor:
        task = task_create(actor=actor, case=case, title="Change her locks", agency=agency("NNC"))
        person = involved_add(
            actor=actor, case=fresh(case), data=InvolvedData(role="witness", given_name="Ines", family_name="Prado")
        )
        share = share_give(
            actor=actor, case=fresh(case), agency=agency("WNC"), level="view", purpose="Patrols", gateway="consent"
        )
    alice = client_of("alice")
    for kind, key, words in (
        ("task", task.ref, "Change her locks"),
        ("person", person.pk, "Ines Prado, witness"),
        ("share", share.uid, agency("WNC").name),
    ):
        page = text(alice.get(f"/cases/{case.ref}/undo/{kind}/{key}/"))
        assert words in page, kind
        assert "Alice Morgan" in page
        assert "not taken back" in page or "has read it" in page


def test_withdrawing_a_task_shows_what_it_asks_for_and_who_asked(case):
    with acting("alice") as actor:
        task = task_create(actor=actor, case=case, title="Change her locks", agency=agency("NNC"))
    page = text(client_of("alice").get(f"/tasks/{task.ref}/withdraw/"))
    assert "Change her locks" in page
    assert "Alice Morgan, Northamptonshire Police" in page


def test_parting_shows_what_was_joined_by_whom_and_what_is_not_taken_back(case):
    other = case_of("alice", classification="crime_suspected")
    act = join(case, other)[0].act
    page = text(client_of("alice").get(f"/cases/{other.ref}/moves/{act}/undo/"))
    for words in ("The same dispute", "Alice Morgan", case.ref, other.ref, "Not taken back"):
        assert words in page
    done = client_of("alice").post(f"/cases/{other.ref}/moves/{act}/undo/", {"reason": "They differ"}, follow=True)
    assert "It is as it was before" not in text(done)
    assert "not taken back" in text(done)
