"""Letters and messages: what a template may say, to whom it may go, what is hidden, and what is recorded."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import uuid

import pytest
from django.db import transaction
from django.db.utils import DatabaseError, IntegrityError
from pypdf import PdfReader

from incidents.choices import Level
from incidents.models import Letter, LetterTemplate
from incidents.rules import letters as rules
from incidents.selectors.fields import field_access
from incidents.selectors.letters import offers
from incidents.selectors.recipients import recipient_get, recipients
from incidents.services.letter_templates import TemplateData, template_add, template_change, template_retire
from incidents.services.letters import LetterData, letter_html, letter_print, letter_record, letter_write
from kernel import clock
from kernel.errors import ForbiddenError, RuleError
from tests.budget import queries_beyond
from tests.cast import acting, agency, cast_get, client_of
from tests.incidents.casework import (
    assert_unknown_is_404,
    audited,
    case_of,
    clock_of,
    fresh,
    give,
    give_all,
    moment_parts,
    name_person,
    reveal,
    text,
    victim_of,
    victim_set,
)

pytestmark = pytest.mark.django_db
WHY = "the test looks at all rows"


@pytest.fixture
def case(cast):
    case = case_of("alice", reporter_kind="witness", reporter_name="Quentin Hale", reporter_contact="01632 960123")
    for name in ("alice", "bob", "vera"):
        cast[name].phone = "01632 960555"
        cast[name].save(update_fields=["phone"])
    return case


def template(name, language="en", kind="letter") -> LetterTemplate:
    rows = LetterTemplate.objects.unscoped(reason=WHY).filter(language=language, kind=kind, active=True)
    return rows.get(name=name) if name else rows.get()


ACK, UPDATE = "Acknowledgement of a report", "How things stand"


def write(case, name="alice", *, what=ACK, kind="letter", to=None, **more) -> Letter:
    data = LetterData(to or victim_of(case).ref, template(what, kind=kind).uid, **more)
    with acting(name) as actor:
        return letter_write(actor=actor, case=case, data=data)


def printed(case, letter, name="alice") -> Letter:
    with acting(name) as actor:
        return letter_print(actor=actor, letter=letter)


def own(keeper="asha", **more) -> LetterTemplate:
    values = {"kind": "letter", "name": "Our own", "language": "en", "body": "Dear {{recipient_name}}"} | more
    with acting(keeper) as actor:
        return template_add(actor=actor, agency_id=actor.agency_ids[0], data=TemplateData(**values))


def offered(case, name="alice") -> dict[str, str]:
    with acting(name) as actor:
        one = recipient_get(actor, case, victim_of(case).ref)
        assert one is not None
        return {o.template.name: o.sentence for o in offers(actor, fresh(case), one)}


# --- Merging ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("Dear {{nickname}}", "There is no merge field {{nickname}}"),
        ("{{a}} {{ b }}", "There is no merge field {{a}}, {{b}}"),
        ("Dear {{}}", "There is no merge field {{}}"),
        ("Dear {recipient_name}", "two braces before"),
        ("Dear {{recipient_name}", "two braces before"),
        ("x" * 6001, "6,000 characters or fewer"),
    ],
)
def test_a_template_that_cannot_be_merged_is_refused(body, said):
    assert said in (rules.template_error(body, "letter") or "")


def test_a_text_message_is_short():
    assert rules.template_error("x" * 480, "text") is None
    assert "480" in (rules.template_error("x" * 481, "text") or "")


def test_what_is_merged_is_text_and_never_a_field():
    values = {"recipient_name": "{{address}}", "message": r"\1 {{case_ref}}"}
    assert rules.merge("{{ recipient_name }}: {{message}}", values) == r"{{address}}: \1 {{case_ref}}"


def test_an_unknown_field_stands_beside_the_text(cast):
    sent = {"name": "Ours", "kind": "letter", "language": "en", "body": "Dear {{nickname}}", "checked": "no"}
    page = client_of("asha").post("/letters/templates/add/", sent)
    assert page.status_code == 200
    assert page.context["form"].errors["body"] == ["There is no merge field {{nickname}}. Use the names in the list."]
    assert "{{recipient_name}}" in page.content.decode()


def test_one_name_stands_for_one_template_of_an_agency(cast):
    own()
    with pytest.raises(RuleError) as refused:
        own(name="our OWN")
    assert refused.value.field == "name"
    assert own(name="our OWN", kind="email").active


# --- Languages -------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["pl", "ro"])
def test_an_unchecked_translation_is_not_offered_and_english_says_why(case, language):
    victim_set(case, language=language)
    found = offered(case)
    assert ACK in found
    assert "no checked translation" in found[ACK]
    assert template("", language=language).name not in found


def test_a_checked_translation_takes_the_place_of_english(case):
    victim_set(case, language="pl")
    LetterTemplate.objects.unscoped(reason=WHY).filter(language="pl").update(
        checked=True, checked_by="Ewa Lis", checked_on=clock.today()
    )
    found = offered(case)
    assert found["Potwierdzenie zgłoszenia"] == ""
    assert ACK not in found
    assert UPDATE in found
    with acting("alice") as actor:
        data = LetterData(victim_of(case).ref, template("Potwierdzenie zgłoszenia", "pl").uid)
        letter = letter_write(actor=actor, case=case, data=data)
    assert letter.language == "pl"
    assert f"{clock.today():%d.%m.%Y}" in letter.body
    assert '<html lang="pl">' in letter_html(letter)


@pytest.mark.parametrize(
    ("language", "body", "tag", "on_page", "on_paper"),
    [
        ("ur", "{{today}}\n\nHC-26 محترم", "ur", "rtl", "rtl"),
        ("prs", "سلام", "fa", "rtl", "rtl"),
        ("ku", "26: سڵاو", "ku", "auto", "rtl"),
        ("easy_read", "Hello", "en", "auto", "ltr"),
        ("other", "مرحبا", "en", "auto", "rtl"),
    ],
)
def test_words_name_their_language_and_are_read_the_right_way(case, language, body, tag, on_page, on_paper):
    kept = own(language=language, body=body)
    letter, rows = write(case), Letter.objects.unscoped(reason=WHY)
    rows.filter(pk=letter.pk).update(language=language, body=body)
    html = letter_html(rows.select_related("agency").get(pk=letter.pk))
    assert f'<html lang="{tag}">' in html
    assert f'<div class="text" dir="{on_paper}">' in html
    said = f'lang="{tag}" dir="{on_page}">'
    for path in (f"/cases/{case.ref}/letters/{letter.uid}/", f"/letters/templates/{kept.uid}/"):
        page = client_of("alice").get(path)
        assert page.status_code == 200, path
        assert said in page.content.decode(), path


def test_a_machines_translation_is_labelled(case):
    victim_set(case, language="ro")
    LetterTemplate.objects.unscoped(reason=WHY).filter(language="ro").update(
        checked=True, checked_by="Ana Pop", checked_on=clock.today(), machine_made=True
    )
    page = client_of("alice").get(f"/cases/{case.ref}/letters/new/?to={victim_of(case).ref}")
    assert "A machine translated this. Ana Pop checked it." in text(page)


def test_safety_text_is_never_a_machines(cast):
    with pytest.raises(RuleError) as refused:
        own(safety=True, machine_made=True)
    assert refused.value.field == "machine_made"
    with pytest.raises(IntegrityError, match="lettertemplate_safety_by_people"), transaction.atomic():
        LetterTemplate.objects.bulk_create(
            [LetterTemplate(kind="letter", name="x", body="x", safety=True, machine_made=True)]
        )


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


# --- Hidden groups of fields -----------------------------------------------------------------------


def test_an_address_that_is_not_shown_is_never_merged(case):
    give(case, "NNC", Level.CONTRIBUTE, field_groups=["subject_identity"])
    made = own("beth", body="{{address}}", kind="email", name="Where")
    for what in (template(ACK), made):
        with acting("bob") as bob, pytest.raises(RuleError, match="no address that you are shown"):
            letter_write(actor=bob, case=case, data=LetterData(victim_of(case).ref, what.uid))
    page = client_of("bob").get(f"/cases/{case.ref}/letters/new/{made.uid}/?to={victim_of(case).ref}")
    assert "Larch Walk" not in page.content.decode()
    assert "NN16 8AB" not in page.content.decode()
    assert "no postal address that you are shown" in text(page)


def test_a_letter_with_an_address_is_closed_again_with_the_address(case):
    letter = printed(case, write(case))
    client = client_of("amir")
    page = client.get(f"/cases/{case.ref}/letters/{letter.uid}/")
    with acting("amir") as amir:
        hidden = "victim_contact" not in field_access(amir, case).shown
    assert hidden, "a colleague who does not work the case is not shown the address"
    assert "Larch Walk" not in page.content.decode()
    assert "Farida" not in text(page)
    assert client.get(f"/cases/{case.ref}/letters/{letter.uid}/letter.pdf").status_code == 403
    assert client.post(f"/cases/{case.ref}/letters/{letter.uid}/print/").status_code == 403


def test_who_reported_is_offered_to_those_alone_who_are_shown_it(case):
    give_all(case, "NNC", Level.CONTRIBUTE)
    give(case, "VSS", Level.CONTRIBUTE)
    assert "Quentin Hale" not in client_of("alice").get(f"/cases/{case.ref}/letters/new/").content.decode()
    reveal(case, "alice", "reporter_identity")
    seen = {}
    for name in ("alice", "bob", "vera"):
        with acting(name) as actor:
            seen[name] = {one.key for one in recipients(actor, case)}
            shown = "reporter_identity" in field_access(actor, case).shown
        assert ("reporter" in seen[name]) is shown, name
        page = client_of(name).get(f"/cases/{case.ref}/letters/new/").content.decode()
        assert ("Quentin Hale" in page) is shown, name
    assert "reporter" in seen["alice"]


def test_a_message_to_who_reported_is_closed_again_with_their_name(case):
    made = own(kind="email", name="Thanks", body="Dear {{recipient_name}}, thank you.")
    reveal(case, "alice", "reporter_identity")
    with acting("alice") as actor:
        letter = letter_write(actor=actor, case=case, data=LetterData("reporter", made.uid))
    where = f"/cases/{case.ref}/letters/{letter.uid}/"
    assert "Quentin Hale" in client_of("alice").get(where).content.decode()
    page = client_of("asha").get(where)
    assert page.status_code == 200
    assert "Quentin Hale" not in page.content.decode()
    assert "shown with who reported" in text(page)


# --- Who sees letters ------------------------------------------------------------------------------


def seen_by(name) -> bool:
    """Whether both walls let somebody read the letter; the first gives no more than the second."""
    with acting(name) as actor:
        first = Letter.objects.visible_to(actor).exists()
        second = Letter.objects.unscoped(reason="the second wall alone").exists()
    assert first == second, name
    return first


def test_a_letter_is_for_the_agency_that_wrote_it(case):
    for code in ("NNC", "VSS", "PROB"):
        give_all(case, code, Level.CONTRIBUTE) if code == "NNC" else give(case, code, Level.CONTRIBUTE)
    letter = write(case)
    assert {n for n in ("alice", "asha", "bob", "vera", "petra", "walt", "greta") if seen_by(n)} == {"alice", "asha"}
    for name, answer in (("bob", 404), ("vera", 404), ("petra", 403), ("walt", 404)):
        for tail in ("", "letter.pdf"):
            assert client_of(name).get(f"/cases/{case.ref}/letters/{letter.uid}/{tail}").status_code == answer, name
    assert ACK not in text(client_of("bob").get(f"/cases/{case.ref}/letters/"))


def test_a_restricted_case_and_a_conflict_of_interest_close_its_letters(case):
    write(case)
    case.tier = "restricted"
    case.save(update_fields=["tier"])
    name_person(case, cast_get()["asha"], Level.MANAGE)
    assert not seen_by("alice")
    assert seen_by("asha")


def test_who_may_not_know_victims_writes_to_nobody(case):
    give(case, "PROB", Level.CONTRIBUTE)
    client = client_of("petra")
    assert client.get(f"/cases/{case.ref}/letters/").status_code == 403
    assert client.get(f"/cases/{case.ref}/letters/new/").status_code == 403
    with acting("petra") as petra, pytest.raises(ForbiddenError):
        letter_write(actor=petra, case=case, data=LetterData("reporter", template(ACK).uid))


def test_the_second_wall_takes_no_letter_in_another_agencys_name(case):
    give_all(case, "NNC", Level.CONTRIBUTE)
    with acting("bob"), pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        Letter.objects.bulk_create(
            [Letter(case_id=case.pk, template=template(ACK), kind="letter", language="en", agency=agency("POL"))]
        )


def test_shapes(case):
    assert_unknown_is_404("/cases/{ref}/letters/", case)
    assert_unknown_is_404("/cases/{ref}/letters/new/", case)
    other = case_of("alice")
    letter = write(case)
    assert client_of("alice").get(f"/cases/{other.ref}/letters/{letter.uid}/").status_code == 404
    assert client_of("alice").get(f"/cases/{case.ref}/letters/{uuid.uuid4()}/").status_code == 404
    assert client_of("alice").get(f"/cases/{case.ref}/letters/new/{uuid.uuid4()}/?to=reporter").status_code == 404
    unmade = f"/cases/{case.ref}/letters/{letter.uid}/letter.pdf"
    assert client_of("alice").get(unmade).status_code == 404


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


# --- Templates ---------------------------------------------------------------------------------------


def test_a_change_is_a_new_version_and_a_letter_keeps_its_own(case):
    first = own(body="Dear {{recipient_name}}", kind="email")
    with acting("alice") as alice:
        letter = letter_write(actor=alice, case=case, data=LetterData(victim_of(case).ref, first.uid))
    data = TemplateData(kind="email", name="Our own", language="en", body="Hello {{recipient_name}}")
    with acting("asha") as asha:
        second = template_change(actor=asha, template=first, data=data)
        with pytest.raises(RuleError, match="Somebody else changed"):
            template_change(actor=asha, template=first, data=data)
    assert (second.version, second.topic) == (2, first.topic)
    letter.refresh_from_db()
    assert (letter.template_id, letter.body) == (first.pk, "Dear Farida Mirza")
    with acting("alice") as alice, pytest.raises(RuleError, match="no longer offered"):
        letter_write(actor=alice, case=case, data=LetterData(victim_of(case).ref, first.uid))
    page = text(client_of("alice").get(f"/letters/templates/{first.uid}/"))
    assert "Version 2" in page
    assert "no longer in use" in page


def test_one_agencys_templates_are_not_anothers(cast):
    made = own()
    for name, seen in (("alice", True), ("bob", False), ("petra", False)):
        with acting(name) as actor:
            assert LetterTemplate.objects.visible_to(actor).filter(pk=made.pk).exists() is seen
            assert LetterTemplate.objects.unscoped(reason="second wall").filter(pk=made.pk).exists() is seen
        assert client_of(name).get(f"/letters/templates/{made.uid}/").status_code == (200 if seen else 404)
    assert client_of("asha").get(f"/letters/templates/{made.uid}/edit/").status_code == 200
    assert client_of("alice").get(f"/letters/templates/{made.uid}/edit/").status_code == 403
    assert client_of("sam").get("/letters/templates/").status_code == 403


@pytest.mark.parametrize("name", ["alice", "vera", "bob"])
def test_points_of_contact_and_managers_alone_keep_templates(cast, name):
    with acting(name) as actor:
        with pytest.raises(ForbiddenError):
            template_add(actor=actor, agency_id=actor.agency_ids[0], data=TemplateData("letter", "x", "en", "x"))
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            LetterTemplate(agency_id=actor.agency_ids[0], kind="letter", name="x", body="x").save(force_insert=True)
    assert client_of(name).get("/letters/templates/add/").status_code == 403


def test_the_countys_templates_are_nobodys_to_change(cast):
    county = template(ACK)
    with acting("asha") as asha:
        with pytest.raises(ForbiddenError):
            template_retire(actor=asha, template=county)
        with pytest.raises(DatabaseError, match="confirmed as it is"), transaction.atomic():
            LetterTemplate.objects.visible_to(asha).filter(pk=county.pk).update(active=False)
    page = client_of("asha").get(f"/letters/templates/add/?from={county.uid}")
    assert "Thank you for telling us what happened" in page.content.decode()


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"kind": "fax"}, "kind"),
        ({"language": "xx"}, "language"),
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"body": ""}, "body"),
        ({"body": "a\x00b"}, "body"),
        ({"checked": True, "checked_by": ""}, "checked_by"),
        ({"checked": True, "checked_by": "Ewa Lis"}, "checked_on"),
        ({"checked": True, "checked_by": "Ewa Lis", "checked_on": dt.date(2999, 1, 1)}, "checked_on"),
    ],
)
def test_bad_templates_are_refused_beside_their_field(cast, more, field):
    with pytest.raises(RuleError) as refused:
        own(**more)
    assert refused.value.field == field


def test_a_translation_of_ones_own_is_made_on_the_page_and_offered_once_checked(case):
    made = own(body="Dear {{recipient_name}}", kind="email")
    victim_set(case, language="pl")
    client = client_of("asha")
    sent = {
        "name": "Nasz",
        "kind": "email",
        "language": "pl",
        "body": "Dzień dobry {{recipient_name}}",
        "checked": "no",
    }
    page = client.post(f"/letters/templates/add/?translate={made.uid}", sent, follow=True)
    assert "not offered" in text(page)
    assert "Our own" in offered(case)
    mine = template("Nasz", "pl", "email")
    today = clock.today()
    checked = {
        "checked": "yes",
        "translated_by": "Ana Pop",
        "checked_by": "Ewa Lis",
        "checked_on_day": today.day,
        "checked_on_month": today.month,
        "checked_on_year": today.year,
    }
    assert client.post(f"/letters/templates/{mine.uid}/edit/", sent | checked).status_code == 302
    found = offered(case)
    assert "Nasz" in found
    assert "Our own" not in found
    again = client.post(f"/letters/templates/add/?translate={made.uid}", sent)
    assert "There is a template in this language already" in text(again)
    new = template("Nasz", "pl", "email")
    assert client.post(f"/letters/templates/{new.uid}/retire/").status_code == 302
    assert "Our own" in offered(case)


@pytest.mark.parametrize("given", ["nonsense", "", "00000000-0000-0000-0000-000000000000", "%00"])
def test_nonsense_in_the_address_of_a_new_template_is_as_nothing(cast, given):
    assert client_of("asha").get(f"/letters/templates/add/?from={given}&translate={given}").status_code == 200


def test_every_merge_field_of_the_countys_templates_is_known(cast):
    rows = list(LetterTemplate.objects.unscoped(reason=WHY).filter(agency=None))
    assert len(rows) == 14
    assert [rules.template_error(row.body, row.kind) for row in rows] == [None] * 14
    assert not any(row.checked for row in rows if row.language != "en")
    assert not any("hate" in row.body.lower() for row in rows)


def test_budgets(case):
    for _ in range(3):
        write(case)
    client = client_of("alice")
    assert queries_beyond(client, f"/cases/{case.ref}/letters/") <= 8
    assert queries_beyond(client, "/letters/templates/") <= 2
    chosen = f"/cases/{case.ref}/letters/new/{template(ACK).uid}/?to={victim_of(case).ref}"
    assert queries_beyond(client, chosen) <= 8
