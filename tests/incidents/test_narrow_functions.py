"""The narrow functions of casework: what they take out of texts, and that they answer nobody who may not ask."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from incidents.choices import Level
from incidents.models import CaseNames
from incidents.services.note import note_add
from incidents.services.search import search_refresh
from incidents.services.share import share_end
from kernel import clock
from perpetrators.services import PerpetratorData
from tests.cast import acting
from tests.incidents.casework import case_of, give
from victims.services import VictimData

pytestmark = pytest.mark.django_db


def asked(sql: str, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        return cursor.fetchall()


def shown(name: str, case, words: str) -> str:
    with acting(name):
        return asked("select hatecase_text_shown(%s, %s)", case.pk, words)[0][0]


@pytest.fixture
def case(cast):
    """Shared with one agency of each side."""
    case = case_of(
        "alice",
        classification="crime_suspected",
        perpetrators=[
            PerpetratorData(status="named", given_name="Al", family_name="O’Dowd-Quill"),
            PerpetratorData(status="named", given_name="Will", family_name="St. John (Jnr)"),
        ],
        victims=[VictimData(given_name="Noor", family_name="Iqbal", address="14 Larch Walk", phone="07700 900123")],
        reporter_kind="on_behalf",
        reporter_name="Zia Iqbal",
    )
    give(case, "VSS", Level.VIEW)
    give(case, "PROB", Level.CONTRIBUTE)
    return case


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("O'Dowd-Quill and O’DOWD-QUILL", "[not shown] and [not shown]"),
        ("O'Dowd-Quills dog", "[not shown] dog"),
        ("Mr Quill, or the O’Dowds", "Mr [not shown], or the [not shown]"),
        ("ODOWD QUILL; O\u200bDowd-Qui\u00adll", "[not shown]; [not shown]"),
        ("O’Dówd-Quíll, o'dowd-qüill", "[not shown], [not shown]"),
        (
            "Q u i l l, Q-u-i-l-l, a quilled thing, tranquillity",
            "[not shown], [not shown], a quilled thing, tranquillity",
        ),
        ("mail al.quill@post.example or @quill90", "mail [not shown] or [not shown]"),
        ("Al shouted; always, alas, al dente", "[not shown] shouted; always, alas, al dente"),
        ("WILL came, he will", "[not shown] came, he [not shown]"),
        ("St.  John (Jnr), or Saint J", "[not shown]), or Saint J"),
        ("Noor Iqbal of 14 Larch Walk", "Noor Iqbal of [not shown]"),
        ("", ""),
        ("a 100% sure \\m (.*) [x] $1", "a 100% sure \\m (.*) [x] $1"),
    ],
)
def test_a_victim_service_reads_no_name_of_the_alleged_perpetrators(case, words, expected):
    assert shown("vera", case, words) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("NOOR and Mr Iqbal", "[not shown] and Mr [not shown]"),
        ("at 14 larch\nwalk, on 07700 900123", "at [not shown], on [not shown]"),
        ("Zia Iqbal rang", "[not shown] rang"),
        ("Will O’Dowd-Quill", "Will O’Dowd-Quill"),
    ],
)
def test_a_programme_provider_reads_nothing_of_victims_and_reporters(case, words, expected):
    assert shown("petra", case, words) == expected


WORDS = "Noor of 14 Larch Walk (07700 900123) saw Will; Zia Iqbal rang"


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ((), "Noor of [not shown] ([not shown]) saw [not shown]; [not shown] rang"),
        (("subject_identity",), "Noor of [not shown] ([not shown]) saw Will; [not shown] rang"),
        (("victim_contact",), "Noor of 14 Larch Walk (07700 900123) saw [not shown]; [not shown] rang"),
        (("reporter_identity", "health"), "Noor of [not shown] ([not shown]) saw [not shown]; Zia Iqbal rang"),
        (("reporter_identity", "subject_identity", "victim_contact"), WORDS),
    ],
)
def test_what_a_share_leaves_out_is_left_out_of_texts(case, groups, expected):
    give(case, "WNC", Level.VIEW, field_groups=groups)
    assert shown("walt", case, WORDS) == expected


@pytest.mark.parametrize(("groups", "by_name"), [((), False), (("subject_identity",), True)])
def test_what_a_share_leaves_out_finds_nothing(case, groups, by_name):
    give(case, "WNC", Level.VIEW, field_groups=groups)
    with acting("petra") as actor:
        note_add(actor=actor, case=case, text="Quill grows tomatoes")
    with acting("walt"):
        found = [
            bool(asked("select 1 from hatecase_case_page(jsonb_build_object('q', %s::text), null, null, 5)", words))
            for words in ("Quill", "o'dowd", "tomatoes", "Quill tomatoes")
        ]
    assert found == [by_name, by_name, True, by_name]


def test_each_case_of_a_statement_and_each_statement_of_a_transaction_has_its_own_answer(case):
    """What a reader is told is asked once in a statement for a case: neither the next case nor the next moment gets it."""
    names = [PerpetratorData(status="named", given_name="Al", family_name="Quill")]
    alone = case_of("alice", classification="crime_suspected", perpetrators=names)
    told = give(alone, "WNC", Level.VIEW, field_groups=["subject_identity"])
    give(case, "WNC", Level.VIEW, field_groups=())
    one, other = "Quill rang", "Quill rang again"
    with acting("walt"):
        each = "select " + ", ".join(["hatecase_text_shown(%s, %s)"] * 3)
        found = asked(each, case.pk, one, alone.pk, one, case.pk, other)
    assert found == [("[not shown] rang", "Quill rang", "[not shown] rang again")]
    with acting("alice") as alice:
        share_end(actor=alice, case=alone, uid=told.uid)
    give(alone, "WNC", Level.VIEW, field_groups=())
    assert shown("walt", alone, one) == "[not shown] rang"
    assert shown("alice", alone, one) == "Quill rang"


TELL_ALL = "'{victim,contact,reporter,subject}', '{' || %s || '}'"
KEY = (
    "concat(%s, '|', statement_timestamp(), '|', current_setting('hatecase.user_id', true), '|',"
    " current_setting('hatecase.agency_ids', true))"
)


@pytest.mark.parametrize(
    "forged",
    [
        f"concat_ws(';', {KEY}, {TELL_ALL})",
        f"repeat('0', 64) || concat_ws(';', '', {KEY}, {TELL_ALL})",
        # Sealed with no secret, as it would be were there none.
        f"(select encode(sha256(convert_to(m, 'UTF8')), 'hex') || m from concat_ws(';', '', {KEY}, {TELL_ALL}) m)",
    ],
    ids=["as it was once", "a seal made up", "a seal without the secret"],
)
def test_a_statement_that_says_itself_what_its_reader_is_told_is_not_believed(case, forged):
    """Whoever runs SQL writes settings: what is remembered there counts only under the gate's own seal."""
    lead = case.lead_agency_id
    with acting("vera"):
        said = asked(
            f"select set_config('hatecase.told', {forged}, true), hatecase_text_shown(%s, %s)",
            case.pk, str(lead), case.pk, WORDS,
        )[0][1]  # fmt: skip
        assert said == asked("select hatecase_text_shown(%s, %s)", case.pk, WORDS)[0][0]
    assert said != WORDS


