"""A case that was joined with another one: it says where to go on, and stands in no list of what there is to do."""

from __future__ import annotations

import datetime as dt

import pytest

from incidents.choices import CaseStatus, Level
from incidents.selectors.case_list import CaseCriteria, case_list
from incidents.selectors.case_page import case_get
from incidents.selectors.work import cases_changed
from incidents.services.note import note_add
from incidents.services.task import task_create
from kernel import clock
from kernel.errors import RuleError
from tests.cast import acting, agency, client_of
from tests.incidents.casework import case_of, fresh, give, text
from tests.incidents.moving import join

pytestmark = pytest.mark.django_db

LISTS = ["/cases/", "/cases/?q=Paint", "/cases/?priority=P3&priority=P2&priority=P1", "/"]


@pytest.fixture
def pair(cast):
    """The first case was joined with the second; the council reads the first alone."""
    pair = case_of("alice", summary="Paint on a gate"), case_of("alice", summary="Eggs thrown")
    give(pair[0], "NNC", Level.CONTRIBUTE)
    join(*pair)
    return fresh(pair[0]), fresh(pair[1])


@pytest.mark.parametrize("path", ["notes/add/", "contacts/add/", "join/", "share/"])
def test_a_page_that_writes_says_where_to_go_on(pair, path):
    case, other = pair
    page = client_of("alice").get(f"/cases/{case.ref}/{path}")
    if path == "share/":
        # Who sees it can still be changed there.
        assert page.status_code == 200
        return
    assert page.status_code == 403
    assert f"This case was joined with {other.ref}" in text(page)
    assert f'href="/cases/{other.ref}/"' in page.content.decode()
    assert "your role" not in text(page)


def test_who_may_not_open_the_other_is_not_told_which(pair):
    case, other = pair
    page = client_of("bob").get(f"/cases/{case.ref}/notes/add/")
    assert page.status_code == 403
    assert "This case was joined with another case" in text(page)
    assert other.ref not in page.content.decode()


def test_a_reader_of_an_open_case_is_told_what_they_were_told(cast):
    case = case_of("alice")
    give(case, "NNC", Level.VIEW)
    page = client_of("bob").get(f"/cases/{case.ref}/notes/add/")
    assert "your role or your agency’s access" in text(page)
    assert "joined" not in text(page)


@pytest.mark.parametrize(("name", "says"), [("alice", "{other}. Go on there"), ("bob", "another case")])
def test_a_service_says_it_too(pair, name, says):
    case, other = pair
    for act in (
        lambda actor: note_add(actor=actor, case=case, text="He rang again."),
        lambda actor: task_create(actor=actor, case=case, title="Ring her", agency=agency("POL")),
    ):
        with acting(name) as actor, pytest.raises(RuleError) as refused:
            act(actor)
        assert f"{case.ref} was joined with {says.format(other=other.ref)}" in refused.value.message
        assert (other.ref in refused.value.message) == (name == "alice")


@pytest.mark.parametrize("path", LISTS)
def test_it_stands_in_no_list(pair, path):
    case, other = pair
    page = text(client_of("alice").get(path))
    assert case.ref not in page
    assert other.ref in page or "q=" in path


def test_who_asks_for_joined_cases_finds_it(pair):
    case, other = pair
    page = client_of("alice").get("/cases/?status=merged")
    assert case.ref in text(page)
    assert other.ref not in text(page)
    assert 'href="/cases/?status=merged"' in client_of("alice").get("/cases/").content.decode()
    assert 'href="/cases/?status=merged"' not in page.content.decode()
    assert case.ref in text(client_of("alice").get(f"/cases/?q={case.ref}"))
    with acting("alice") as actor:
        found = case_list(actor=actor, criteria=CaseCriteria(status=("merged", "new", "triage", "open"))).cases
        assert {one.ref for one in found} == {case.ref, other.ref}


def test_it_is_not_among_what_has_changed(pair):
    case, other = pair
    with acting("alice") as actor:
        rows = cases_changed(actor, clock.now() - dt.timedelta(days=1))
    assert case.ref not in {row.ref for row in rows}
    assert other.ref in {row.ref for row in rows}


def test_nobody_s_case_it_is_not(pair):
    case, other = pair
    assert fresh(case).lead_worker_id is None
    page = text(client_of("alice").get("/cases/?worker=none"))
    assert case.ref not in page
    assert other.ref in page
    assert case.ref not in text(client_of("asha").get("/triage/"))


def test_it_is_no_signpost(cast):
    case, other = case_of("alice"), case_of("alice")
    give(case, "NNC", Level.SIGNPOST)
    assert case.ref in text(client_of("bob").get("/cases/"))
    join(case, other)
    assert case.ref not in text(client_of("bob").get("/cases/"))


def test_its_page_says_that_it_was_joined(pair):
    case, other = pair
    page = text(client_of("alice").get(f"/cases/{case.ref}/"))
    assert CaseStatus.MERGED.label in page
    assert other.ref in page
    with acting("alice") as actor:
        assert case_get(actor=actor, ref=case.ref).merged_into_ref == other.ref
