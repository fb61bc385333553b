"""The sweep can fail: what finds canaries finds them however they are written, and what is broken on purpose is told."""

from __future__ import annotations

import io

import pytest
from django.http import HttpResponse, JsonResponse
from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from pypdf import PdfWriter

from incidents.rules.table_file import csv_file
from incidents.spreadsheets import xlsx_file
from kernel.pdf import pdf_make
from tests.sweep.canaries import Canaries
from tests.sweep.reading import everything, file_kind, plain
from tests.sweep.truth import CASES, PEOPLE, PLANTED, level, shown


@pytest.fixture
def canaries() -> Canaries:
    return Canaries()


def test_canaries_are_all_different_and_none_is_part_of_another(canaries):
    words = [canaries.word("a", "text", "f") for _ in range(3000)]
    phones = [canaries.phone("a", "text", "f") for _ in range(2500)]
    codes = [canaries.postcode("a", "text", "f") for _ in range(900)]
    days = [canaries.date("a", "text", "f") for _ in range(200)]
    assert len({*words, *phones, *codes, *days}) == 6600
    assert {len(word) for word in words} == {8}
    assert {len(phone) for phone in phones} == {12, 13}
    assert max(days).year < 1960


def test_more_telephone_numbers_than_there_are_is_an_error(canaries):
    with pytest.raises(ValueError, match="drama"):
        for _ in range(3001):
            canaries.phone("a", "text", "f")


@pytest.mark.parametrize(
    "written",
    ["{0}", "{1}", "x{0}y", "<b>{0}</b>", "{2}", "%22{0}%22"],
    ids="plain upper inside tagged lower quoted".split(),
)
def test_a_word_is_found_however_it_is_written(canaries, written):
    word = canaries.word("a", "text", "f")
    text = written.format(word, word.upper(), word.lower())
    assert {one.text for one in canaries.find(text)} == {word}


@pytest.mark.parametrize(
    "change", [str, lambda s: s.replace(" ", ""), lambda s: "+44 " + s[1:], lambda s: s.replace(" ", "-")]
)
def test_a_telephone_number_is_found_with_and_without_spaces(canaries, change):
    for _ in range(2500):
        number = canaries.phone("a", "text", "f")
    assert [one.text for one in canaries.find(f"Ring {change(number)}.")] == [number]
    assert not canaries.find("01632 961999")


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%-d %B %Y", "%d/%m/%Y"])
def test_a_day_is_found_in_words_and_in_numbers(canaries, form):
    day = canaries.date("a", "near", "f")
    assert [one.text for one in canaries.find(f"born {day.strftime(form)}")] == [day.isoformat()]


def test_a_postcode_and_a_reference_are_found(canaries):
    code = canaries.postcode("a", "victim_contact", "f")
    canaries.reference("HC-26-7KQ4M2", "a", "ref", "Case.ref")
    found = canaries.find(f"{code.lower().replace(' ', '')} in HC-26-7KQ4M2")
    assert {one.text for one in found} == {code, "HC-26-7KQ4M2"}


# --- Every kind of answer -------------------------------------------------------------------------------


def test_pages_json_headers_and_cookies_are_decoded(canaries):
    word = canaries.word("a", "text", "f")
    coded = "".join(f"\\u{ord(letter):04x}" for letter in word)
    entity = "".join(f"&#{ord(letter)};" for letter in word)
    escaped = "".join(f"%{ord(letter):02x}" for letter in word)
    hidden = HttpResponse("nothing")
    hidden["Content-Disposition"] = f'attachment; filename="{escaped}.pdf"'
    kept = HttpResponse("nothing")
    kept.set_cookie("last", word)
    redirected = HttpResponse(status=302, headers={"Location": f"/cases/?q={word}"})
    json_answer = HttpResponse(f'{{"a": "{coded}"}}', content_type="application/json")
    for answer in (HttpResponse(entity), json_answer, JsonResponse({"a": [word]}), hidden, kept, redirected):
        assert len(canaries.find(everything(answer))) == 1, answer
    assert not canaries.find(everything(HttpResponse("nothing")))