def test_an_answer_that_is_remembered_cannot_be_changed(case):
    """The seal is over the answer: one that was made for its reader in this very statement is worth nothing once altered."""
    with acting("vera"):
        found = asked(
            "select hatecase_text_shown(%s, %s), set_config('hatecase.told',"
            " replace(current_setting('hatecase.told'), ';{victim', ';{subject,victim'), true), hatecase_text_shown(%s, %s)",
            case.pk, WORDS, case.pk, WORDS,
        )[0]  # fmt: skip
    assert "{subject,victim" in found[1]
    assert found[2] == found[0] != WORDS


def test_nobody_reads_the_secret_of_the_seal(cast):
    secret = "select secret from incidents_gatesecret where length(secret) > 60"
    assert len(asked(secret)) == 1
    with connection.cursor() as cursor:
        cursor.execute("set local role hatecase_worker")
        assert asked(secret) == []
        cursor.execute("set local role hatecase_app")
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            asked(secret)


def test_who_leads_reads_the_text(case):
    assert shown("alice", case, WORDS) == WORDS


def test_a_name_without_a_letter_takes_nothing_out(cast):
    unknown = PerpetratorData(status="named", given_name="????", family_name="Quill")
    case = case_of("alice", classification="crime_suspected", perpetrators=[unknown])
    give(case, "VSS", Level.VIEW)
    assert shown("vera", case, "Who was it???? Quill, she says.") == "Who was it???? [not shown], she says."


@pytest.mark.parametrize("kept", [True, False], ids=["by the letters kept", "by the people"])
def test_a_name_that_is_changed_is_taken_out_at_once(case, kept):
    assert CaseNames.objects.unscoped(reason="its letters").filter(case=case).exists()
    victim = case.parties.get(victim__isnull=False).victim
    victim.family_name = "Marlowe"
    victim.save(update_fields=["family_name"])
    assert not CaseNames.objects.unscoped(reason="its letters").filter(case=case).exists()
    if kept:
        search_refresh(case)
    assert shown("petra", case, "Mrs Marlowe, was Iqbal") == "Mrs [not shown], was Iqbal"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("vera", "[not shown] [not shown]"),
        ("walt", "[not shown] [not shown]"),
        ("petra", "[not shown] [not shown]"),
        ("ada", "[not shown] [not shown]"),
        ("alice", "Dean Quill"),
        ("donna", "Dean Quill"),
    ],
)
def test_a_name_in_quarantine_is_read_by_those_alone_who_read_the_quarantine(cast, name, expected):
    case = case_of("alice", perpetrators=[PerpetratorData(status="named", given_name="Dean", family_name="Quill")])
    for code in ("VSS", "WNC", "PROB"):
        give(case, code, Level.VIEW, field_groups=("subject_identity", "victim_contact", "reporter_identity"))
    assert shown(name, case, "Dean Quill") == expected


def test_who_is_not_in_the_case_gets_both_sides_taken_out(case):
    assert shown("walt", case, "Noor saw Will") == "[not shown] saw [not shown]"


def test_wishes_are_told_to_nobody_outside(case):
    with acting("vera"):
        assert asked("select * from hatecase_case_wishes(%s)", case.pk) == [("not_asked",) * 3]
    with acting("walt"):
        assert asked("select * from hatecase_case_wishes(%s)", case.pk) == []


@pytest.mark.parametrize("name", ["walt", "vera", "petra"])
def test_names_are_moved_for_nobody_who_does_not_manage(case, name):
    with acting(name):
        moved = asked("select hatecase_names_quarantine(%s, %s, %s)", case.pk, clock.today(), clock.now())
    assert moved == [(0,)]
    assert case.parties.filter(perpetrator__status="named").count() == 2


def test_a_list_of_nobody_is_empty(case):
    for function in ("hatecase_case_page", "hatecase_case_page_newer"):
        with acting("sam"):
            assert asked(f"select * from {function}('{{}}', null, null, 5)") == []
