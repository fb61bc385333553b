"""Adding a note: the page and the service."""

from __future__ import annotations

import uuid

import pytest

from incidents.choices import Level
from incidents.models import Note
from incidents.services.note import NOTE_LIMIT, note_add
from kernel.errors import ForbiddenError, RuleError
from tests.cast import acting, client_of
from tests.incidents.casework import (
    assert_forbidden,
    assert_methods,
    assert_unknown_is_404,
    audited,
    case_of,
    fresh,
    give,
    text,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast):
    return case_of("alice")


def path(case) -> str:
    return f"/cases/{case.ref}/notes/add/"


def test_a_note_is_saved_and_shown_with_its_author(case):
    before = fresh(case).updated_at
    page = client_of("alice").post(path(case), {"text": "Rang the school.\n\nThey will call back."}, follow=True)
    assert "Note added" in text(page)
    assert "They will call back." in text(page)
    assert "by Alice Morgan, Northamptonshire Police" in text(page)
    [event] = audited("note.add")
    assert (event.operation, event.case_id, event.detail) == ("collection", case.pk, {"case": case.ref})
    assert fresh(case).updated_at > before
    assert fresh(case).version == case.version


def test_a_note_is_found_by_its_words(case):
    client_of("alice").post(path(case), {"text": "The caretaker photographed a swastika."})
    assert case.ref in text(client_of("alice").get("/cases/?q=caretaker"))


def test_the_page_says_who_will_read_it(case):
    give(case, "VSS", Level.VIEW)
    page = text(client_of("alice").get(path(case)))
    assert "reads the note: Northamptonshire Police, Voice." in page
    assert "Voice may not know everybody in this case" in page


def test_a_double_click_is_one_note(case):
    data = {"text": "Once only.", "submission_id": str(uuid.uuid4())}
    client = client_of("alice")
    assert client.post(path(case), data).status_code == 302
    assert client.post(path(case), data).status_code == 302
    assert case.notes.count() == 1
    assert len(audited("note.add")) == 1


def test_the_mark_of_another_case_is_refused_and_nothing_is_lost(case):
    mark = str(uuid.uuid4())
    client = client_of("alice")
    client.post(path(case), {"text": "First.", "submission_id": mark})
    page = client.post(path(case_of("alice")), {"text": "Second.", "submission_id": mark})
    assert page.status_code == 200
    assert "This page was sent before" in text(page)
    assert "Second." in page.content.decode()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Enter note"),
        ("   ", "Enter note"),
        ("x" * (NOTE_LIMIT + 1), "Note must be 20,000 characters or fewer"),
        ("y" * 1_000_000, "Note must be 20,000 characters or fewer"),
        ("with a \x00 byte", "Note had hidden characters that cannot be kept"),
        ("turned \u202e round", "Note had hidden characters that cannot be kept"),
    ],
)
def test_bad_text_is_refused_beside_the_field_and_kept(case, typed, said):
    page = client_of("alice").post(path(case), {"text": typed})
    assert page.status_code == 200
    assert said in text(page)
    assert "There is a problem" in text(page)
    assert typed.replace("\x00", "").replace("\u202e", "")[:2000] in page.content.decode()
    assert not case.notes.exists()


@pytest.mark.parametrize("typed", ["", "x" * (NOTE_LIMIT + 1), "a\x00b", "a\u2066b"])
def test_the_service_refuses_bad_text_by_itself(case, typed):
    with acting("alice") as actor, pytest.raises(RuleError) as refused:
        note_add(actor=actor, case=case, text=typed)
    assert refused.value.field == "text"


def test_a_reader_cannot_add(case):
    give(case, "VSS", Level.VIEW)
    assert_forbidden(path(case), "vera", text="No.")
    with acting("vera") as actor, pytest.raises(ForbiddenError):
        note_add(actor=actor, case=case, text="No.")
    assert not Note.objects.unscoped(reason="the test counts rows").exists()


def test_a_contributor_adds_in_the_name_of_their_agency(case):
    give(case, "VSS", Level.CONTRIBUTE)
    assert client_of("vera").post(path(case), {"text": "Spoke to her today."}).status_code == 302
    assert case.notes.get().agency.code == "VSS"


def test_a_closed_case_takes_no_note(case):
    case.status = "closed"
    case.save(update_fields=["status"])
    assert_forbidden(path(case), "alice", text="Too late.")
    with acting("alice") as actor, pytest.raises(RuleError, match="closed"):
        note_add(actor=actor, case=case, text="Too late.")


def test_shapes(case):
    assert_unknown_is_404("/cases/{ref}/notes/add/", case)
    assert_methods(path(case), "alice")
