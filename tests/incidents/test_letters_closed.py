"""Letters in a closed case, the written outcome among them, and letters that are struck (docs/domain.md §1.6, §10.4)."""

from __future__ import annotations

import datetime as dt

import pytest

from incidents.choices import Level
from incidents.models import CaseClosure, Letter, LetterTemplate, StruckText
from incidents.services.closing import ClosingData, case_close
from incidents.services.contact import ContactData, contact_log
from incidents.services.letters import LetterData, letter_print, letter_record, letter_write
from incidents.services.repair import contact_strike
from incidents.services.risk import assessment_submit
from kernel import clock
from kernel.errors import RuleError
from tests.cast import acting, client_of
from tests.incidents.casework import (
    SAFE,
    answers,
    audited,
    case_of,
    clock_of,
    fresh,
    give,
    moment_parts,
    reclassify,
    text,
    victim_of,
    victim_set,
)

pytestmark = pytest.mark.django_db
WHY = "the test looks at all rows"
OUTCOME = "What came of it"
WORDS = "The locks were changed by the council of Zebedee"


@pytest.fixture
def case(cast):
    """Ready to be closed; victim support may contribute."""
    for name in ("alice", "vera"):
        cast[name].phone = "01632 960555"
        cast[name].save(update_fields=["phone"])
    case = case_of("alice")
    reclassify(case, "crime_suspected")
    with acting("alice") as actor:
        assessment_submit(actor=actor, case=case, answers=answers(), safety=SAFE)
    give(case, "VSS", Level.CONTRIBUTE)
    return fresh(case)


def close(case) -> CaseClosure:
    with acting("alice") as actor:
        return case_close(actor=actor, case=case, version=fresh(case).version, data=ClosingData(reason="R1"))


def write(case, name="alice", kind="letter") -> Letter:
    rows = LetterTemplate.objects.unscoped(reason=WHY)
    template = rows.get(name=OUTCOME, kind=kind, language="en", active=True)
    with acting(name) as actor:
        data = LetterData(victim_of(case).ref, template.uid, WORDS)
        return letter_write(actor=actor, case=fresh(case), data=data)


def printed(letter, name="alice") -> Letter:
    with acting(name) as actor:
        return letter_print(actor=actor, letter=letter)


def record(letter, name="alice", **values) -> Letter:
    with acting(name) as actor:
        return letter_record(actor=actor, letter=letter, at=values.pop("at", clock.now()), **values)


def speak(case, **values):
    with acting("alice") as actor:
        data = ContactData(at=clock.now(), method="phone", **values)
        return contact_log(actor=actor, case=fresh(case), data=data)


def closing(case) -> CaseClosure:
    return fresh(case).caseclosure_rows.get(reopened_at=None)


def address(letter, then=""):
    return f"/cases/{letter.case.ref}/letters/{letter.uid}/{then}"


# --- After closing ------------------------------------------------------------------------------------


def test_the_written_outcome_is_written_printed_and_recorded_once_in_a_closed_case(case):
    close(case)
    client = client_of("alice")
    assert f"/cases/{case.ref}/letters/new/" in client.get(f"/cases/{case.ref}/closure/").content.decode()
    offered = client.get(f"/cases/{case.ref}/").content.decode()
    for path in ("letters/", "contacts/add/"):
        assert f'/cases/{case.ref}/{path}"' in offered
    for path in ("people/add-victim/", "support-referral/", "action-plan/", "updates/"):
        assert f"/cases/{case.ref}/{path}" not in offered
        assert client.get(f"/cases/{case.ref}/{path}").status_code == 403
    template = LetterTemplate.objects.unscoped(reason=WHY).get(name=OUTCOME, kind="letter", language="en")
    where = f"/cases/{case.ref}/letters/new/{template.uid}/?to={victim_of(case).ref}"
    page = client.post(where, {"message": WORDS, "save": "yes"}, follow=True)
    assert "Written. It is not sent yet" in text(page)
    letter = Letter.objects.unscoped(reason=WHY).get()
    assert "The PDF is ready" in text(client.post(address(letter, "print/"), follow=True))
    asked = client.get(address(letter)).content.decode()
    assert 'name="outcome"' in asked
    assert "checked" not in asked
    page = text(client.post(address(letter), moment_parts("at") | {"outcome": "on"}, follow=True))
    assert "Recorded as sent, and as the written outcome. Undo" in page
    assert closing(case).outcome_sent_at is not None
    assert clock_of(case, "K11").met_at is None, "a letter is no contact"
    assert len(audited("case.outcome_sent")) == 1
    assert "Record the written outcome" not in text(client.get(f"/cases/{case.ref}/closure/"))
    speak(case)
    assert clock_of(case, "K11").outcome == "met"
    assert client.get(f"/cases/{case.ref}/letters/new/").status_code == 403
    with pytest.raises(RuleError, match="is closed"):
        write(case)