def test_a_pdf_is_read_with_what_it_says_of_itself(canaries):
    word, title = canaries.word("a", "text", "f"), canaries.word("a", "text", "f")
    page = f"<html lang='en'><head><title>{title}</title></head><body><h1>Pack</h1><p>{word}</p></body></html>"
    answer = HttpResponse(pdf_make(page).content, content_type="application/pdf")
    assert {one.text for one in canaries.find(everything(answer))} == {word, title}
    blank = PdfWriter()
    blank.add_blank_page(100, 100)
    blank.add_metadata({"/Subject": word})
    file = io.BytesIO()
    blank.write(file)
    assert {one.text for one in canaries.find(everything(HttpResponse(file.getvalue())))} == {word}


@pytest.mark.parametrize("make", [csv_file, lambda rows: xlsx_file("Cases", rows)])
def test_a_list_that_is_taken_away_as_a_file_is_read(canaries, make):
    words = [canaries.word("a", "text", "f") for _ in range(3)]
    said = HttpResponse(make([["Summary", f"Eggs & {words[0]}"], [words[1], f'"{words[2]}"']]))
    assert {one.text for one in canaries.find(everything(said))} == set(words)


def test_a_workbook_is_read_with_what_it_says_of_itself(canaries):
    title, author, halves = (canaries.word("a", "text", "f") for _ in range(3))
    book, file = Workbook(), io.BytesIO()
    book.properties.creator = author
    book.active.title = title
    book.active["A1"] = CellRichText(TextBlock(InlineFont(b=True), halves[:4]), halves[4:])
    book.save(file)
    answer = HttpResponse(file.getvalue(), headers={"Content-Disposition": 'attachment; filename="list.xlsx"'})
    assert {one.text for one in canaries.find(everything(answer))} == {title, author, halves}
    assert file_kind(answer) == "xlsx"
    assert not file_kind(HttpResponse("nothing"))


def test_an_echo_is_no_difference_and_anything_else_is():
    first = HttpResponse('<input name="csrfmiddlewaretoken" value="abc"> you looked for One')
    second = HttpResponse('<input name="csrfmiddlewaretoken" value="xyz"> you looked for Two')
    assert plain(first, "one") == plain(second, "two")
    assert plain(first) != plain(second)
    assert plain(first, "one") != plain(HttpResponse(first.content, status=404), "one")


# --- The truth ------------------------------------------------------------------------------------------


def test_the_truth_names_the_cast_as_it_is(cast):
    from agencies.choices import Role
    from agencies.models import Membership

    for row in Membership.objects.select_related("user", "agency"):
        name, roles = row.user.email.partition("@")[0], set(row.roles)
        if name in PLANTED:
            # Not of the demonstration's cast, and here as long as what is planted is.
            continue
        person = PEOPLE[name]
        assert person.agencies == {row.agency.code}, name
        assert person.contact_point == bool(roles & {Role.SPOC, Role.DEPUTY_SPOC}), name
        assert person.manager == (Role.MANAGER in roles), name
        assert person.triager == (Role.TRIAGER in roles), name
        assert person.governs == (Role.GOVERNANCE in roles), name
        assert person.casework == any(Role(role).is_casework for role in roles), name
    assert set(cast) | {"nobody"} | PLANTED.keys() == set(PEOPLE)


def test_the_planted_cases_cover_every_level_and_group_open_and_shut():
    levels = {(level(asker, case), case) for asker in PEOPLE for case in CASES}
    assert {number for number, _ in levels} == {0, 1, 2, 3, 4}
    for group in (
        "victim_contact",
        "trans_status",
        "health",
        "immigration_status",
        "reporter_identity",
        "subject_identity",
    ):
        assert {shown(asker, "team", group) for asker in PEOPLE} == {True, False}, group
