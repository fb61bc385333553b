"""What a template may say, in which languages it is offered, and who keeps it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction
from django.db.utils import DatabaseError, IntegrityError

from incidents.models import Letter, LetterTemplate
from incidents.rules import letters as rules
from incidents.services.letter_templates import TemplateData, template_add, template_change, template_retire
from incidents.services.letters import LetterData, letter_html, letter_write
from kernel import clock
from kernel.errors import ForbiddenError, RuleError
from tests.cast import acting, client_of
from tests.incidents.casework import (
    text,
    victim_of,
    victim_set,
)
from tests.incidents.letters import ACK, UPDATE, WHY, case_to_write_in, offered, own, template, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast):
    """A case that a witness reported; whoever may write in it has a phone at work."""
    return case_to_write_in()


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
