"""Evidence on a case by its pages: adding, showing, downloading, withdrawing, and every kind of bad input."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import stat
import uuid
from types import SimpleNamespace

import pytest
from django.core.files.uploadhandler import TemporaryFileUploadHandler, load_handler
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from PIL import Image

from incidents.choices import Level
from incidents.models import CaseExclusion
from incidents.services.access import access_rebuild
from kernel import clock
from kernel import files as kernel_files
from tests import files
from tests.cast import client_of
from tests.incidents import evidence as ev
from tests.incidents.casework import (
    ABSENT,
    assert_forbidden,
    assert_methods,
    assert_unknown_is_404,
    audited,
    case_of,
    fresh,
    give,
    moment_parts,
    text,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(settings, tmp_path):
    return ev.shelf_use(settings, tmp_path)


@pytest.fixture
def case(cast, shelf):
    return case_of("alice")


# --- Adding --------------------------------------------------------------------------------------------


def test_a_file_is_added_kept_byte_for_byte_and_shown(case, shelf):
    content, client = files.jpeg(), client_of("alice")
    page = client.post(ev.path(case), ev.form(ev.upload(content)), follow=True)
    said = text(page)
    [row] = ev.rows(case)
    digest = hashlib.sha256(content).hexdigest()
    assert (row.kind, row.size, row.sha256, row.original_name) == ("jpeg", len(content), digest, "front door.jpg")
    assert (row.agency.code, row.added_by.name, row.origin) == ("POL", "Alice Morgan", "page")
    for words in (
        "Evidence added",
        "Paint on the front door",
        "The victim’s phone",
        digest,
        "Alice Morgan",
        "front door.jpg",
    ):
        assert words in said, words
    assert ev.stored(row).read_bytes() == content
    assert ev.custody(row) == ["added"]
    [event] = audited("evidence.add")
    assert (event.operation, event.case_id, event.detail["sha256"]) == ("collection", case.pk, digest)
    assert "front door" not in str(event.detail)


def test_the_file_is_private_and_its_name_tells_nothing(case, shelf):
    where = ev.stored(ev.add(case))
    assert stat.S_IMODE(where.stat().st_mode) == 0o600
    assert stat.S_IMODE(where.parent.stat().st_mode) == 0o700
    assert where.suffix == ""
    assert "front" not in str(where.relative_to(shelf))
    assert ev.kept(shelf) == [where]


def test_the_case_names_it_and_the_chronology_has_it(case):
    row = ev.add(case)
    said = text(client_of("alice").get(f"/cases/{case.ref}/"))
    assert "Paint on the front door" in said
    assert "JPEG image, added" in said
    assert "Evidence added: JPEG image" in said
    narrowed = client_of("alice").get(f"/cases/{case.ref}/?show=evidence")
    assert "Evidence added: JPEG image" in text(narrowed)
    assert "reported by phone" not in text(narrowed)
    assert f"/cases/{case.ref}/evidence/{row.uid}/" in narrowed.content.decode()


def test_several_files_at_once_each_become_evidence(case, shelf):
    sent = ev.form(ev.upload(files.jpeg()), ev.upload(files.pdf(), "letter.pdf"), ev.upload(files.mail(), "hate.eml"))
    page = client_of("alice").post(ev.path(case), sent, follow=True)
    assert "3 files added as evidence" in text(page)
    assert {row.kind for row in ev.rows(case)} == {"jpeg", "pdf", "email"}


def test_of_several_one_bad_file_keeps_all_out_and_is_named(case, shelf):
    sent = ev.form(ev.upload(files.jpeg()), ev.upload(files.pdf(script=True), "letter.pdf"))
    page = client_of("alice").post(ev.path(case), sent)
    assert page.status_code == 200
    assert "letter.pdf: The PDF holds a script" in text(page)
    assert not ev.rows(case)
    assert ev.kept(shelf) == []


def test_a_double_click_is_one_file(case, shelf):
    mark, client = str(uuid.uuid4()), client_of("alice")
    for _ in range(2):
        assert client.post(ev.path(case), ev.form(submission_id=mark)).status_code == 302
    assert len(ev.rows(case)) == 1
    assert len(ev.kept(shelf)) == 1
    assert len(audited("evidence.add")) == 1


def test_the_same_file_again_is_refused_and_leaves_none(case, shelf):
    ev.add(case)
    page = client_of("alice").post(ev.path(case), ev.form())
    assert "This very file is evidence in this case already" in text(page)
    assert len(ev.kept(shelf)) == 1


def test_the_page_by_script_is_told_where_to_go_on(case):
    page = client_of("alice").post(ev.path(case), ev.form(), headers={"Hatecase-Upload": "1"})
    assert page.status_code == 204
    assert page["Location"] == ev.path(case, f"{ev.rows(case)[0].uid}/")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"files": None}, "Select a file"),
        ({"description": ""}, "Enter what it shows"),
        ({"description": "x" * 501}, "What it shows must be 500 characters or fewer"),
        ({"description": "turned \u202e round"}, "hidden characters"),
        ({"source": ""}, "Enter where it came from"),
        (moment_parts("obtained_at", clock.now() + dt.timedelta(days=2)), "in the past"),
        ({"obtained_at_day": "41"}, "When it was taken or received"),
        ({"files": [ev.upload(b"", "empty.jpg")]}, "The selected file is empty"),
        ({"files": [ev.upload(b"MZ" + bytes(99), "run.exe")]}, "must be one of these kinds"),
        ({"files": [ev.upload(b"MZ\x90\0" + bytes(99), "run.jpg")]}, "of a kind that cannot be checked"),
        ({"files": [ev.upload(b"<svg><script>1</script></svg>", "x.svg")]}, "must be one of these kinds"),
        ({"files": [ev.upload(b"<svg><script>1</script></svg>", "x.png")]}, "web page or program code"),
        ({"files": [ev.upload(files.pdf(), "x.jpg")]}, "ends in .jpg, but it is a PDF"),
        ({"files": [ev.upload(files.bomb(), "x.png")]}, "too large. It may have up to 50 million pixels"),
        ({"files": [ev.upload(files.jpeg() + files.archive())]}, "two kinds of file at once"),
        ({"files": [ev.upload(files.pdf(attached=True), "x.pdf")]}, "has other files inside"),
        ({"files": [ev.upload(files.jpeg(), f"{n}.jpg") for n in range(10)] + [ev.upload(b"x", "y.txt")]}, "up to 10 files at the same time"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_beside_its_field_and_nothing_is_kept(case, shelf, values, said):
    page = client_of("alice").post(ev.path(case), ev.form(**values))
    assert said in text(page)
    assert page.status_code == 200
    assert "There is a problem" in text(page)
    if "source" not in values:
        assert "The victim’s phone" in page.content.decode()
    assert not ev.rows(case)
    assert ev.kept(shelf) == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.jpg", "passwd.jpg"),
        ("C:\\Users\\lee\\door.jpg", "door.jpg"),
        ("a\u202egpj.jpg", "agpj.jpg"),
        ('quote".jpg', 'quote".jpg'),
    ],
)
def test_a_name_is_a_text_without_folders(case, sent, kept):
    row = ev.add(case, "alice", ev.upload(files.jpeg(), sent))
    assert row.original_name == kept
    answer = client_of("alice").get(ev.path(case, f"{row.uid}/download/"))
    assert ev.body(answer) == files.jpeg()
    assert answer["Content-Disposition"] == f'attachment; filename="{case.ref}-evidence-{str(row.uid)[:8]}.jpg"'


# --- Size and memory -------------------------------------------------------------------------------------


def test_a_file_past_the_limit_is_refused_and_never_whole_on_the_disk(case, shelf, settings):
    settings.EVIDENCE_LARGEST, settings.EVIDENCE_MEGABYTES = 1024 * 1024, 1
    page = client_of("alice").post(ev.path(case), ev.form(ev.upload(files.wav() + bytes(2_000_000), "long.wav")))
    assert "The selected file must be smaller than 1MB" in text(page)
    assert not ev.rows(case)


def test_files_go_to_disk_and_are_copied_piece_by_piece(case, shelf, settings, monkeypatch):
    assert settings.FILE_UPLOAD_HANDLERS == ["kernel.files.DiskUploadHandler"]
    handler = load_handler(settings.FILE_UPLOAD_HANDLERS[0], RequestFactory().post("/"))
    assert isinstance(handler, TemporaryFileUploadHandler)
    pieces: list[int] = []
    real = hashlib.sha256

    class Heard:
        def __init__(self) -> None:
            self.digest = real()

        def update(self, piece: bytes) -> None:
            pieces.append(len(piece))
            self.digest.update(piece)

        def hexdigest(self) -> str:
            return self.digest.hexdigest()

    monkeypatch.setattr(kernel_files, "hashlib", SimpleNamespace(sha256=Heard))
    content = files.mp4() + files.box(b"mdat", bytes(12_000_000))
    row = ev.add(case, "alice", ev.upload(content, "door.mp4"))
    assert sum(pieces) == len(content) == row.size
    assert max(pieces) <= kernel_files.CHUNK
    assert row.sha256 == real(content).hexdigest()


# --- The picture, and the way out -------------------------------------------------------------------------


def test_a_picture_is_shown_as_a_copy_without_its_place(case):
    row = ev.ready(ev.add(case))
    client = client_of("alice")
    page = client.get(ev.path(case, f"{row.uid}/")).content.decode()
    assert f'src="{ev.path(case, f"{row.uid}/picture/")}"' in page
    answer = client.get(ev.path(case, f"{row.uid}/picture/"))
    shown = ev.body(answer)
    with Image.open(io.BytesIO(shown)) as image:
        assert dict(image.getexif().get_ifd(0x8825)) == {}
    assert b"Larch" not in shown
    assert ev.stored(row).read_bytes() == files.jpeg()
    assert answer["Content-Type"] == "image/jpeg"
    assert ev.custody(row) == ["added", "copied", "viewed"]
    [event] = audited("evidence.view")
    assert event.operation == "consultation"


def test_before_the_copy_is_made_others_get_nothing(case):
    row = ev.add(case)
    give(case, "NNC", Level.VIEW)
    bob = client_of("bob")
    assert "A copy without its location is being made" in text(bob.get(ev.path(case, f"{row.uid}/")))
    assert bob.get(ev.path(case, f"{row.uid}/picture/")).status_code == 404
    page = bob.get(ev.path(case, f"{row.uid}/download/"), follow=True)
    assert "A copy without its location is being made" in text(page)
    assert not audited("evidence.download")


def test_the_adding_agency_takes_the_original_and_others_the_copy(case):
    give(case, "NNC", Level.VIEW)
    row = ev.ready(ev.add(case))
    where = ev.path(case, f"{row.uid}/download/")
    assert ev.body(client_of("alice").get(where)) == files.jpeg()
    taken = ev.body(client_of("bob").get(where))
    assert b"Larch" not in taken
    assert hashlib.sha256(taken).hexdigest() == row.copy_sha256
    assert [event.operation for event in audited("evidence.download")] == ["disclosure", "disclosure"]
    assert ev.custody(row) == ["added", "copied", "downloaded", "downloaded"]


@pytest.mark.parametrize(
    ("name", "content", "media"),
    [
        ("letter.pdf", files.pdf(), "application/pdf"),
        ("chat.txt", b"go home", "text/plain; charset=utf-8"),
        ("hate.eml", files.mail(html=True), "application/octet-stream"),
        ("voice.mp3", files.mp3(), "audio/mpeg"),
    ],
)
def test_a_download_is_a_thing_to_save_that_nothing_opens(case, name, content, media):
    row = ev.add(case, "alice", ev.upload(content, name))
    answer = client_of("alice").get(ev.path(case, f"{row.uid}/download/"))
    assert ev.body(answer) == content
    assert answer["Content-Type"] == media
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert answer["Cache-Control"] == "no-store, private"
    assert client_of("asha").get(ev.path(case, f"{row.uid}/picture/")).status_code == 404


def test_a_file_that_was_changed_on_the_disk_is_not_handed_out(case):
    row = ev.add(case, "alice", ev.upload(files.pdf(), "letter.pdf"))
    ev.stored(row).write_bytes(files.pdf(pages=2))
    page = client_of("alice").get(ev.path(case, f"{row.uid}/download/"), follow=True)
    assert "The file is not as it was added" in text(page)
    ev.stored(row).unlink()
    page = client_of("asha").get(ev.path(case, f"{row.uid}/download/"), follow=True)
    assert "The file is not as it was added" in text(page)
    assert ev.custody(row) == ["added"]


def test_managers_of_the_lead_agency_take_the_original_with_a_reason(case):
    give(case, "NNC", Level.CONTRIBUTE)
    row = ev.ready(ev.add(case, "bob"))
    where = ev.path(case, f"{row.uid}/original/")
    assert client_of("alice").get(where).status_code == 403
    asha = client_of("asha")
    assert "Download the original" in text(asha.get(ev.path(case, f"{row.uid}/")))
    refused = asha.post(where, {"reason": ""})
    assert "Enter why you need the original" in text(refused)
    assert ev.body(asha.post(where, {"reason": "The court asked for it"})) == files.jpeg()
    [event] = audited("evidence.original")
    assert (event.operation, event.reason) == ("disclosure", "The court asked for it")
    assert ev.custody(row)[-1] == "original"
    assert "The court asked for it" in text(asha.get(ev.path(case, f"{row.uid}/")))


def test_a_download_goes_on_once_somebody_proved_who_they_are(case):
    row = ev.ready(ev.add(case))
    client = client_of("alice")
    where, file = ev.path(case, f"{row.uid}/?take=yes"), ev.path(case, f"{row.uid}/download/")
    page = client.get(where).content.decode()
    assert f'<meta http-equiv="refresh" content="0; url={file}">' in page
    assert "Your download begins now" in page
    assert "refresh" not in client.get(ev.path(case, f"{row.uid}/")).content.decode()


def test_lines_say_what_a_file_is_called_while_it_can_be_opened(case):
    row = ev.ready(ev.add(case))
    client = client_of("alice")
    for address in (f"/cases/{case.ref}/", ev.path(case, "")):
        assert row.original_name in text(client.get(address)), address
    client.post(ev.path(case, f"{row.uid}/withdraw/"), {"reason": "It belongs to another case"})
    for address in (f"/cases/{case.ref}/", ev.path(case, "")):
        assert row.original_name not in text(client.get(address)), address


# --- Withdrawing ----------------------------------------------------------------------------------------------


def test_a_withdrawn_file_keeps_its_record_and_is_opened_by_nobody(case):
    row = ev.ready(ev.add(case))
    client, where = client_of("alice"), ev.path(case, f"{row.uid}/withdraw/")
    assert "Enter why you withdraw it" in text(client.post(where, {"reason": " "}))
    page = client.post(where, {"reason": "It belongs to another case"}, follow=True)
    assert "Evidence withdrawn" in text(page)
    assert "It belongs to another case" in text(page)
    assert row.sha256 in text(page)
    assert client.get(ev.path(case, f"{row.uid}/picture/")).status_code == 404
    again = client.get(ev.path(case, f"{row.uid}/download/"), follow=True)
    assert "was withdrawn" in text(again)
    assert client.post(where, {"reason": "Once more"}).status_code == 403
    assert ev.custody(row) == ["added", "copied", "withdrawn"]
    [event] = audited("evidence.withdraw")
    assert event.reason == "It belongs to another case"
    assert "Evidence withdrawn: JPEG image" in text(client.get(f"/cases/{case.ref}/"))


def test_who_may_withdraw(case):
    give(case, "NNC", Level.CONTRIBUTE)
    give(case, "RSL1", Level.CONTRIBUTE)
    row = ev.add(case, "bob")
    where = ev.path(case, f"{row.uid}/withdraw/")
    assert_forbidden(where, "charlie", reason="Not mine")
    assert client_of("alice").get(where).status_code == 200
    assert client_of("bob").post(where, {"reason": "Wrong file"}).status_code == 302


# --- Shapes -----------------------------------------------------------------------------------------------------


def test_a_reader_cannot_add(case):
    give(case, "NNC", Level.VIEW)
    assert_forbidden(ev.path(case), "bob", description="No.")


def test_a_closed_case_takes_none(case):
    case.status = "closed"
    case.save(update_fields=["status"])
    assert_forbidden(ev.path(case), "alice", description="Too late.")


def test_the_list_has_what_the_case_has_no_room_for(case, shelf):
    for number in range(7):
        ev.add_quick(case, "alice", shelf, f"note {number}".encode(), "note.txt")
    page = client_of("alice").get(f"/cases/{case.ref}/").content.decode()
    assert page.count('class="govuk-list hc-evidence"') == 1
    assert page.count("Plain text, added") == 5
    assert "All evidence of this case" in page
    assert client_of("asha").get(ev.path(case, "")).content.decode().count('data-label="Kind"') == 7


def test_evidence_costs_the_page_of_its_case_no_query(case, shelf):
    client, where = client_of("alice"), f"/cases/{case.ref}/"
    client.get(where)
    counts = []
    for number in range(3):
        with CaptureQueriesContext(connection) as asked:
            client.get(where)
        counts.append(len(asked))
        ev.add_quick(case, "alice", shelf, f"note {number}".encode(), "note.txt")
    assert len(set(counts)) == 1


def test_shapes(case):
    row = ev.add(case)
    for tail in ("", "add/", f"{row.uid}/", f"{row.uid}/picture/", f"{row.uid}/download/", f"{row.uid}/original/",
                 f"{row.uid}/withdraw/"):  # fmt: skip
        assert_unknown_is_404("/cases/{ref}/evidence/" + tail, case)
        assert_methods(ev.path(case, tail), "alice")
        assert Client().get(ev.path(case, tail)).status_code == 302
    assert_methods(ev.path(case, f"{row.uid}/download/"), "alice", "post")


def test_what_is_not_there_and_what_is_of_another_case_are_the_same_404(case):
    row, other, client = ev.add(case), case_of("alice"), client_of("alice")
    absent = client.get(ev.path(case, f"{uuid.uuid4()}/"))
    elsewhere = client.get(ev.path(other, f"{row.uid}/"))
    nowhere = client.get(f"/cases/{ABSENT}/evidence/{row.uid}/")
    assert absent.status_code == elsewhere.status_code == nowhere.status_code == 404
    assert text(absent) == text(elsewhere) == text(nowhere)


def test_access_is_asked_again_at_each_download(case, cast):
    give(case, "NNC", Level.VIEW)
    row, bob = ev.ready(ev.add(case)), client_of("bob")
    where = ev.path(case, f"{row.uid}/download/")
    assert ev.body(bob.get(where))
    CaseExclusion(case=case, reason="Related", user=cast["bob"]).save()
    access_rebuild([case.pk])
    assert bob.get(where).status_code == 404
    assert fresh(case).evidence.count() == 1
