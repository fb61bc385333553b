"""A letter or a message from the template to the record: what is safe, what is merged, what is printed."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import uuid

import pytest
from pypdf import PdfReader

from incidents.choices import Level
from incidents.models import Letter
from incidents.services.letters import LetterData, letter_html, letter_record, letter_write
from kernel import clock
from kernel.errors import RuleError
from tests.budget import queries_beyond
from tests.cast import acting, cast_get, client_of
from tests.incidents.casework import (
    audited,
    case_of,
    clock_of,
    give,
    moment_parts,
    reveal,
    text,
    victim_of,
    victim_set,
)
from tests.incidents.letters import ACK, UPDATE, WHY, case_to_write_in, own, printed, template, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast):
    """A case that a witness reported; whoever may write in it has a phone at work."""
    return case_to_write_in()


# --- Safe contact ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "what", "kind", "said"),
    [
        ({"letters_safe": "no"}, ACK, "letter", "letters are not safe"),
        ({"do_not_contact": [{"days": [], "from": "00:00", "to": "00:00"}]}, ACK, "letter", "not to be contacted"),
        ({"safe_channels": ["phone"]}, ACK, "letter", "did not agree to contact by letter"),
        ({"shared_device": True}, UPDATE, "email", "shares their phone or email"),
        ({"shared_device": True}, "We tried to reach you", "text", "shares their phone or email"),
    ],
)
def test_what_is_not_safe_is_refused_unless_it_is_an_emergency(case, record, what, kind, said):
    victim_set(case, **record)
    more = {"message": "We have spoken to the landlord."} if what == UPDATE else {}
    with pytest.raises(RuleError, match=said) as refused:
        write(case, what=what, kind=kind, **more)
    assert refused.value.field == "emergency_reason"
    assert not Letter.objects.unscoped(reason=WHY).exists()
    letter = write(case, what=what, kind=kind, emergency_reason="He is on his way to her", **more)
    assert letter.emergency_reason == "He is on his way to her"
    [event] = audited("letter.write")
    assert event.reason == "He is on his way to her"


def test_a_shared_phone_does_not_stop_a_letter(case):
    victim_set(case, shared_device=True)
    assert write(case).state == "draft"


def test_letters_that_became_unsafe_are_neither_printed_nor_recorded(case):
    letter = write(case)
    victim_set(case, letters_safe="no")
    with pytest.raises(RuleError, match="letters are not safe"):
        printed(case, letter)
    victim_set(case, letters_safe="yes")
    letter = printed(case, letter)
    victim_set(case, letters_safe="no")
    with acting("alice") as actor, pytest.raises(RuleError, match="letters are not safe"):
        letter_record(actor=actor, letter=letter, at=clock.now())
    assert not case.contacts.exists()


def test_a_reporter_who_wants_no_contact_is_not_written_to(cast):
    case = case_of("alice", reporter_kind="witness", reporter_name="Quentin Hale", reporter_no_contact=True)
    cast["alice"].phone = "01632 960555"
    cast["alice"].save(update_fields=["phone"])
    reveal(case, "alice", "reporter_identity")
    kinds = {"what": UPDATE, "kind": "email", "message": "Thank you."}
    with pytest.raises(RuleError, match="asked not to be contacted"):
        write(case, to="reporter", **kinds)


# --- A letter from beginning to end ------------------------------------------------------------------


def test_a_letter_is_previewed_written_printed_and_recorded(case):
    client, victim = client_of("alice"), victim_of(case)
    assert "To whom do you write?" in text(client.get(f"/cases/{case.ref}/letters/new/"))
    chosen = f"/cases/{case.ref}/letters/new/?to={victim.ref}"
    assert ACK in text(client.get(chosen))
    page = client.post(chosen, {"template": str(template(UPDATE).uid)}, follow=True)
    assert "[what you write when you use the template]" in text(page)
    where = page.redirect_chain[-1][0]
    page = client.post(where, {"message": "We have spoken to the landlord.", "look": "yes"})
    assert "We have spoken to the landlord." in text(page)
    assert not Letter.objects.unscoped(reason=WHY).exists()
    assert "Enter what you want to say." in text(client.post(where, {"message": " ", "save": "yes"}))
    mark = str(uuid.uuid4())
    sent = {"message": "We have spoken to the landlord.", "save": "yes", "submission_id": mark}
    for _ in range(2):
        page = client.post(where, sent, follow=True)
    letter = Letter.objects.unscoped(reason=WHY).get()
    assert "Written. It is not sent yet" in text(page)
    page = client.post(f"/cases/{case.ref}/letters/{letter.uid}/print/", follow=True)
    answer = client.get(f"/cases/{case.ref}/letters/{letter.uid}/letter.pdf")
    assert answer["Content-Type"] == "application/pdf"
    letter.refresh_from_db()
    assert hashlib.sha256(answer.content).hexdigest() == letter.sha256
    assert letter.sha256 in text(page)
    words = "\n".join(one.extract_text() for one in PdfReader(io.BytesIO(answer.content)).pages)
    for said in ("Farida Mirza", "14 Larch Walk", "NN16 8AB", "We have spoken to the landlord.", case.ref):
        assert said in words
    assert "hate" not in words.lower()
    assert "hate" not in str(PdfReader(io.BytesIO(answer.content)).metadata).lower()
    page = client.post(f"/cases/{case.ref}/letters/{letter.uid}/", moment_parts("at"), follow=True)
    assert "Recorded as sent" in text(page)
    assert "Tried to reach the victim (letter)" in text(page)
    contact = case.contacts.get()
    assert (contact.method, contact.result, contact.direction) == ("letter", "attempt", "outbound")
    assert clock_of(case, "K3").met_at is None, "a letter is an attempt"
    [event] = audited("letter.print")
    assert (event.operation, event.detail["sha256"]) == ("disclosure", letter.sha256)
    assert audited("letter.download")
    with acting("alice") as actor, pytest.raises(RuleError, match="recorded already"):
        letter_record(actor=actor, letter=letter, at=clock.now())


def test_three_letters_alone_do_not_close_first_contact_and_a_text_does(case, monkeypatch):
    for number in range(3):
        moment = clock.now() + dt.timedelta(days=1)
        monkeypatch.setattr("django.conf.settings.HATECASE_NOW", moment.isoformat())
        kind = "text" if number == 2 else "email"
        what = "We tried to reach you" if kind == "text" else UPDATE
        letter = write(case, what=what, kind=kind, message="Hello" if kind == "email" else "")
        with acting("alice") as actor:
            letter_record(actor=actor, letter=letter, at=clock.now())
    assert clock_of(case, "K3").outcome == "attempted"


def test_an_acknowledgement_to_the_reporter_meets_k1(case):
    made = own(kind="email", name="Thanks", body="Dear {{recipient_name}}, thank you.")
    reveal(case, "alice", "reporter_identity")
    with acting("alice") as actor:
        letter = letter_write(actor=actor, case=case, data=LetterData("reporter", made.uid))
        letter_record(actor=actor, letter=letter, at=clock.now(), acknowledgement=True)
    assert "Quentin Hale" in letter.body
    assert clock_of(case, "K1").outcome == "met"


def test_a_message_is_copied_not_sent_and_never_printed(case, mailoutbox):
    letter = write(case, what=UPDATE, kind="email", message="Hello")
    page = text(client_of("alice").get(f"/cases/{case.ref}/letters/{letter.uid}/"))
    assert "This service sends no emails and no text messages to the public" in page
    with pytest.raises(RuleError, match="Only letters are printed"):
        printed(case, letter)
    assert mailoutbox == []


def test_a_letter_is_recorded_after_it_was_printed_and_not_for_tomorrow(case):
    letter = write(case)
    with acting("alice") as actor, pytest.raises(RuleError, match="Print the letter first"):
        letter_record(actor=actor, letter=letter, at=clock.now())
    letter = printed(case, letter)
    with acting("alice") as actor, pytest.raises(RuleError, match="in the past"):
        letter_record(actor=actor, letter=letter, at=clock.now() + dt.timedelta(days=1))


def test_printed_again_it_is_the_same_file(case):
    letter = printed(case, write(case))
    assert printed(case, letter).sha256 == letter.sha256


def test_what_is_missing_is_named(case):
    cast_get()["alice"].__class__.objects.filter(email="alice@police.example").update(phone="")
    with pytest.raises(RuleError, match="your work phone number"):
        write(case)


def test_hostile_words_stay_words(case):
    victim_set(case, given_name="<b>Fa", address="1 <img src=file:///etc/passwd> Street")
    letter = write(case)
    html = letter_html(letter)
    assert "<b>" not in html
    assert "<img" not in html


def test_a_view_or_closed_case_writes_nothing(case):
    give(case, "VSS", Level.VIEW)
    assert client_of("vera").get(f"/cases/{case.ref}/letters/new/").status_code == 403
    case.status = "closed"
    case.save(update_fields=["status"])
    assert client_of("alice").get(f"/cases/{case.ref}/letters/new/").status_code == 403
    assert client_of("alice").get(f"/cases/{case.ref}/letters/").status_code == 200


def test_budgets(case):
    for _ in range(3):
        write(case)
    client = client_of("alice")
    assert queries_beyond(client, f"/cases/{case.ref}/letters/") <= 8
    assert queries_beyond(client, "/letters/templates/") <= 2
    chosen = f"/cases/{case.ref}/letters/new/{template(ACK).uid}/?to={victim_of(case).ref}"
    assert queries_beyond(client, chosen) <= 8
