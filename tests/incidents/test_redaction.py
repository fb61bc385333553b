"""Pages of a PDF inside the page, redacted copies and who sees them (docs/permissions.md, "Evidence")."""

from __future__ import annotations

import io
import uuid

import pypdf
import pytest
from bs4 import BeautifulSoup
from django.db import IntegrityError, connection, transaction
from PIL import Image

from incidents.choices import Level, ReleasedTo
from incidents.models import Evidence
from incidents.selectors.evidence import evidence_list
from incidents.services.redaction import evidence_redact, evidence_release
from kernel.errors import ForbiddenError, RuleError
from kernel.pages import Box
from perpetrators.services import PerpetratorData
from tests import files
from tests.cast import acting, client_of
from tests.incidents.casework import case_of, give, text
from tests.incidents.evidence import WHY, add_quick, body, custody, fresh, path, ready, rows, shelf_use, stored

pytestmark = pytest.mark.django_db

NAMED = PerpetratorData(status="named", given_name="Ned", family_name="Quillfeather")
LEFT_HALF = Box(1, 0, 0, 50, 100)


@pytest.fixture
def folder(settings, tmp_path):
    return shelf_use(settings, tmp_path)


@pytest.fixture
def case(cast, folder):
    """Led by the police; the north council, Voice and probation read it."""
    case = case_of("alice")
    for code in ("NNC", "VSS", "PROB"):
        give(case, code, Level.CONTRIBUTE)
    return case


def picture(case, folder) -> Evidence:
    return ready(add_quick(case, "alice", folder, files.png(), "door.png"))


def document(case, folder, pages: int = 2) -> Evidence:
    return add_quick(case, "alice", folder, files.pdf(pages=pages), "letter.pdf")


def redact(case, row: Evidence, *boxes: Box, name: str = "alice", **values) -> Evidence:
    with acting(name) as actor:
        said = {"description": "Paint, the number covered"} | values
        return evidence_redact(actor=actor, case=case, evidence=row, boxes=boxes or (LEFT_HALF,), **said)


def release(case, row: Evidence, to: str, name: str = "alice") -> Evidence:
    with acting(name) as actor:
        return evidence_release(actor=actor, case=case, evidence=row, to=to, reason="Looked at every page")


def seen_by(name: str, case) -> set[uuid.UUID]:
    with acting(name) as actor:
        return {view.row.uid for view in evidence_list(actor=actor, case=case)}


def status(name: str, case, row: Evidence, tail: str = "") -> int:
    answer = client_of(name).get(path(case, f"{row.uid}/{tail}"))
    if answer.streaming:
        assert body(answer)
    return answer.status_code


def test_a_covered_part_of_a_picture_is_not_in_the_copy(case, folder):
    row = picture(case, folder)
    copy = redact(case, row)
    made, before = Image.open(stored(copy)).convert("RGB"), Image.open(stored(row)).convert("RGB")
    assert made.size == before.size
    middle, right = made.width // 2, made.width - 1
    assert {made.getpixel((x, y)) for x in range(middle - 1) for y in range(made.height)} == {(0, 0, 0)}
    assert made.getpixel((right, 0)) == before.getpixel((right, 0))
    assert fresh(row).file_name == row.file_name
    assert custody(row)[-1] == "redacted"
    assert copy.redacted_from_id == row.pk


def test_a_copy_of_a_pdf_holds_no_text_and_every_page(case, folder):
    row = document(case, folder, pages=3)
    copy = redact(case, row, Box(2, 10, 10, 30, 5))
    reader = pypdf.PdfReader(stored(copy))
    assert len(reader.pages) == 3
    assert "".join(page.extract_text() for page in reader.pages).strip() == ""


def test_pages_are_shown_inside_the_page_and_each_is_on_record(case, folder):
    row = document(case, folder)
    page = client_of("bob").get(path(case, f"{row.uid}/pages/1/"))
    assert "Page 1 of 2" in text(page)
    drawn = client_of("bob").get(path(case, f"{row.uid}/pages/2/picture/"))
    assert drawn["Content-Type"] == "image/png"
    assert drawn["Cache-Control"] == "no-store, private"
    assert Image.open(io.BytesIO(drawn.content)).width > 100
    assert custody(row)[-1] == "viewed"
    assert status("bob", case, row, "pages/3/") == 404
    assert status("bob", case, row, "pages/0/picture/") == 404


