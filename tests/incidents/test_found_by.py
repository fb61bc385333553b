"""What a caller says finds their case: a name however it is written, a whole phone number, an e-mail address."""

from __future__ import annotations

import pytest
from django.db import connection

from incidents.rules.contact_words import contact_plain
from incidents.selectors.case_list import CaseCriteria, case_list
from incidents.services.exclusion import exclusion_set
from incidents.services.tier import tier_change
from perpetrators.services import PerpetratorData
from tests.cast import acting, cast_get, client_of
from tests.incidents.casework import audited, case_of, fresh, give, give_all, text, victim_set
from tests.incidents.test_case_search import many_match
from victims.services import VictimData

pytestmark = pytest.mark.django_db

NUMBER, EMAIL = "07700 900431", "Siobhan.OBQ@post.example"
CALLER = VictimData(
    given_name="Siobhán José", family_name="O'Brien-Quillfeather", phone=NUMBER, email=EMAIL, postcode="NN16 8AB"
)


def found(name: str, words: str) -> list[str]:
    with acting(name) as actor:
        return [case.ref for case in case_list(actor=actor, criteria=CaseCriteria(q=words)).cases]


@pytest.fixture
def case(cast):
    case_of("alice", victims=[VictimData(given_name="Obi", family_name="Brienne", phone="07700 900432")])
    return case_of("alice", victims=[CALLER])


# --- Names ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "O'Brien-Quillfeather", "O’Brien‐Quillfeather", "o'brien", "O’Brien", "OBrien", "O Brien", "Brien",
        "Quillfeather", "Quillfeather O'Brien", "O'Brien Quillfeather", "obrien-quillfeather", "Jose", "José", "JOSÉ",
        "Siobhan O'Brien", "siobhán obrien quillfeather", "Siobhan Jose O’Brien-Quillfeather",
    ],
)  # fmt: skip
def test_a_victims_name_is_found_by_its_parts_however_it_is_written(case, words):
    assert found("alice", words) == [case.ref]


@pytest.mark.parametrize(
    "words",
    ["Quill", "O'Brienne", "Jo", "obri", "Siobhan Mirza", '"Quillfeather Obrien"', "Jose -obrien", "Jose -brien"],
)
def test_other_names_and_what_is_left_out_are_not_found(case, words):
    assert case.ref not in found("alice", words)


@pytest.mark.parametrize("words", ["D'Silva", "dsilva", "Silva", "D’Silva-Løkken", "lokken", "Løkken"])
def test_an_alleged_perpetrators_name_is_found_by_its_side_where_it_is_kept(cast, words):
    person = PerpetratorData(status="named", given_name="Dean", family_name="D'Silva-Løkken")
    case = case_of("alice", classification="crime_suspected", perpetrators=[person])
    unkept = case_of("alice", classification="hate_incident", perpetrators=[person])
    give(case, "VSS", "view")
    give(case, "PROB", "view")
    assert found("alice", words) == found("petra", words) == [case.ref]
    assert found("vera", words) == []
    assert unkept.ref not in found("alice", words)


def test_a_victims_name_is_not_found_by_the_other_side_nor_by_others(case):
    give(case, "PROB", "view")
    for words in ("obrien", "Jose", "Quillfeather"):
        assert found("petra", words) == found("walt", words) == []


# --- A whole contact detail -----------------------------------------------------------------------------------

WRITTEN = [NUMBER, "07700900431", "+44 7700 900431", "0044 7700 900 431", "+44 (0)7700-900.431", f" {EMAIL.upper()} "]


@pytest.mark.parametrize("words", WRITTEN)
@pytest.mark.parametrize("many", [False, True])
def test_a_caller_is_found_by_the_whole_number_or_address(case, words, many):
    if many:
        many_match(case_of("alice", narrative=f"She rang from {NUMBER} to {EMAIL} and was followed to the market."))
    assert case.ref in found("alice", words)


@pytest.mark.parametrize(
    "words", ["07700 900", "900431", "7700 900 43", "07700 900432 1", "OBQ@post.example", "post.example", "NN16 8AB"]
)
def test_part_of_one_finds_nothing(case, words):
    assert case.ref not in found("alice", words)


@pytest.mark.parametrize("words", [NUMBER, EMAIL])
def test_only_who_may_ask_for_the_contact_details_finds_by_them(case, words):
    give_all(case, "NNC", "contribute")
    assert found("bob", words) == [case.ref]
    give_all(case, "PROB", "contribute")
    give_all(case, "VSS", "view")
    give(case, "RSL1", "contribute", field_groups=["health"])
    for name in ("petra", "vera", "charlie", "walt", "sam", "admin"):
        assert found(name, words) == [], name


@pytest.mark.parametrize("words", [NUMBER, EMAIL])
def test_a_conflict_of_interest_and_the_restricted_tier_take_it_away(case, words):
    give_all(case, "NNC", "contribute")
    with acting("asha") as actor:
        exclusion_set(actor=actor, case=case, user=cast_get()["bob"], reason="A neighbour")
    assert found("bob", words) == []
    with acting("asha") as actor:
        people = [cast_get()["asha"].pk]
        held = fresh(case)
        tier_change(actor=actor, case=held, version=held.version, tier="restricted", people=people, reason="Leaked")
    assert found("asha", words) == found("alice", words) == []


def test_a_number_changed_later_is_the_one_that_finds(case):
    victim_set(case, phone="+44 1632 960 077")
    assert found("alice", NUMBER) == []
    assert found("alice", "01632 960077") == [case.ref]


@pytest.mark.parametrize("words", [NUMBER, EMAIL])
def test_hidden_and_absent_are_one_page(case, words):
    absent = {NUMBER: "07700 900999", EMAIL: "absent.one@post.example"}[words]
    hidden, nothing = (client_of("walt").get("/cases/", {"q": one}).content.decode() for one in (words, absent))

    def plain(html: str, sought: str) -> str:
        return text_of(html).replace(sought, "")

    assert plain(hidden, words) == plain(nothing, absent)
    assert "Ask whether a partner has a record" not in hidden


def text_of(html: str) -> str:
    return text(type("Page", (), {"content": html.encode()}))


def test_the_jump_box_finds_a_caller_and_the_audit_keeps_a_digest(case):
    for typed in (NUMBER, "+447700900431"):
        page = client_of("alice").get("/find/", {"q": typed}, follow=True)
        assert case.ref in text(page)
    first, second = audited("case.search")
    assert first.detail["words"] == second.detail["words"], "one digest however it is written"
    assert first.detail["by"] == "contact"
    assert "900431" not in str(first.detail) + str(second.detail)


@pytest.mark.parametrize("on_record", [*WRITTEN[:-1], EMAIL, "+33 1 23 45 67 89", "020 7946 0999"])
def test_what_is_typed_and_what_is_on_record_are_made_plain_alike(db, on_record):
    with connection.cursor() as cursor:
        cursor.execute("select hatecase_contact_plain(%s)", [on_record])
        assert cursor.fetchone()[0] == contact_plain(on_record) != ""


@pytest.mark.parametrize(
    "words", ["", "market eggs", "HC-26-7KQ4M2", "2026", "a@b", "12 34", "NN1 1AA", "07700 90012x"]
)
def test_other_words_are_no_contact_detail(words):
    assert contact_plain(words) == ""
