"""What leaves as a file: a list as CSV and XLSX, a case on paper. Nothing that its reader may not see."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io

import pytest
import time_machine
from django.test import Client
from openpyxl import load_workbook
from pypdf import PdfReader

from incidents.choices import FieldGroup, Level
from incidents.rules.table_file import cell_text
from incidents.selectors import case_export
from incidents.services.exclusion import exclusion_set
from incidents.services.note import note_add
from incidents.services.reading import words_digest
from kernel import clock
from kernel.pdf import PdfError
from perpetrators.services import PerpetratorData
from tests.agencies.signing import sign_in
from tests.cast import acting, cast_get, client_of, log_incident_as
from tests.incidents.casework import (
    ABSENT,
    assert_methods,
    assert_unknown_is_404,
    audited,
    case_of,
    give,
    reveal,
    text,
    victim_of,
)
from victims.services import VictimData

pytestmark = pytest.mark.django_db

SENT = {"purpose": "A board paper", "format": "csv"}
FORMULAS = ["=1+1", "+44", "-2", "@SUM(A1)", "\tx", "\r=1", " =1", "＝1"]


def rows_csv(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def export(name: str, query: str = "", **more) -> list[list[str]]:
    response = client_of(name).post(f"/cases/export/{query}", SENT | more)
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/csv"), text(response)
    return rows_csv(response.content)


# --- A list as a file -----------------------------------------------------------------------------------------


def test_the_file_holds_what_the_list_shows(cast):
    case = case_of("alice", summary="Eggs, “thrown”\nat №7 — Łódź")
    head, row = export("alice")
    assert head == [
        "Reference", "Summary", "Strands", "Priority", "Risk", "Status", "District", "Lead agency", "Lead worker",
        "Received", "Repeat victim",
    ]  # fmt: skip
    assert row[:9] == [
        case.ref, "Eggs, “thrown”\nat №7 — Łódź", "Race or ethnicity", "Routine (P3)", "Not assessed", "New", "Kettering",
        "Northamptonshire Police", "",
    ]  # fmt: skip


def test_the_excel_file_holds_the_same_and_every_cell_is_a_text(cast):
    case_of("alice", summary="=HYPERLINK(1)")
    response = client_of("alice").post("/cases/export/", SENT | {"format": "xlsx"})
    assert (
        response.headers["Content-Disposition"]
        == f'attachment; filename="hatecase-cases-{clock.today():%Y-%m-%d}.xlsx"'
    )
    assert "no-store" in response.headers["Cache-Control"]
    sheet = load_workbook(io.BytesIO(response.content)).active
    got = [[cell.value or "" for cell in row] for row in sheet.iter_rows()]
    assert got == export("alice")
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}
    assert got[1][1] == "'=HYPERLINK(1)"


@pytest.mark.parametrize("words", FORMULAS)
def test_a_formula_is_only_a_text(words):
    assert cell_text(words) == f"'{words}"


def test_what_no_cell_can_hold_is_left_out():
    assert cell_text("a\x00b\x0bc\x9dd\ud800e\ufffef") == "abcdef"
    assert cell_text("Mary-Ann = 1 @ home") == "Mary-Ann = 1 @ home"
    assert cell_text("") == ""


def test_the_file_is_within_the_filters_and_a_bound(cast, monkeypatch):
    monkeypatch.setattr(case_export, "_AT_ONCE", 2)
    made = [case_of("alice").ref for _ in range(5)]
    other = case_of("alice", district="E07000154")
    assert [row[0] for row in export("alice", "?district=E07000154")[1:]] == [other.ref]
    assert {row[0] for row in export("alice", "?district=E07000153")[1:]} == set(made)
    assert [row[0] for row in export("alice", f"?q={made[2]}")[1:]] == [made[2]]
    monkeypatch.setattr(case_export, "EXPORT_MOST", 3)
    assert len(export("alice")) == 1 + 3


def test_the_file_tells_nothing_that_the_list_does_not(cast):
    case = case_of(
        "alice",
        summary="Dean Quill again",
        classification="crime_suspected",
        perpetrators=[PerpetratorData(status="named", given_name="Dean", family_name="Quill")],
    )
    hidden = case_of("alice", summary="Zeppelin")
    give(case, "VSS", Level.VIEW)
    give(case, "PROB", Level.VIEW)
    give(hidden, "VSS", Level.SIGNPOST)
    [head, row] = export("vera")
    assert row[:2] == [case.ref, "[not shown] [not shown] again"]
    assert len(export("vera", "?q=Quill")) == len(export("vera", "?q=Zeppelin")) == 1
    assert "Repeat victim" in head
    assert "Repeat victim" not in export("petra")[0]
    with acting("asha") as actor:
        exclusion_set(actor=actor, case=hidden, user=cast_get()["alice"], reason="A neighbour")
    assert [row[0] for row in export("alice")[1:]] == [case.ref]
    assert export("walt")[1:] == []


def test_an_export_is_a_disclosure_on_record(cast):
    case = case_of("alice")
    content = client_of("alice").post("/cases/export/?q=Market&status=new", SENT).content
    [event] = audited("case.export")
    assert event.operation == "disclosure"
    assert event.reason == "A board paper"
    assert event.detail.pop("sha256") == hashlib.sha256(content).hexdigest()
    assert event.detail == {
        "kind": "csv",
        "count": 1,
        "cases": [case.ref],
        "filters": {"status": ["new"]},
        "words": words_digest("market"),
    }


def test_without_a_purpose_or_a_kind_nothing_leaves(cast):
    case_of("alice")
    for sent, said in (
        ({"format": "csv"}, "Enter what it is for"),
        ({"purpose": "   ", "format": "csv"}, "Enter what it is for"),
        ({"purpose": "x" * 301, "format": "csv"}, "300 characters or fewer"),
        ({"purpose": "A paper", "format": "exe"}, "choose one of the options shown"),
        ({"purpose": "a\x00b", "format": "csv"}, "hidden characters"),
    ):
        assert said in text(client_of("alice").post("/cases/export/", sent)), sent
    assert client_of("alice").post("/cases/export/?status=lost", SENT).headers["Location"] == "/cases/"
    assert not audited("case.export")


def test_the_page_says_what_and_how_much(cast):
    page = text(client_of("alice").get("/cases/export/?status=new&q=market"))
    assert "The cases found by: “market”, New" in page
    assert "At most the 2,000 newest" in page
    assert_methods("/cases/export/", "alice")


@pytest.mark.parametrize("name", ["sam", "admin", "greta"])
def test_who_does_not_work_with_cases_has_no_export(cast, name):
    assert client_of(name).get("/cases/export/").status_code == 404
    assert client_of(name).post("/cases/export/", SENT).status_code == 404


def test_the_password_is_asked_for_first(cast):
    case = case_of("alice")
    start = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
    with time_machine.travel(start, tick=False) as traveller:
        client = Client()
        sign_in(client, "alice@police.example")
        traveller.move_to(start + dt.timedelta(minutes=6))
        for address in ("/cases/export/?status=new", f"/cases/{case.ref}/print/", f"/cases/{ABSENT}/print/"):
            asked = client.get(address)
            assert asked.status_code == 302
            assert asked.headers["Location"].startswith("/accounts/reauthenticate/?next=")
        kept = client.post(f"/cases/{case.ref}/print/", {"purpose": "Court"})
        assert "/accounts/" in kept.headers["Location"]
    assert not audited("case.print")


# --- A case on paper ------------------------------------------------------------------------------------------


def paper(name: str, case, purpose: str = "Court bundle") -> tuple[str, PdfReader]:
    response = client_of(name).post(f"/cases/{case.ref}/print/", {"purpose": purpose})
    assert response.headers["Content-Type"] == "application/pdf", text(response)
    assert response.headers["Content-Disposition"] == f'attachment; filename="{case.ref}-{clock.today():%Y-%m-%d}.pdf"'
    reader = PdfReader(io.BytesIO(response.content))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split()), reader


@pytest.fixture
def full(cast):
    """A case with something in every group that a side or a share may hide."""
    case = case_of(
        "alice",
        summary="Shouted at by Dean Quill",
        classification="crime_suspected",
        place_type="home",
        location="7 Zinnia Court",
        victims=[
            VictimData(
                given_name="Noor",
                family_name="Iqbalaz",
                phone="07700 900123",
                address="14 Larchwalk",
                code_word="Xylophone",
                unsafe_people="Her uncle Yorick",
            )
        ],
        perpetrators=[
            PerpetratorData(status="named", given_name="Dean", family_name="Quill", description="A tall man")
        ],
        reporter_kind="witness",
        reporter_name="Wanda Zielinska",
    )
    with acting("alice") as actor:
        note_add(actor=actor, case=case, text="Rang the market manager.")
    return case


def test_the_paper_is_marked_and_says_whom_it_is_for(full):
    words, reader = paper("alice", full)
    assert words.count("OFFICIAL-SENSITIVE") == 2 * len(reader.pages)
    assert f"Page 1 of {len(reader.pages)}" in words
    for said in (
        full.ref,
        "For Northamptonshire Police",
        f"Printed by {cast_get()['alice'].name}",
        "Shouted at by Dean Quill",
        "Noor Iqbalaz",
        "Rang the market manager.",
        "Alleged perpetrators",
    ):
        assert said in words, said
    assert f"Printed {clock.today().day} " in words
    assert not {"/Author", "/Creator"} & set(reader.metadata or {}) or cast_get()["alice"].name not in str(
        reader.metadata
    )


def test_what_protects_somebody_is_on_no_paper(full):
    reveal(full, "alice", "victim_contact")
    words, _ = paper("alice", full)
    assert "Xylophone" not in words
    assert "Yorick" not in words


def test_what_one_person_has_opened_is_not_on_the_paper(full):
    give(full, "NNC", Level.CONTRIBUTE, field_groups=[FieldGroup.SUBJECT_IDENTITY])
    before, _ = paper("bob", full)
    for hidden in ("900123", "Larchwalk", "Zinnia", "Zielinska"):
        assert hidden not in before, hidden


def test_a_name_is_on_paper_for_who_is_shown_it_on_the_page(full):
    give(full, "NNC", Level.CONTRIBUTE, field_groups=[FieldGroup.SUBJECT_IDENTITY])
    assert "A tall man." in paper("alice", full)[0]
    assert "A tall man." not in paper("bob", full)[0]
    reveal(full, "bob", "subject_identity")
    assert "A tall man." in paper("bob", full)[0]


def test_each_side_has_its_own_paper(full):
    give(full, "VSS", Level.VIEW)
    give(full, "PROB", Level.VIEW)
    victims, _ = paper("vera", full)
    assert "Noor Iqbalaz" in victims
    for hidden in ("Quill", "Dean", "A tall man", "Larchwalk", "900123", "Zielinska", "Zinnia"):
        assert hidden not in victims, hidden
    subjects, _ = paper("petra", full)
    for hidden in ("Noor", "Iqbalaz", "Larchwalk", "900123", "Zielinska", "Zinnia", victim_of(full).ref):
        assert hidden not in subjects, hidden


def test_printing_is_a_disclosure_on_record(full):
    pdf = client_of("alice").post(f"/cases/{full.ref}/print/", {"purpose": "Court bundle"}).content
    [event] = audited("case.print")
    assert (event.operation, event.reason, event.subject_ref) == ("disclosure", "Court bundle", full.ref)
    assert event.case_id == full.pk
    assert event.detail == {"pages": event.detail["pages"], "sha256": hashlib.sha256(pdf).hexdigest()}


def test_hidden_and_absent_papers_are_alike(full):
    assert_unknown_is_404("/cases/{ref}/print/", full)
    hidden = client_of("walt").post(f"/cases/{full.ref}/print/", {"purpose": "x"})
    absent = client_of("walt").post(f"/cases/{ABSENT}/print/", {"purpose": "x"})
    assert hidden.status_code == absent.status_code == 404
    assert hidden.content == absent.content
    give(full, "WNC", Level.SIGNPOST)
    assert client_of("walt").get(f"/cases/{full.ref}/print/").status_code == 404
    assert not audited("case.print")


def test_without_a_purpose_nothing_is_printed(full):
    page = client_of("alice").post(f"/cases/{full.ref}/print/", {"purpose": " "})
    assert "Enter what it is for" in text(page)
    assert not audited("case.print")


def test_a_paper_that_cannot_be_made_says_so(full, monkeypatch):
    def too_large(*_, **__):
        raise PdfError("The document is too large to make in one piece.")

    monkeypatch.setattr("incidents.services.export.case_pdf", too_large)
    page = text(client_of("alice").post(f"/cases/{full.ref}/print/", {"purpose": "Court"}))
    assert "The document is too large to make in one piece. Nothing was printed." in page
    assert not audited("case.print")


def test_a_long_case_is_printed_whole(cast):
    case = case_of("alice")
    for n in range(7):
        at = case.received_at - dt.timedelta(hours=n + 1)
        log_incident_as(
            "alice", case=case, received_at=case.received_at, occurred_from=at, narrative=f"Event {n} ends"
        )
    with acting("alice") as actor:
        for n in range(27):
            note_add(actor=actor, case=case, text=f"Note {n} ends")
    words, reader = paper("alice", case)
    for n in range(7):
        assert f"Event {n} ends" in words
    assert all(f"Note {n} ends" in words for n in range(27))
    assert len(reader.pages) > 1