def test_a_letter_from_before_the_closing_is_printed_and_recorded_after_it(case):
    letter = write(case)
    close(case)
    record(printed(letter))
    assert closing(case).outcome_sent_at is None, "nobody said that it was the outcome"
    other = write(case, "vera", kind="email")
    page = client_of("vera").get(address(other)).content.decode()
    assert "Record it" in page
    assert 'name="outcome"' not in page, "the lead agency's to say"


def test_the_outcome_is_sent_after_the_closing_and_to_the_victim(case):
    letter = printed(write(case))
    before = clock.now() - dt.timedelta(hours=1)
    close(case)
    page = client_of("alice").post(address(letter), moment_parts("at", before) | {"outcome": "on"})
    assert page.context["form"].errors["at"] == ["The outcome is sent after the case was closed."]
    assert not fresh(case).contacts.exists()
    assert closing(case).outcome_sent_at is None


def test_a_struck_contact_takes_the_outcome_back_and_the_letter_is_recorded_again(case):
    close(case)
    letter = record(printed(write(case)), outcome=True)
    speak(case)
    assert clock_of(case, "K11").outcome == "met"
    contact = letter.contact
    with acting("alice") as actor:
        contact_strike(actor=actor, contact=contact, reason="It was not posted")
    assert closing(case).outcome_sent_at is None
    assert (clock_of(case, "K11").met_at, clock_of(case, "K11").closed_at) == (None, None)
    page = text(client_of("alice").get(address(letter)))
    assert "that record was struck" in page
    assert "Record it" in page
    assert "Printed" in text(client_of("alice").get(f"/cases/{case.ref}/letters/"))
    record(letter, outcome=True)
    letter.refresh_from_db()
    assert letter.contact_id != contact.pk
    assert clock_of(case, "K11").outcome == "met"


# --- Striking -----------------------------------------------------------------------------------------


def test_a_letter_in_the_wrong_case_is_struck_with_its_words_its_file_and_its_contact(case):
    letter = record(printed(write(case)))
    client = client_of("alice")
    assert "Strike this letter" in text(client.get(address(letter)))
    path = f"/cases/{case.ref}/strike/letter/{letter.uid}/"
    for name in ("bob", "vera"):
        assert client_of(name).get(path).status_code == 404
    question = text(client.get(path))
    assert "its PDF goes too" in question
    assert "Enter why it is struck" in text(client.post(path, {"reason": ""}))
    page = client.post(path, {"reason": "The wrong case"}, follow=True)
    assert "Letter or message struck" in text(page)
    assert OUTCOME not in text(client.get(f"/cases/{case.ref}/letters/"))
    assert [client.get(address(letter, then)).status_code for then in ("", "letter.pdf")] == [404, 404]
    assert client.post(path, {"reason": "Again"}).status_code == 404
    row = Letter.objects.unscoped(reason=WHY).get()
    assert (row.recipient, row.address, row.body, row.pdf) == ("", "", "", None)
    kept = StruckText.objects.unscoped(reason=WHY).get(kind="letter")
    assert WORDS in kept.words["body"]
    assert kept.reason == "The wrong case"
    assert fresh(case).contacts.get().struck_at is not None
    [event] = audited("letter.strike")
    assert (event.reason, "Zebedee" in str(event.detail)) == ("The wrong case", False)
    assert "A contact was struck" in text(client_of("vera").get(f"/cases/{case.ref}/"))


def test_a_letter_that_was_not_sent_is_struck_in_a_closed_case_too(case):
    letter = write(case)
    close(case)
    speak(case)
    path = f"/cases/{case.ref}/strike/letter/{letter.uid}/"
    assert client_of("alice").post(path, {"reason": "To the wrong person"}).status_code == 302
    assert Letter.objects.unscoped(reason=WHY).get().struck_at is not None
    assert not audited("contact.strike")


# --- What fits the case -------------------------------------------------------------------------------


def choices(case) -> str:
    return text(client_of("alice").get(f"/cases/{case.ref}/letters/new/?to={victim_of(case).ref}"))


def test_what_does_not_fit_the_case_stands_apart_with_why(case):
    page = choices(case)
    apart = page.index("Do not fit now")
    assert page.index("Acknowledgement of a report") < apart < page.index(OUTCOME)
    assert "The case is open: nothing has come of it yet." in page
    close(case)
    page = choices(case)
    apart = page.index("Do not fit now")
    assert page.index(OUTCOME) < apart < page.index("Acknowledgement of a report")
    assert "The case is closed: say what came of it." in page


def test_a_letter_to_nowhere_is_said_to_be_one_before_it_is_made(case):
    victim_set(case, address="", postcode="")
    assert "There is no postal address" in choices(case)
    template = LetterTemplate.objects.unscoped(reason=WHY).get(name=OUTCOME, kind="letter", language="en", active=True)
    page = client_of("alice").get(f"/cases/{case.ref}/letters/new/{template.uid}/?to={victim_of(case).ref}")
    assert "This letter cannot be made" in text(page)
    assert "Write it" not in text(page)
