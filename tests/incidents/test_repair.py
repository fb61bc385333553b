"""Undo within a minute, and strike: nothing is lost, nothing happens silently, nobody reads what was struck."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError, ProgrammingError
from psycopg.errors import InsufficientPrivilege

from incidents.models import Note, StruckText
from incidents.services.repair import note_strike, note_undo
from kernel import clock
from kernel.errors import ForbiddenError, RuleError
from kernel.models import History
from tests.cast import acting, age, cast_get, client_of
from tests.incidents.casework import assert_methods, audited, clock_of, fresh, text
from tests.incidents.repairs import WHY, WORDS, contact, note, old_case, pages, path

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast):
    """Both sides and the council add to it."""
    return old_case()


# --- Strike ----------------------------------------------------------------------------------------


def test_a_struck_note_is_hidden_from_all_and_leaves_a_line(case):
    row = note(case)
    age(row)
    assert WORDS in pages("bob", case)
    assert case.ref in text(client_of("bob").get("/cases/?q=zebedee"))
    page = client_of("alice").post(path(case, row, "strike"), {"reason": "Written in the wrong case"}, follow=True)
    assert "Note struck" in text(page)
    for name in ("alice", "bob"):
        said = pages(name, case)
        assert "Zebedee" not in said
        assert "A note was struck on" in said
        assert "by Alice Morgan" in said
        assert case.ref not in text(client_of(name).get("/cases/?q=zebedee"))
    [event] = audited("note.strike")
    assert (event.reason, event.case_id) == ("Written in the wrong case", case.pk)
    assert "Zebedee" not in str(event.detail)
    assert not History.objects.filter(subject_type="incidents.note").exists()


@pytest.mark.parametrize("name", ["vera", "petra"])
def test_a_one_sided_agency_that_wrote_it_no_longer_finds_its_own_words(case, name):
    row = note(case, name)
    assert case.ref in text(client_of(name).get("/cases/?q=zebedee"))
    with acting(name) as actor:
        note_strike(actor=actor, note=row, reason="Wrong case")
    assert case.ref not in text(client_of(name).get("/cases/?q=zebedee"))


def test_the_machine_does_not_read_it_either(case, settings):
    row = note(case)
    with acting("alice") as alice:
        note_strike(actor=alice, note=row, reason="Wrong case")
        from incidents.selectors import case_api
        from incidents.selectors.case_page import case_get

        assert [n.text_shown for n in case_api.notes(alice, case_get(actor=alice, ref=case.ref))] == [""]


def _struck_seen(role: str) -> int:
    """How many struck texts a role of the database reads; one that may not even ask reads none."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"set local role {role}")
            cursor.execute("select count(*) from incidents_strucktext")
            found = cursor.fetchone()[0]
            cursor.execute("reset role")
            return found
    except ProgrammingError as refused:
        if not isinstance(refused.__cause__, InsufficientPrivilege):
            raise
        return 0


def test_the_words_are_kept_where_neither_web_nor_worker_reads_them(case):
    row = note(case)
    with acting("alice") as alice:
        note_strike(actor=alice, note=row, reason="Wrong case")
        assert not StruckText.objects.visible_to(alice).exists()
        assert not StruckText.objects.unscoped(reason="the second wall alone").exists()
    kept = StruckText.objects.unscoped(reason=WHY).get()
    assert (kept.kind, kept.row_id, kept.words) == ("note", row.pk, {"text": WORDS})
    for role in ("hatecase_app", "hatecase_worker", "hatecase_gate"):
        assert _struck_seen(role) == 0, role


def test_nobody_puts_words_aside_for_a_case_that_they_cannot_see(case):
    with acting("walt"), pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        StruckText(kind="note", row_id=1, case_id=case.pk).save(force_insert=True)


@pytest.mark.parametrize(
    ("name", "answer"), [("alice", 302), ("asha", 302), ("bob", 403), ("vera", 403), ("petra", 404), ("walt", 404)]
)
def test_the_writers_agency_and_the_lead_agencys_deciders_strike(case, name, answer):
    row = note(case)
    age(row)
    assert client_of(name).post(path(case, row, "strike"), {"reason": "Wrong case"}).status_code == answer
    assert bool(Note.objects.unscoped(reason=WHY).get().struck_at) == (answer == 302)


def test_the_lead_agencys_caseworker_does_not_strike_what_another_agency_wrote(case):
    row = note(case, "bob")
    assert client_of("alice").post(path(case, row, "strike"), {"reason": "Wrong"}).status_code == 403
    assert client_of("asha").post(path(case, row, "strike"), {"reason": "Wrong"}).status_code == 302


def test_a_hidden_note_is_not_there_to_be_struck(case):
    theirs = note(case, "petra", "He came to the course.")
    assert client_of("vera").get(path(case, theirs, "strike")).status_code == 404
    hidden = contact(case)
    assert client_of("petra").get(path(case, hidden, "strike")).status_code == 404
    assert client_of("petra").get(path(case, hidden, "correct")).status_code == 404


