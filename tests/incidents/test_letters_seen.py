"""Who reads letters, and what of a case is never merged into one: hidden groups of fields, other agencies, both walls."""

from __future__ import annotations

import uuid

import pytest
from django.db import transaction
from django.db.utils import DatabaseError

from incidents.choices import Level
from incidents.models import Letter
from incidents.selectors.fields import field_access
from incidents.selectors.recipients import recipients
from incidents.services.letters import LetterData, letter_write
from kernel.errors import ForbiddenError, RuleError
from tests.cast import acting, agency, cast_get, client_of
from tests.incidents.casework import (
    assert_unknown_is_404,
    case_of,
    give,
    give_all,
    name_person,
    reveal,
    text,
    victim_of,
)
from tests.incidents.letters import ACK, case_to_write_in, own, printed, template, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast):
    """A case that a witness reported; whoever may write in it has a phone at work."""
    return case_to_write_in()


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
