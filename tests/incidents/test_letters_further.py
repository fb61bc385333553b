"""Letters to others than the victim: who may be written to, by whose rules, and to an address that is not safe (§10.4)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction
from django.db.utils import DatabaseError

from incidents.choices import Level
from incidents.models import Letter, LetterTemplate
from incidents.selectors.case_page import case_get
from incidents.selectors.letters import letter_view
from incidents.selectors.recipients import recipients
from incidents.services.household import household_add
from incidents.services.involved import InvolvedData, involved_add, involved_end
from incidents.services.letter_templates import TemplateData, template_add, template_check
from incidents.services.letters import LetterData, letter_print, letter_record, letter_write
from incidents.services.task import task_create
from incidents.services.ties import tie_add
from kernel import clock
from kernel.errors import ForbiddenError, RuleError
from perpetrators.services import PerpetratorData
from tests.cast import acting, agency, client_of
from tests.incidents.casework import (
    audited,
    case_of,
    day_parts,
    fresh,
    give_all,
    reclassify,
    reveal,
    text,
    victim_of,
    victim_set,
)
from victims.services import VictimData

pytestmark = pytest.mark.django_db
WHY = "the test looks at all rows"
ACK = "Acknowledgement of a report"
SUBJECT = PerpetratorData(status="named", given_name="Kevin", family_name="Brandreth", description="A neighbour")


@pytest.fixture
def case(cast):
    """A suspected crime against a child of 12, shared with both sides."""
    for name in ("alice", "vera"):
        cast[name].phone = "01632 960555"
        cast[name].save(update_fields=["phone"])
    born = clock.today() - dt.timedelta(days=12 * 365 + 10)
    child = VictimData(
        given_name="Ana", family_name="Holm", date_of_birth=born, address="3 Elm Road", postcode="NN16 8AB"
    )
    case = case_of("alice", classification="crime_suspected", victims=[child], perpetrators=[SUBJECT])
    for code in ("VSS", "PROB"):
        give_all(case, code, Level.CONTRIBUTE)
    reclassify(case, "crime_suspected")
    return fresh(case)


def add(case, role, given_name, name="alice", **values):
    with acting(name) as actor:
        return involved_add(actor=actor, case=case, data=InvolvedData(role=role, given_name=given_name, **values))


def write(case, to, name="alice", kind="letter", what=ACK, **more):
    found = LetterTemplate.objects.unscoped(reason=WHY).get(
        name=what, kind=kind, language="en", agency=None, active=True
    )
    with acting(name) as actor:
        return letter_write(actor=actor, case=case, data=LetterData(str(to), found.uid, **more))


def people(case, name="alice"):
    with acting(name) as actor:
        return recipients(actor, case_get(actor=actor, ref=case.ref))


HOME = {"address": "9 Oak Street, Kettering, NN16 8AC"}


def test_a_victim_under_16_is_written_to_by_way_of_the_parent_who_stands_first(case):
    mother = add(case, "guardian", "Ingrid", **HOME)
    victim = victim_set(case, language="pl", do_not_contact=[])
    assert [one.key for one in people(case)] == [str(mother.pk), victim.ref]
    assert people(case)[0].language == "pl"
    page = client_of("alice").get(f"/cases/{case.ref}/letters/new/")
    assert page.context["form"]["to"].initial == str(mother.pk)
    assert "Under 16: written to by way of their parent or guardian" in text(page)
    with pytest.raises(RuleError, match="under 16") as refused:
        write(case, victim.ref)
    assert refused.value.field == "emergency_reason"
    assert write(case, victim.ref, emergency_reason="Her mother asked us to").involved is None
    letter = write(case, mother.pk)
    assert (letter.recipient, letter.victim, letter.involved) == ("Ingrid", victim, mother)
    assert letter.address == "9 Oak Street\nKettering\nNN16 8AC"
    with acting("alice") as actor:
        letter_print(actor=actor, letter=letter)
        letter_record(actor=actor, letter=letter, at=clock.now())
    contact = case.contacts.get()
    assert (contact.victim, contact.result) == (victim, "attempt")
    assert "to the parent or guardian of a victim" in contact.note
    assert audited("letter.record")[0].detail["to"] == str(mother.pk)


def test_the_victims_rules_hold_for_the_parent_and_not_for_a_professional(case):
    mother, teacher = add(case, "guardian", "Ingrid", **HOME), add(case, "professional", "Ruth", **HOME)
    victim_set(case, letters_safe="no")
    with pytest.raises(RuleError, match="letters are not safe"):
        write(case, mother.pk)
    letter = write(case, teacher.pk)
    assert letter.victim is None
    with acting("alice") as actor:
        letter_print(actor=actor, letter=letter)
        with pytest.raises(RuleError, match="in the past"):
            letter_record(actor=actor, letter=letter, at=clock.now() + dt.timedelta(days=1))
        letter = letter_record(actor=actor, letter=letter, at=clock.now())
    assert letter.sent_at is not None
    # The victim was not reached, and nothing says so.
    assert not case.contacts.exists()
    assert "Recorded as sent on" in text(client_of("alice").get(f"/cases/{case.ref}/letters/{letter.uid}/"))


def test_a_letter_to_where_an_alleged_perpetrator_lives_asks_why(case):
    mother = add(case, "guardian", "Ingrid", **HOME)
    before = write(case, mother.pk)
    reveal(case, "vera", "victim_contact")
    with acting("alice") as actor:
        subject = case.parties.get(perpetrator__isnull=False).perpetrator.ref
        household_add(actor=actor, case=case, people=[str(mother.pk), subject])
    for name in ("alice", "vera"):
        with pytest.raises(RuleError, match="lives at that address") as refused:
            write(case, mother.pk, name)
        assert refused.value.field == "emergency_reason"
        assert "Brandreth" not in str(refused.value)
    page = client_of("vera").get(f"/cases/{case.ref}/letters/new/{before.template.uid}/", {"to": str(mother.pk)})
    assert "lives at that address" in text(page)
    assert "Brandreth" not in page.content.decode()
    with acting("alice") as actor, pytest.raises(RuleError, match="lives at that address"):
        letter_print(actor=actor, letter=before)
    letter = write(case, mother.pk, emergency_reason="He is in custody until Monday")
    with acting("alice") as actor:
        letter_print(actor=actor, letter=letter)
        letter_record(actor=actor, letter=letter, at=clock.now())
    assert audited("letter.write")[-1].reason == "He is in custody until Monday"
    # A message does not come to the door.
    assert write(case, mother.pk, kind="text", what="We tried to reach you").state == "draft"


def test_a_parent_is_bound_by_the_rules_of_their_own_child(case):
    with acting("alice") as actor:
        other = case.parties.filter(victim__isnull=False).first().victim
        mother = involved_add(actor=actor, case=case, data=InvolvedData(role="guardian", given_name="Ingrid", **HOME))
        tie_add(actor=actor, case=case, kind="parent", first=str(mother.pk), second=other.ref)
    [guardian] = [one for one in people(case) if one.person == mother]
    assert [victim.pk for victim in guardian.guarded] == [other.pk]


def test_whoever_lives_with_a_victim_is_written_to_there_unless_another_address_is_recorded(case):
    mother = add(case, "guardian", "Ingrid")
    assert [one.address for one in people(case) if one.person == mother] == [""]
    with acting("alice") as actor:
        household_add(actor=actor, case=case, people=[str(mother.pk), victim_of(case).ref])
    assert [one.address for one in people(case) if one.person == mother] == ["3 Elm Road\nNN16 8AB"]
    with acting("vera") as actor:
        found = recipients(actor, case_get(actor=actor, ref=case.ref))
    assert {one.address for one in found} == {""}, "what is hidden of the victim is hidden of who lives with them"


def test_who_is_no_longer_in_the_case_is_written_to_no_more(case):
    mother = add(case, "guardian", "Ingrid", **HOME)
    letter = write(case, mother.pk)
    with acting("alice") as actor:
        involved_end(actor=actor, case=case, uid=mother.pk)
        with pytest.raises(RuleError, match="no longer in the case"):
            letter_print(actor=actor, letter=letter)
    with pytest.raises(RuleError, match="to whom"):
        write(case, mother.pk)


def test_a_hidden_address_is_not_merged_and_its_letter_is_closed_with_it(case):
    mother = add(case, "guardian", "Ingrid", **HOME)
    letter = write(case, mother.pk)
    page = client_of("amir").get(f"/cases/{case.ref}/letters/{letter.uid}/")
    assert "Oak Street" not in page.content.decode()
    assert "Ingrid" not in text(page)
    with acting("amir") as actor:
        assert not letter_view(actor=actor, case=case_get(actor=actor, ref=case.ref), uid=letter.uid).readable
    assert "Oak Street" not in client_of("amir").get(f"/cases/{case.ref}/").content.decode()


def test_a_postal_address_of_the_victims_side_is_in_no_text_of_the_other(case):
    add(case, "guardian", "Ingrid", **HOME)
    with acting("alice") as actor:
        title = "Seen near 9 Oak Street, Kettering, NN16 8AC on Monday"
        task_create(actor=actor, case=case, title=title, agency=agency("PROB"))
    theirs = text(client_of("petra").get(f"/cases/{case.ref}/"))
    assert "Oak Street" not in theirs
    assert "Seen near [not shown] on Monday" in theirs


# --- Translations -----------------------------------------------------------------------------------


def county(language="pl"):
    return LetterTemplate.objects.unscoped(reason=WHY).get(language=language, agency=None)


SAID = {"translated_by": "Ana Pop", "checked_by": "Ewa Lis"}


def test_information_governance_confirms_a_translation_of_the_countys(case):
    victim_set(case, language="pl", date_of_birth=None)
    row, path = county(), f"/letters/templates/{county().uid}/"
    assert "Information governance confirms a check" in text(client_of("asha").get(path))
    assert client_of("asha").get(f"{path}check/").status_code == 403
    greta = client_of("greta")
    assert "Translations of letters" in text(greta.get("/governance/"))
    assert row.name in text(greta.get("/letters/templates/"))
    assert "Confirm that it was checked" in text(greta.get(path))
    sent = {**SAID, **day_parts("checked_on", clock.today())}
    refused = greta.post(f"{path}check/", sent | {"checked_by": "ana pop"})
    assert "Somebody else than who translated it" in text(refused)
    assert greta.post(f"{path}check/", sent).status_code == 302
    row.refresh_from_db()
    assert (row.checked, row.checked_by, row.translated_by) == (True, "Ewa Lis", "Ana Pop")
    assert "Translated by Ana Pop. Checked by Ewa Lis" in text(greta.get(path))
    assert [event.action for event in audited("template.check")] == ["template.check"]
    chosen = text(client_of("alice").get(f"/cases/{case.ref}/letters/new/", {"to": victim_of(case).ref}))
    assert row.name in chosen
    assert greta.get(f"{path}check/").status_code == 403


@pytest.mark.parametrize("name", ["asha", "alice", "admin", "sam"])
def test_nobody_else_confirms_it(cast, name):
    row = county()
    with acting(name) as actor:
        with pytest.raises(ForbiddenError):
            template_check(actor=actor, template=row, checked_on=clock.today(), **SAID)
        rows = LetterTemplate.objects.unscoped(reason="the second wall alone").filter(pk=row.pk)
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            rows.update(checked=True, checked_on=clock.today(), **SAID)


@pytest.mark.parametrize("change", [{"body": "Anything"}, {"active": False}, {"language": "ro"}])
def test_the_database_lets_governance_confirm_words_and_not_change_them(cast, change):
    row = county()
    with acting("greta"), pytest.raises(DatabaseError, match="confirmed as it is"), transaction.atomic():
        rows = LetterTemplate.objects.unscoped(reason="the second wall alone").filter(pk=row.pk)
        rows.update(checked=True, checked_on=clock.today(), **SAID, **change)


def test_an_agencys_translation_is_a_version_of_the_same_wording(case):
    victim_set(case, language="lt", date_of_birth=None)
    english = LetterTemplate.objects.unscoped(reason=WHY).get(name=ACK, kind="letter", language="en")
    with acting("asha") as asha:
        data = {"kind": "letter", "name": "Patvirtinimas", "language": "lt", "body": "{{recipient_name}}"}
        own = asha.agency_ids[0]
        with pytest.raises(RuleError, match="into which you translated") as refused:
            template_add(
                actor=asha, agency_id=own, data=TemplateData(**data | {"language": "en"}), translation_of=english
            )
        assert refused.value.field == "language"
        unnamed = TemplateData(**data, checked=True, checked_by="Rasa Kiel", checked_on=clock.today())
        with pytest.raises(RuleError) as refused:
            template_add(actor=asha, agency_id=own, data=unnamed, translation_of=english)
        assert refused.value.field == "translated_by"
        checked = TemplateData(
            **data, translated_by="Jonas Vit", checked=True, checked_by="Rasa Kiel", checked_on=clock.today()
        )
        made = template_add(actor=asha, agency_id=own, data=checked, translation_of=english)
    assert (made.topic, made.agency) == (english.topic, agency("POL"))
    chosen = text(client_of("alice").get(f"/cases/{case.ref}/letters/new/", {"to": victim_of(case).ref}))
    assert "Patvirtinimas (letter)" in chosen
    assert f"{ACK} (letter)" not in chosen
    assert "Lithuanian: Patvirtinimas" in text(client_of("asha").get(f"/letters/templates/{english.uid}/"))
    assert "Patvirtinimas" not in text(client_of("vera").get(f"/letters/templates/{english.uid}/"))


def test_what_is_shipped_is_english_and_no_translation_is_said_to_be_checked(cast):
    rows = LetterTemplate.objects.unscoped(reason=WHY).filter(agency=None)
    topics = {row.name for row in rows.filter(language="en")}
    assert {
        ACK,
        "We tried to reach you",
        "How things stand",
        "What came of it",
        "Support that is there for you",
    } <= topics
    assert not rows.filter(checked=True).exists()
    assert not any(word in row.body.lower() for row in rows for word in ("hate", "racis", "religio", "victim"))


def test_letters_of_the_tests_are_of_nobody_else(case):
    mother = add(case, "guardian", "Ingrid", **HOME)
    reveal(case, "vera", "victim_contact")
    letter = write(case, mother.pk, "vera")
    for name, told in (("vera", True), ("alice", False), ("petra", False)):
        with acting(name) as actor:
            assert Letter.objects.visible_to(actor).filter(pk=letter.pk).exists() is told


def test_a_letter_to_a_professional_at_a_victims_home_is_closed_with_the_victims_address(case):
    carer = add(case, "professional", "Nia")
    own = write(case, add(case, "professional", "Tom", **HOME).pk)
    with acting("alice") as actor:
        household_add(actor=actor, case=case, people=[str(carer.pk), victim_of(case).ref])
    letter = write(case, carer.pk)
    assert "Elm Road" in letter.address

    def readable(name, letter):
        with acting(name) as actor:
            return letter_view(actor=actor, case=case_get(actor=actor, ref=case.ref), uid=letter.uid).readable

    assert [readable("amir", one) for one in (letter, own)] == [False, True]
    assert [readable("alice", one) for one in (letter, own)] == [True, True]
    assert "Elm Road" not in client_of("amir").get(f"/cases/{case.ref}/letters/{letter.uid}/").content.decode()
