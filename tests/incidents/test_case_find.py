"""Finding: facets with counts, whose work and what is late, from one case of a list to the next."""

from __future__ import annotations

import datetime as dt
import re
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.choices import Level
from incidents.models import Case, Clock
from incidents.selectors.case_find import case_fresh, case_neighbours
from incidents.selectors.case_list import CaseCriteria, case_list
from incidents.services.access import access_rebuild
from incidents.services.exclusion import exclusion_set
from incidents.services.incident import StrandData
from incidents.services.tier import tier_change
from kernel import clock
from perpetrators.services import PerpetratorData
from tests.cast import acting, agency, cast_get, client_of
from tests.incidents.casework import ABSENT, case_of, fresh, give, text

pytestmark = pytest.mark.django_db

WHY = "the test arranges the case"


def counts(name: str, **criteria) -> dict:
    with acting(name) as actor:
        return case_list(actor=actor, criteria=CaseCriteria(**criteria)).counts


def set_case(case: Case, **values) -> Case:
    Case.objects.unscoped(reason=WHY).filter(pk=case.pk).update(**values)
    access_rebuild([case.pk])
    return case


def late(case: Case) -> Case:
    Clock.objects.unscoped(reason=WHY).filter(case=case, kind="K2").update(
        due_at=clock.now() - dt.timedelta(hours=1), met_at=None, closed_at=None, paused_at=None
    )
    return case


def on_time(case: Case) -> Case:
    Clock.objects.unscoped(reason=WHY).filter(case=case).update(due_at=clock.now() + dt.timedelta(days=9))
    return case


def keep_out(case: Case, name: str) -> None:
    with acting("asha") as actor:
        exclusion_set(actor=actor, case=case, user=cast_get()[name], reason="A neighbour")


@pytest.fixture
def four(cast):
    """Oldest first: they differ in whose they are, how they stand and what is late."""
    now = clock.now()
    made = []
    for n, more in enumerate(({}, {"district": "E07000154"}, {"strands": [StrandData("DIS")]}, {})):
        at = now - dt.timedelta(days=10 - n)
        case = case_of("alice", received_at=at, occurred_from=at - dt.timedelta(hours=1), **more)
        made.append(on_time(case))
    set_case(made[0], lead_worker=cast["alice"], status="open", band="high")
    set_case(made[1], lead_worker=cast["asha"])
    late(made[2])
    set_case(made[3], classification="asb", priority="P1")
    return made


# --- Facets ---------------------------------------------------------------------------------------------


def test_facets_count_what_the_list_holds(four):
    found = counts("alice")
    assert found["status"] == {"new": 3, "open": 1}
    assert found["band"] == {"none": 3, "high": 1}
    assert found["district"] == {"E07000153": 3, "E07000154": 1}
    assert found["strand"] == {"0": 3, "3": 1}
    assert found["classification"] == {"undetermined": 3, "asb": 1}
    assert found["priority"] == {"P3": 3, "P1": 1}
    assert found["lead"] == {str(agency("POL").pk): 4}
    assert found["worker"] == {"mine": 1, "none": 2}
    assert found["overdue"] == {"yes": 1}


def test_facets_count_within_what_is_chosen(four):
    found = counts("alice", status=("new",))
    assert found["status"] == {"new": 3}
    assert "mine" not in found["worker"]
    assert counts("alice", district="E07000150") == {}


def test_a_facet_is_a_link_that_narrows(four):
    html = client_of("alice").get("/cases/?status=new").content.decode()
    assert 'href="/cases/?status=new&amp;district=E07000154"' in html
    page = text(client_of("alice").get("/cases/?status=new&district=E07000154"))
    assert "1 case found" in page
    # What is chosen alone leaves nothing to narrow by.
    assert "district=E07000153" not in client_of("alice").get("/cases/?district=E07000154").content.decode()