def test_a_picture_has_no_pages(case, folder):
    row = picture(case, folder)
    assert status("alice", case, row, "pages/1/") == 404
    assert status("alice", case, row, "pages/1/picture/") == 404


def test_nobody_of_one_side_sees_a_copy_before_it_is_released(case, folder):
    copy = redact(case, picture(case, folder))
    assert copy.uid in seen_by("bob", case)
    assert seen_by("vera", case) == seen_by("petra", case) == set()


@pytest.mark.parametrize(
    ("to", "readers"),
    [
        (ReleasedTo.VICTIM, {"vera"}),
        (ReleasedTo.PERPETRATOR, {"petra"}),
        (ReleasedTo.EVERYONE, {"vera", "petra"}),
        (ReleasedTo.NOBODY, set()),
    ],
)
def test_a_released_copy_reaches_whom_it_is_released_to_and_the_file_nobody(case, folder, to, readers):
    row = picture(case, folder)
    copy = release(case, redact(case, row), to)
    for name in ("vera", "petra"):
        assert seen_by(name, case) == ({copy.uid} if name in readers else set())
        assert status(name, case, copy) == (200 if name in readers else 404)
        assert status(name, case, copy, "picture/") == (200 if name in readers else 404)
        assert status(name, case, row) == 404


def test_the_second_wall_alone_says_the_same(case, folder):
    row = picture(case, folder)
    copy = release(case, redact(case, row), ReleasedTo.VICTIM)
    for name, known in (("vera", {copy.pk}), ("petra", set()), ("bob", {row.pk, copy.pk}), ("walt", set())):
        with acting(name):
            found = Evidence.objects.unscoped(reason=WHY).filter(case=case).values_list("pk", flat=True)
            assert set(found) == known, name


def test_taken_back_it_is_gone_for_them(case, folder):
    copy = release(case, redact(case, picture(case, folder)), ReleasedTo.EVERYONE)
    assert status("vera", case, copy) == 200
    release(case, copy, ReleasedTo.NOBODY)
    assert status("vera", case, copy) == 404


def test_the_page_and_the_chronology_say_who_sees_a_copy_and_who_does_no_more(case, folder):
    row = picture(case, folder)
    copy, alice = redact(case, row), client_of("alice")
    form = alice.get(path(case, f"{copy.uid}/release/"))
    assert "Who else may see the copy? (optional)" not in text(form)
    sent = {"released_to": "victim", "reason": "For home security"}
    page = text(alice.post(path(case, f"{copy.uid}/release/"), sent, follow=True))
    assert "also shown to: agencies that work with victims" in page
    assert "Redacted copy of evidence shown to agencies that work with victims" in text(
        alice.get(f"/cases/{case.ref}/")
    )
    page = text(alice.post(path(case, f"{copy.uid}/release/"), sent | {"released_to": ""}, follow=True))
    assert "The copy is shown to nobody else now" in page
    assert "No longer shown to more agencies" in page
    assert "no longer shown to more agencies" in text(alice.get(f"/cases/{case.ref}/"))


def test_a_copy_leads_to_its_file_and_back_for_who_may_know_of_both(case, folder):
    row = picture(case, folder)
    copy = release(case, redact(case, row), ReleasedTo.VICTIM)

    def links(name: str, one: Evidence) -> str:
        return client_of(name).get(path(case, f"{one.uid}/")).content.decode()

    assert path(case, f"{row.uid}/") in links("alice", copy)
    assert path(case, f"{copy.uid}/") in links("alice", row)
    assert str(row.uid) not in links("vera", copy)
    assert "made from" not in links("vera", copy)


def test_words_about_a_copy_come_without_the_other_sides_names(cast, folder):
    case = case_of("alice", classification="crime_suspected", perpetrators=[NAMED])
    give(case, "VSS", Level.CONTRIBUTE)
    copy = redact(case, picture(case, folder), description="Seen with Quillfeather at the door")
    release(case, copy, ReleasedTo.EVERYONE)
    for tail in ("", f"{copy.uid}/"):
        assert "Quillfeather" in text(client_of("alice").get(path(case, tail)))
        page = client_of("vera").get(path(case, tail))
        assert "at the door" in text(page)
        assert "Quillfeather" not in page.content.decode()
    assert "Quillfeather" not in client_of("vera").get(f"/cases/{case.ref}/").content.decode()


