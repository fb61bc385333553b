"""Who may know of a file: both walls, both sides, and a log that nobody changes."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from agencies.models import Membership
from incidents.choices import Level
from incidents.models import CustodyEvent, Evidence
from incidents.services.evidence import custody_write
from tests import files
from tests.cast import acting, agency, cast_get, client_of
from tests.incidents import evidence as ev
from tests.incidents.casework import case_of, give, name_person, text

pytestmark = pytest.mark.django_db

PARTNERS = {"bob": "NNC", "vera": "VSS", "petra": "PROB"}


@pytest.fixture
def shelf(settings, tmp_path):
    return ev.shelf_use(settings, tmp_path)


@pytest.fixture
def case(cast, shelf):
    """Shared with an agency of both sides, one of the victim's and one of the other."""
    case = case_of("alice")
    for code in PARTNERS.values():
        give(case, code, Level.CONTRIBUTE)
    return case


def known(name: str, row: Evidence) -> bool:
    """Whether both walls let somebody know of a file and its log; they must agree."""
    with acting(name) as actor:
        first = Evidence.objects.visible_to(actor).filter(pk=row.pk).exists()
        second = Evidence.objects.unscoped(reason="the second wall alone").filter(pk=row.pk).exists()
        log_first = CustodyEvent.objects.visible_to(actor).filter(evidence_id=row.pk).exists()
        log_second = CustodyEvent.objects.unscoped(reason="the second wall alone").filter(evidence_id=row.pk).exists()
    assert first == second == log_first == log_second
    return first


@pytest.mark.parametrize(
    ("adder", "told"),
    [
        ("alice", {"alice", "bob"}),
        ("bob", {"alice", "bob"}),
        ("vera", {"alice", "bob", "vera"}),
        ("petra", {"alice", "bob", "petra"}),
    ],
)
def test_a_file_is_for_both_sided_agencies_and_the_one_that_added_it(case, shelf, adder, told):
    row = ev.add_quick(case, adder, shelf, b"a chat with names", "chat.txt")
    assert {name for name in ("alice", "bob", "vera", "petra", "walt", "greta") if known(name, row)} == told
    for name in ("bob", "vera", "petra"):
        page = client_of(name).get(ev.path(case, f"{row.uid}/"))
        assert page.status_code == (200 if name in told else 404), name


@pytest.mark.parametrize("name", ["vera", "petra"])
def test_one_side_finds_no_trace_of_it(case, shelf, name):
    row = ev.add_quick(case, "alice", shelf, b"a chat with names", "chat.txt")
    client = client_of(name)
    for where in (f"/cases/{case.ref}/", ev.path(case, "")):
        said = client.get(where).content.decode()
        assert "Paint on the front door" not in said
        assert str(row.uid) not in said
        assert "Evidence added" not in said
    for tail in ("picture/", "download/", "original/", "withdraw/"):
        assert client.get(ev.path(case, f"{row.uid}/{tail}")).status_code == 404


def test_a_one_sided_agency_works_with_its_own_file(case, shelf):
    row = ev.add_quick(case, "vera", shelf, files.pdf(), "letter.pdf")
    client = client_of("vera")
    assert "Paint on the front door" in text(client.get(f"/cases/{case.ref}/"))
    assert ev.body(client.get(ev.path(case, f"{row.uid}/download/"))) == files.pdf()
    assert ev.body(client_of("alice").get(ev.path(case, f"{row.uid}/download/"))) == files.pdf()
    log = text(client.get(ev.path(case, f"{row.uid}/")))
    assert "Alice Morgan, Northamptonshire Police" in log


def test_who_works_for_agencies_of_both_sides_in_the_case_may_know_it(case, shelf):
    row = ev.add_quick(case, "alice", shelf, b"a chat with names", "chat.txt")
    Membership.objects.create(user=cast_get()["vera"], agency=agency("PROB"), roles=["caseworker"])
    assert known("vera", row)


def test_a_person_named_on_a_restricted_case_may_know_it(cast, shelf):
    case = case_of("alice")
    row = ev.add_quick(case, "alice", shelf, b"a chat with names", "chat.txt")
    assert not known("bob", row)
    name_person(case, cast["bob"], Level.VIEW)
    assert known("bob", row)


def test_nobody_adds_a_file_to_a_case_that_they_cannot_see(case, shelf):
    row = ev.add_quick(case, "alice", shelf, b"a chat with names", "chat.txt")
    with acting("walt"), pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        Evidence.objects.bulk_create([Evidence(case_id=case.pk, agency=agency("WNC"), kind="text", original_name="x",
            file_name="x", size=1, sha256="x", description="x", source="x", obtained_at=row.obtained_at)])  # fmt: skip
    with acting("walt") as walt, pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        custody_write(walt, row, "viewed")


@pytest.mark.parametrize("role", ["hatecase_app", "hatecase_worker", "hatecase_gate"])
@pytest.mark.parametrize(
    "statement", ["update incidents_custodyevent set reason = 'x'", "delete from incidents_custodyevent"]
)
def test_the_custody_log_cannot_be_changed(case, shelf, role, statement):
    ev.add_quick(case, "alice", shelf, b"words", "chat.txt")
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"set local role {role}")
            cursor.execute(statement)


def test_a_file_is_not_deleted_by_the_web(case, shelf):
    row = ev.add_quick(case, "alice", shelf, b"words", "chat.txt")
    with acting("alice"), connection.cursor() as cursor:
        cursor.execute("delete from incidents_evidence")
        assert cursor.rowcount == 0
    assert ev.rows(case) == [row]