def test_facets_say_when_they_count_the_newest_alone(four, monkeypatch):
    monkeypatch.setattr("incidents.selectors.case_list.COUNT_CAP", 3)
    page = text(client_of("alice").get("/cases/"))
    assert "Counted among the newest" in page
    assert re.search(r"Kettering\s*,?\s*\d\+", page)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("worker=mine", [0]),
        ("worker=none", [2, 3]),
        ("overdue=yes", [2]),
        ("overdue=yes&worker=mine", []),
        ("worker=none&q=market", [2, 3]),
        ("classification=asb", [3]),
        ("classification=asb&classification=undetermined&priority=P3&q=market", [0, 1, 2]),
    ],
)
def test_whose_work_and_what_is_late(four, query, expected):
    refs = re.findall(
        r'href="/cases/(HC-[0-9A-Z-]+)/\?list', client_of("alice").get(f"/cases/?{query}").content.decode()
    )
    assert sorted(refs) == sorted(four[n].ref for n in expected)


def test_the_same_filters_hold_for_a_reference(four):
    for query, hit in (
        ("worker=mine", True),
        ("classification=asb", False),
        ("priority=P3", True),
        ("worker=none", False),
        ("overdue=yes", False),
    ):
        page = client_of("alice").get(f"/cases/?q={four[0].ref}&{query}")
        assert (f"/cases/{four[0].ref}/?list" in page.content.decode()) is hit, query
    assert four[2].ref in text(client_of("alice").get(f"/cases/?q={four[2].ref}&overdue=yes&worker=none"))


@pytest.mark.parametrize("query", ["worker=me", "overdue=1", "worker=mine'--", "classification=hate", "priority=P9"])
def test_a_value_that_is_none_is_refused(four, query):
    page = text(client_of("alice").get(f"/cases/?{query}"))
    assert "choose one of the options shown" in page
    assert "Narrow this list" not in page


def test_nobodys_work_is_that_of_ones_own_agency(cast):
    case = case_of("bob")
    give(case, "POL", Level.VIEW)
    assert "worker" not in counts("alice")
    assert counts("bob")["worker"] == {"none": 1}


def test_a_finished_clock_or_a_closed_case_is_not_late(four):
    assert counts("alice")["overdue"] == {"yes": 1}
    set_case(four[2], status="closed")
    assert "overdue" not in counts("alice")


# --- What facets and neighbours must not tell ---------------------------------------------------------------


def test_what_is_hidden_is_in_no_count(four):
    other = counts("bob")
    assert other == {}
    give(four[0], "NNC", Level.VIEW)
    give(four[1], "NNC", Level.SIGNPOST)
    assert counts("bob")["status"] == {"open": 1}
    before = counts("alice")
    keep_out(four[2], "alice")
    after = counts("alice")
    assert after["strand"] == {"0": 3}
    assert "overdue" not in after
    assert before["status"]["new"] - after["status"]["new"] == 1


def test_a_restricted_case_is_in_no_count_of_others(four):
    with acting("asha") as actor:
        people, version = [cast_get()["asha"].pk], fresh(four[3]).version
        tier_change(actor=actor, case=four[3], version=version, tier="restricted", people=people, reason="Safety")
    assert counts("alice")["status"] == {"new": 2, "open": 1}


def test_a_hidden_name_gives_no_count(cast):
    case = case_of(
        "alice",
        classification="crime_suspected",
        perpetrators=[PerpetratorData(status="named", given_name="Dean", family_name="Quill")],
    )
    give(case, "VSS", Level.VIEW)
    assert counts("vera", q="Quill") == counts("vera", q="Zeppelin") == {}
    assert counts("alice", q="Quill")["status"] == {"new": 1}


# --- Neighbours ---------------------------------------------------------------------------------------------


def beside(name: str, case: Case, query: str = "") -> tuple[str, str]:
    html = client_of(name).get(f"/cases/{case.ref}/?{urlencode({'list': query})}").content.decode()
    found = {
        rel: re.search(rf'href="/cases/(HC-[0-9A-Z-]+)/[^"]*" rel="{rel}" data-keys', html) for rel in ("prev", "next")
    }
    return tuple(match[1] if match else "" for match in found.values())