def test_only_a_redacted_copy_can_be_released(case, folder):
    row = picture(case, folder)
    with pytest.raises(RuleError, match="Only a redacted copy"):
        release(case, row, ReleasedTo.EVERYONE)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("update incidents_evidence set released_to = 'everyone' where id = %s", [row.pk])


def test_who_neither_made_it_nor_leads_cannot_release_it(case, folder):
    copy = redact(case, picture(case, folder))
    with pytest.raises(ForbiddenError):
        release(case, copy, ReleasedTo.EVERYONE, name="bob")
    assert client_of("bob").get(path(case, f"{copy.uid}/release/")).status_code == 403


@pytest.mark.parametrize(
    ("boxes", "sentence"),
    [
        ([], "Cover at least one part"),
        ([Box(2, 0, 0, 5, 5)], "There is no page 2"),
        ([Box(1, 120, 0, 5, 5)], "must lie on the page"),
        ([Box(1, 0, 0, 0, 5)], "must lie on the page"),
        ([LEFT_HALF] * 41, "up to 40 parts"),
    ],
)
def test_parts_that_cannot_be_covered(case, folder, boxes, sentence):
    row = picture(case, folder)
    with acting("alice") as actor, pytest.raises(RuleError, match=sentence):
        evidence_redact(actor=actor, case=case, evidence=row, boxes=boxes, description="Paint")
    assert len(rows(case)) == 1


def test_what_cannot_be_redacted(case, folder):
    note = add_quick(case, "alice", folder, b"He came back at nine", "note.txt")
    with pytest.raises(RuleError, match="kind of file"):
        redact(case, note)
    assert client_of("alice").get(path(case, f"{note.uid}/redact/")).status_code == 403


def test_a_pdf_that_unfolds_a_thousandfold_is_kept_and_neither_shown_nor_covered(case, folder):
    row = add_quick(case, "alice", folder, files.pdf_bomb(), "letter.pdf")
    client = client_of("alice")
    assert client.get(path(case, f"{row.uid}/pages/1/picture/")).status_code == 404
    sent = {"boxes": "1 0 0 50 50", "description": "Covered", "submission_id": str(uuid.uuid4())}
    assert "takes too much to read" in text(client.post(path(case, f"{row.uid}/redact/"), sent))
    assert rows(case) == [row]
    assert not list((folder / "incoming").glob("*"))


def test_the_page_leaves_the_place_of_each_picture_before_it_comes(case, folder):
    client = client_of("alice")

    def places(row: Evidence) -> list[tuple[int, int]]:
        page = BeautifulSoup(client.get(path(case, f"{row.uid}/redact/")).content, "html.parser")
        return [(int(one["width"]), int(one["height"])) for one in page.select(".hc-redact__sheet img")]

    row, paper = picture(case, folder), document(case, folder)
    with Image.open(io.BytesIO(client.get(path(case, f"{row.uid}/picture/")).getvalue())) as shown:
        assert places(row) == [shown.size]
    with Image.open(io.BytesIO(client.get(path(case, f"{paper.uid}/pages/2/picture/")).content)) as drawn:
        assert len(places(paper)) == 2
        assert places(paper)[1] == drawn.size


def test_the_page_makes_a_copy_once_and_keeps_what_was_typed(case, folder):
    row = picture(case, folder)
    client = client_of("alice")
    sent = {"boxes": "1 0 0 50", "description": "Paint", "submission_id": str(uuid.uuid4())}
    page = client.post(path(case, f"{row.uid}/redact/"), sent)
    assert "must be five numbers" in text(page)
    assert "1 0 0 50" in page.content.decode()
    sent["boxes"] = "1 0 0 50 100\n1, 60, 60, 10, 10"
    for _ in range(2):
        assert client.post(path(case, f"{row.uid}/redact/"), sent).status_code == 302
    assert len(rows(case)) == 2
    copy = next(one for one in rows(case) if one.redacted_from_id)
    answer = client.post(path(case, f"{copy.uid}/release/"), {"released_to": "victim", "reason": "For home security"})
    assert answer.status_code == 302
    assert status("vera", case, copy) == 200


def test_a_withdrawn_copy_is_closed_to_all(case, folder):
    copy = release(case, redact(case, picture(case, folder)), ReleasedTo.EVERYONE)
    client_of("alice").post(path(case, f"{copy.uid}/withdraw/"), {"reason": "Covered too little"})
    assert status("vera", case, copy, "picture/") == 404
    with pytest.raises(RuleError, match="withdrawn"):
        release(case, copy, ReleasedTo.VICTIM)
