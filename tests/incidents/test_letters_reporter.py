"""Letters by post to whoever reported: where they go, whose rules hold there, and what is recorded (§10.4)."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from incidents.models import Contact, Letter, LetterTemplate
from incidents.services.involved import InvolvedData, involved_add
from incidents.services.letters import LetterData, letter_print, letter_record, letter_write
from incidents.services.ties import tie_add
from kernel import clock
from kernel.errors import RuleError
from tests.cast import acting, client_of, log_incident_as
from tests.incidents.casework import case_of, clock_of, fresh, reveal, text, victim_set

pytestmark = pytest.mark.django_db
WHY = "the test looks at all rows"
ADDRESS = "9 Oak Street, Kettering\nNN16 8AC"


@pytest.fixture
def case(cast):
    cast["alice"].phone = "01632 960555"
    cast["alice"].save(update_fields=["phone"])
    case = case_of("alice", reporter_kind="witness", reporter_name="Quentin Hale")
    reveal(case, "alice", "reporter_identity")
    return case


def template() -> LetterTemplate:
    rows = LetterTemplate.objects.unscoped(reason=WHY).filter(language="en", kind="letter", active=True, agency=None)
    return rows.get(name="Acknowledgement of a report")


def write(case, address="", reason="") -> Letter:
    data = LetterData("reporter", template().uid, address=address, emergency_reason=reason)
    with acting("alice") as actor:
        return letter_write(actor=actor, case=fresh(case), data=data)


def test_the_page_asks_for_the_address_of_whoever_reported_and_writes_to_it(case):
    alice = client_of("alice")
    first = alice.get(f"/cases/{case.ref}/letters/new/?to=reporter")
    assert "A letter by post cannot be made" not in text(first)
    where = f"/cases/{case.ref}/letters/new/{template().uid}/?to=reporter"
    assert "Postal address" in text(alice.get(where))
    missing = alice.post(where, {"save": "yes"})
    assert missing.context["form"].errors["address"] == ["Enter the postal address."]
    seen = alice.post(where, {"look": "yes", "address": ADDRESS})
    assert "9 Oak Street<br>Kettering<br>NN16 8AC" in seen.content.decode()
    assert alice.post(where, {"save": "yes", "address": ADDRESS}).status_code == 302
    letter = Letter.objects.unscoped(reason=WHY).get()
    assert letter.address == "9 Oak Street\nKettering\nNN16 8AC"


def test_it_is_printed_and_recorded_as_posted_and_acknowledges_the_report(case):
    letter = write(case, ADDRESS)
    with acting("alice") as actor:
        letter = letter_print(actor=actor, letter=letter)
        words = PdfReader(io.BytesIO(bytes(letter.pdf or b""))).pages[0].extract_text()
        letter_record(actor=actor, letter=letter, at=clock.now(), acknowledgement=True)
    assert "Quentin Hale" in words
    assert "9 Oak Street" in words
    contact = Contact.objects.unscoped(reason=WHY).get()
    assert (contact.method, contact.with_reporter, contact.victim) == ("letter", True, None)
    assert clock_of(case, "K1").outcome == "met"


def test_who_is_not_shown_the_reporter_reads_no_address_of_theirs(case):
    letter = write(case, ADDRESS)
    page = client_of("asha").get(f"/cases/{case.ref}/letters/{letter.uid}/")
    assert page.status_code == 200
    assert "9 Oak Street" not in page.content.decode()


@pytest.mark.parametrize(
    ("postcode", "asks"), [("NN16 8AC", True), ("nn168ac", True), ("NN16 8AD", False), ("", False)]
)
def test_a_letter_to_where_the_victim_lives_follows_the_victims_rules(case, postcode, asks):
    victim_set(case, address="9 Oak Street", postcode=postcode, letters_safe="no")
    if not asks:
        assert write(case, ADDRESS).address
        return
    with pytest.raises(RuleError, match="say why"):
        write(case, ADDRESS)
    assert write(case, ADDRESS, "They asked for it by post").emergency_reason


def test_a_letter_to_a_first_reporter_is_no_attempt_to_reach_the_victim_who_reported_later(case):
    log_incident_as("alice", case=case, reporter_kind="victim", reporter_name="")
    letter = write(case, ADDRESS)
    with acting("alice") as actor:
        letter_record(actor=actor, letter=letter_print(actor=actor, letter=letter), at=clock.now())
    contact = Contact.objects.unscoped(reason=WHY).get()
    assert (contact.with_reporter, contact.victim) == (True, None)


def further(case, **values):
    with acting("alice") as actor:
        return involved_add(actor=actor, case=fresh(case), data=InvolvedData(role="reporter", **values))


def test_somebody_further_who_reported_is_written_to_by_post_and_it_is_a_contact(case):
    person = further(case, given_name="Ruth", family_name="Adeyemi", address="4 Mill Lane, Corby, NN17 8AA")
    data = LetterData(str(person.pk), template().uid)
    with acting("alice") as actor:
        letter = letter_write(actor=actor, case=fresh(case), data=data)
        assert letter.address == "4 Mill Lane\nCorby\nNN17 8AA"
        letter = letter_print(actor=actor, letter=letter)
        letter_record(actor=actor, letter=letter, at=clock.now(), acknowledgement=True)
    contact = Contact.objects.unscoped(reason=WHY).get()
    assert (contact.with_reporter, contact.victim) == (True, None)
    assert clock_of(case, "K1").outcome == "met"
    where = f"/cases/{case.ref}/letters/{letter.uid}/"
    assert "Mill Lane" in client_of("alice").get(where).content.decode()
    hidden = client_of("asha").get(where)
    assert "Mill Lane" not in hidden.content.decode()
    assert "is shown with who reported" in text(hidden)


def test_a_reporter_who_wants_no_contact_is_none_as_somebody_further_either(cast):
    case = case_of("alice", reporter_kind="witness", reporter_name="Quentin Hale", reporter_no_contact=True)
    reveal(case, "alice", "reporter_identity")
    person = further(case, given_name="Quentin", family_name="Hale", address="4 Mill Lane")
    with acting("alice") as actor, pytest.raises(RuleError, match="asked not to be contacted"):
        letter_write(actor=actor, case=fresh(case), data=LetterData(str(person.pk), template().uid))


def test_a_witness_who_lives_with_the_victim_is_written_to_by_the_victims_rules(case):
    victim = victim_set(case, address="9 Oak Street", postcode="NN16 8AC", letters_safe="no")
    with acting("alice") as actor:
        person = involved_add(actor=actor, case=fresh(case), data=InvolvedData(role="witness", given_name="Omar"))
        tie_add(actor=actor, case=fresh(case), kind="lives_with", first=str(person.pk), second=victim.ref)
        with pytest.raises(RuleError, match="say why"):
            letter_write(actor=actor, case=fresh(case), data=LetterData(str(person.pk), template().uid))


def test_the_page_says_how_whoever_reported_can_be_written_to(cast):
    case = case_of("alice", reporter_kind="witness", reporter_name="Quentin Hale")
    page = client_of("alice").get(f"/cases/{case.ref}/letters/new/")
    assert "Whoever reported can be written to once you are shown who that was" in text(page)
    assert "Quentin Hale" not in page.content.decode()
    reveal(case, "alice", "reporter_identity")
    assert "once you are shown" not in text(client_of("alice").get(f"/cases/{case.ref}/letters/new/"))


def test_an_acknowledgement_to_whoever_reported_says_by_itself_that_it_is_one(case):
    def ticked(letter) -> bool:
        page = client_of("alice").get(f"/cases/{case.ref}/letters/{letter.uid}/")
        return bool(page.context["form"]["acknowledgement"].initial)

    victim = victim_set(case, address="9 Oak Street", postcode="NN16 8AD")
    assert ticked(write(case, ADDRESS))
    with acting("alice") as actor:
        letter = letter_write(actor=actor, case=fresh(case), data=LetterData(victim.ref, template().uid))
    assert not ticked(letter)