def test_one_side_is_not_told_who_of_the_other_struck_it(case):
    row = note(case)
    with acting("alice") as alice:
        note_strike(actor=alice, note=row, reason="Wrong case")
    petra = cast_get()["petra"]
    Note.objects.unscoped(reason=WHY).update(struck_by=petra)
    assert f"by {petra.name}" in pages("bob", case)
    said = pages("vera", case)
    assert "A note was struck on" in said
    assert petra.name not in said


@pytest.mark.parametrize("reason", ["", "   ", "x" * 301, "a\x00b"])
def test_a_reason_is_needed(case, reason):
    row = note(case)
    age(row)
    page = client_of("alice").post(path(case, row, "strike"), {"reason": reason})
    assert page.status_code == 200
    assert "There is a problem" in text(page)
    assert Note.objects.unscoped(reason=WHY).get().text == WORDS


def test_striking_twice_says_so_and_keeps_one(case):
    row = note(case)
    with acting("alice") as alice:
        note_strike(actor=alice, note=row, reason="Wrong case")
    page = client_of("alice").post(path(case, row, "strike"), {"reason": "Again"})
    assert "It was struck already." in text(page)
    assert StruckText.objects.unscoped(reason=WHY).count() == 1


def test_a_closed_case_can_still_be_cleaned(case):
    row = note(case)
    case = fresh(case)
    case.status = "closed"
    case.save(update_fields=["status"])
    with acting("alice") as alice:
        assert note_strike(actor=alice, note=row, reason="Wrong case").struck_at


# --- Undo ------------------------------------------------------------------------------------------


def test_a_note_is_taken_back_from_the_banner_within_a_minute(case):
    client = client_of("alice")
    page = client.post(f"/cases/{case.ref}/notes/add/", {"text": WORDS}, follow=True)
    row = Note.objects.unscoped(reason=WHY).get()
    assert page.content.decode().count(path(case, row, "undo")) == 2
    assert "Note taken back" in text(client.post(path(case, row, "undo"), follow=True))
    assert "Zebedee" not in pages("bob", case)
    [event] = audited("note.undo")
    assert event.detail["undo"] is True


def test_after_a_minute_by_the_databases_clock_it_can_only_be_struck(case, monkeypatch):
    row = note(case)
    monkeypatch.setattr("django.conf.settings.HATECASE_NOW", (clock.now() - dt.timedelta(hours=1)).isoformat())
    age(row)
    client = client_of("alice")
    page = client.get(f"/cases/{case.ref}/").content.decode()
    assert path(case, row, "undo") not in page
    assert path(case, row, "strike") in page
    late = client.post(path(case, row, "undo"))
    assert "The minute in which it can be undone is over" in text(late)
    assert path(case, row, "strike") in late.content.decode(), "and leads to where it is struck"
    with acting("alice") as alice, pytest.raises(RuleError, match="minute"):
        note_undo(actor=alice, note=row)
    assert Note.objects.unscoped(reason=WHY).get().text == WORDS


@pytest.mark.parametrize(("name", "answer"), [("asha", 403), ("amir", 403), ("bob", 403), ("walt", 404)])
def test_only_its_author_takes_it_back(case, name, answer):
    row = note(case)
    assert client_of(name).post(path(case, row, "undo")).status_code == answer
    if answer == 403:
        with acting(name) as actor, pytest.raises(ForbiddenError):
            note_undo(actor=actor, note=row)


def test_a_contact_taken_back_lets_its_clocks_run_again(case):
    client = client_of("alice")
    row = contact(case, note="Zebedee")
    assert clock_of(case, "K3").outcome == "met"
    client.post(path(case, row, "undo"))
    k3 = clock_of(case, "K3")
    assert (k3.met_at, k3.outcome, k3.closed_at) == (None, "", None)
    said = text(client.get(f"/cases/{case.ref}/"))
    assert "A contact was struck on" in said
    assert "In touch with the victim" not in said
    assert "Zebedee" not in said


def test_the_next_contact_meets_the_clock_instead(case):
    first = contact(case, at=clock.now() - dt.timedelta(minutes=30))
    second = contact(case, at=clock.now() - dt.timedelta(minutes=10))
    client_of("alice").post(path(case, first, "undo"))
    assert clock_of(case, "K3").met_at == second.at


def test_attempts_that_were_struck_no_longer_count(case, monkeypatch):
    rows = []
    for day in range(3):
        moment = clock.now() + dt.timedelta(days=1)
        monkeypatch.setattr("django.conf.settings.HATECASE_NOW", moment.isoformat())
        rows.append(contact(case, result="attempt", method="phone" if day else "text"))
    assert clock_of(case, "K3").outcome == "attempted"
    client_of("alice").post(path(case, rows[0], "undo"))
    assert clock_of(case, "K3").outcome == ""
    moment = clock.now() + dt.timedelta(days=1)
    monkeypatch.setattr("django.conf.settings.HATECASE_NOW", moment.isoformat())
    contact(case, result="attempt", method="phone")
    assert clock_of(case, "K3").outcome == "", "three days, but by one way only"


def test_shapes(case):
    row = note(case)
    for verb in ("undo", "strike"):
        assert_methods(path(case, row, verb), "alice")
        assert client_of("alice").get(f"/cases/{case.ref}/notes/{uuid.uuid4()}/{verb}/").status_code == 404