def test_from_one_case_of_the_list_to_the_next(four):
    oldest, second, third, newest = (case.ref for case in four)
    assert beside("alice", four[3]) == ("", third)
    assert beside("alice", four[1]) == (third, oldest)
    assert beside("alice", four[0]) == (second, "")
    assert beside("alice", four[1], "status=new") == (third, "")
    assert beside("alice", four[2], "q=market&worker=none") == (newest, "")


def test_the_list_rides_along(four):
    html = client_of("alice").get("/cases/?status=new").content.decode()
    assert f'href="/cases/{four[1].ref}/?list=status%3Dnew"' in html
    page = client_of("alice").get(f"/cases/{four[1].ref}/?list=status%3Dnew").content.decode()
    assert f'href="/cases/{four[2].ref}/?list=status%3Dnew" rel="prev"' in page
    assert 'href="/cases/?status=new"' in page


def test_without_a_list_there_is_nothing_beside(four):
    page = client_of("alice").get(f"/cases/{four[1].ref}/")
    assert "Back to the list" not in text(page)
    for bad in ("status=lost", "q=a%00b", "x" * 3000, f"q={four[0].ref}"):
        page = client_of("alice").get(f"/cases/{four[1].ref}/", {"list": bad})
        assert page.status_code == 200
        assert "Back to the list" not in text(page), bad


def test_an_excluded_case_leaves_no_gap(four):
    keep_out(four[2], "alice")
    assert beside("alice", four[3]) == ("", four[1].ref)
    assert beside("alice", four[1]) == (four[3].ref, four[0].ref)


def test_a_neighbour_is_only_what_one_may_see(four):
    give(four[0], "NNC", Level.VIEW)
    give(four[3], "NNC", Level.VIEW)
    give(four[1], "NNC", Level.SIGNPOST)
    assert beside("bob", four[0]) == (four[3].ref, "")
    with acting("bob"):
        assert case_neighbours(filters="{}", ref=four[2].ref) == case_neighbours(filters="{}", ref=ABSENT)
        assert case_neighbours(filters="{}", ref=four[1].ref) == case_neighbours(filters="{}", ref="nonsense")
    hidden = client_of("bob").get(f"/cases/{four[2].ref}/?list=")
    absent = client_of("bob").get(f"/cases/{ABSENT}/?list=")
    assert hidden.status_code == absent.status_code == 404
    assert hidden.content == absent.content


# --- New to somebody ----------------------------------------------------------------------------------------


def test_what_is_new_is_what_came_into_view(four):
    since = clock.now()
    with acting("bob"):
        assert case_fresh(filters="{}", since=since, until=clock.now(), counted=100) == 0
    give(four[0], "NNC", Level.VIEW)
    give(four[1], "NNC", Level.SIGNPOST)
    with acting("bob"):
        assert case_fresh(filters="{}", since=since, until=clock.now(), counted=100) == 1
        assert case_fresh(filters='{"status": ["new"]}', since=since, until=clock.now(), counted=100) == 0
    with acting("alice"):
        assert case_fresh(filters="{}", since=since, until=clock.now(), counted=100) == 0


# --- Cost ---------------------------------------------------------------------------------------------------


def asked(name: str, path: str) -> int:
    client = client_of(name)
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    # The tests' own steps into the application's role and out of it are no queries of a server.
    return sum(
        not re.match(r"SAVEPOINT|RELEASE|select current_user|select set_config\('role', 'hatecase_owner'", q["sql"])
        and not q["sql"].startswith('UPDATE "agencies_signin"')
        for q in captured
    )


@pytest.mark.parametrize(
    "query", ["", "?status=new&worker=none&overdue=yes", "?q=market", "?q=HC-26-ZZZZZZ", "before"]
)
def test_a_list_costs_eight_queries_in_all(four, query):
    give(case_of("bob"), "POL", Level.SIGNPOST)
    if query == "before":
        query = f"?before={four[3].ref}"
    assert asked("alice", f"/cases/{query}") <= 8


def test_a_neighbour_costs_one_query(four):
    plain, listed = (asked("alice", f"/cases/{four[1].ref}/{query}") for query in ("", "?list=status%3Dnew"))
    assert listed == plain + 1
    assert listed <= 15
