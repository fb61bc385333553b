"""The list of cases: what it holds for whom, its filters, paging, signposts, and what it costs."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from incidents.choices import Level
from incidents.models import Case, CaseAccess
from incidents.selectors.case_list import COUNT_CAP, CaseCriteria, case_list
from incidents.services.access import access_rebuild
from incidents.services.incident import StrandData
from incidents.services.reading import words_digest
from kernel import clock
from perpetrators.services import PerpetratorData
from tests.budget import queries_beyond
from tests.cast import acting, client_of, log_incident_as
from tests.incidents.casework import assert_methods, audited, case_of, give, text, victim_of
from victims.services import VictimData

pytestmark = pytest.mark.django_db


def refs(response) -> list[str]:
    """The references of the listed cases, in order."""
    return re.findall(r'href="/cases/(HC-[0-9A-Z-]+)/[?"]', response.content.decode())


def listed(name: str, query: str = "") -> list[str]:
    response = client_of(name).get(f"/cases/{query}")
    assert response.status_code == 200
    return refs(response)


def many(count: int, name: str = "alice") -> list[str]:
    """So many cases, an hour apart; their references, newest first."""
    now = clock.now()
    made = []
    for n in range(count):
        at = now - dt.timedelta(hours=n + 1)
        made.append(log_incident_as(name, received_at=at, occurred_from=at - dt.timedelta(hours=1)).case.ref)
    return made


# --- What it holds --------------------------------------------------------------------------------------


def test_each_agency_sees_its_own_and_what_is_shared(cast):
    mine, theirs = case_of("alice"), case_of("bob")
    assert listed("alice") == [mine.ref]
    assert listed("bob") == [theirs.ref]
    assert listed("walt") == []
    give(theirs, "POL", Level.VIEW)
    assert set(listed("alice")) == {mine.ref, theirs.ref}


def test_an_ended_share_is_gone_from_the_list_and_the_count(cast):
    case = case_of("bob")
    past = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
    grant = give(case, "POL", Level.VIEW, until=past + dt.timedelta(days=2))
    type(grant).objects.unscoped(reason="the test moves the end").filter(pk=grant.pk).update(
        starts_at=past - dt.timedelta(days=1), until=past
    )
    CaseAccess.objects.unscoped(reason="the test moves the end").filter(case=case).update(ends_at=past)
    Case.objects.unscoped(reason="the test moves the end").filter(pk=case.pk).update(access_ends_at=past)
    page = client_of("alice").get("/cases/")
    assert refs(page) == []
    assert "No cases yet" in text(page)


def test_the_rows_say_what_matters(cast):
    case_of("alice", summary="Eggs thrown at the window")
    page = text(client_of("alice").get("/cases/"))
    for words in (
        "Eggs thrown at the window",
        "Not assessed",
        "New",
        "Kettering",
        "Northamptonshire Police",
        "1 case",
    ):
        assert words in page, words


def test_a_victim_service_reads_summaries_without_the_other_sides_names(cast):
    case = case_of(
        "alice",
        summary="Dean Quill again",
        classification="crime_suspected",
        perpetrators=[PerpetratorData(status="named", given_name="Dean", family_name="Quill")],
    )
    give(case, "VSS", Level.VIEW)
    page = text(client_of("vera").get("/cases/"))
    assert "[not shown] [not shown] again" in page
    assert "Quill" not in page


# --- Filters --------------------------------------------------------------------------------------------


@pytest.fixture
def three(cast):
    """Three cases that differ in everything that the list can be narrowed by."""
    now = clock.now()
    first = case_of("alice", narrative="A brick through the window of the bakery.")
    second = case_of(
        "alice",
        narrative="Spitting on the bus.",
        strands=[StrandData("DIS"), StrandData("REL", "muslim")],
        district="E07000154",
        received_at=now - dt.timedelta(days=40),
        occurred_from=now - dt.timedelta(days=41),
    )
    third = case_of(
        "alice",
        narrative="Letters, each signed with a symbol.",
        strands=[StrandData("TRN")],
        district="E07000150",
        received_at=now - dt.timedelta(days=80),
        occurred_from=now - dt.timedelta(days=81),
    )
    Case.objects.unscoped(reason="the test arranges").filter(pk=second.pk).update(status="open", band="high")
    access_rebuild([second.pk])
    return first.ref, second.ref, third.ref


def days_ago(name: str, days: int) -> str:
    # The day of that moment, not of today: with summer time between, late in the evening it is another.
    day = (clock.now() - dt.timedelta(days=days)).astimezone(clock.LONDON).date()
    return f"{name}_day={day.day}&{name}_month={day.month}&{name}_year={day.year}"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?q=bakery", [0]),
        ("?q=brick+-bakery", []),
        ("?q=%22signed+with+a+symbol%22", [2]),
        ("?q=Mirza", [0, 1, 2]),
        ("?status=open", [1]),
        ("?status=new&status=open", [0, 1, 2]),
        ("?strand=DIS", [1]),
        ("?strand=TRN&strand=RAC", [0, 2]),
        ("?district=E07000154", [1]),
        ("?band=high", [1]),
        ("?band=none", [0, 2]),
        ("?lead=POL", [0, 1, 2]),
        ("?lead=NNC", []),
        ("?status=new&district=E07000150&strand=TRN", [2]),
    ],
)
def test_filters(three, query, expected):
    assert listed("alice", query) == [three[n] for n in expected]


def test_days_are_inclusive_and_local(three):
    assert listed("alice", "?" + days_ago("received_to", 40)) == [three[1], three[2]]
    assert listed("alice", "?" + days_ago("received_from", 40)) == [three[0], three[1]]
    assert listed("alice", f"?{days_ago('received_from', 60)}&{days_ago('received_to', 30)}") == [three[1]]


def test_chosen_filters_are_chips_that_take_themselves_off(three):
    page = client_of("alice").get("/cases/?strand=TRN&strand=DIS&band=high&q=bus")
    html = page.content.decode()
    assert refs(page) == [three[1]]
    assert 'href="/cases/?q=bus&amp;strand=DIS&amp;band=high"' in html
    assert 'href="/cases/?strand=TRN&amp;strand=DIS&amp;band=high"' in html
    assert "Risk: high" in html
    assert "Filter (4 chosen)" in text(page)


def test_nothing_found_says_what_to_do(three):
    page = text(client_of("alice").get("/cases/?q=zeppelin"))
    assert "No cases found" in page
    assert "Show all cases" in page


BACKWARDS = (
    "?received_from_day=2&received_from_month=2&received_from_year=2026"
    "&received_to_day=1&received_to_month=2&received_to_year=2026"
)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?q=" + "x" * 101, "Reference or words must be 100 characters or fewer"),
        ("?q=a%00b", "had hidden characters"),
        ("?q=%E2%80%AEabc", "had hidden characters"),
        ("?strand=XYZ", "choose one of the options shown"),
        ("?status=lost", "choose one of the options shown"),
        ("?district=E06000061", "choose one of the options shown"),
        ("?lead=NOBODY", "choose one of the options shown"),
        ("?received_from_day=31&received_from_month=2&received_from_year=2026", "must be a real date"),
        (BACKWARDS, "Received to must be the same as or after received from"),
    ],
)  # fmt: skip
def test_a_filter_that_is_none_is_refused_and_shows_nothing(three, query, said):
    page = client_of("alice").get(f"/cases/{query}")
    assert page.status_code == 200
    assert said in text(page)
    assert refs(page) == []


@pytest.mark.parametrize("words", ["'", '"', "a & | ! b", "or", "<->", "%", "\\", "(", "the", "🦩"])
def test_any_words_are_only_words(three, words):
    assert client_of("alice").get("/cases/", {"q": words}).status_code == 200


# --- References -----------------------------------------------------------------------------------------


def test_any_reference_leads_to_its_case(cast):
    case, _ = case_of("alice", perpetrators=[PerpetratorData(description="A tall man")]), case_of("alice")
    incident = case.incidents.get()
    person = case.parties.get(perpetrator__isnull=False).perpetrator
    for ref in (case.ref, case.ref.lower().replace("-", " "), incident.ref, victim_of(case).ref, person.ref):
        assert listed("alice", f"?q={ref}") == [case.ref], ref
        assert listed("walt", f"?q={ref}") == [], ref


def test_a_reference_counts_together_with_the_other_filters(cast):
    case = case_of("alice")
    assert listed("alice", f"?q={case.ref}&status=new&strand=RAC&district=E07000153&band=none&lead=POL") == [case.ref]
    for other in (
        "status=open",
        "strand=DIS",
        "district=E07000150",
        "band=high",
        "lead=NNC",
        days_ago("received_to", 2),
    ):
        assert listed("alice", f"?q={case.ref}&{other}") == [], other


def test_the_other_sides_reference_finds_nothing(cast):
    case = case_of("alice", perpetrators=[PerpetratorData(description="A tall man")])
    give(case, "VSS", Level.VIEW)
    give(case, "PROB", Level.VIEW)
    person = case.parties.get(perpetrator__isnull=False).perpetrator
    assert listed("vera", f"?q={person.ref}") == []
    assert listed("petra", f"?q={victim_of(case).ref}") == []
    assert listed("petra", f"?q={person.ref}") == [case.ref]


def test_a_hidden_name_never_decides_a_hit(cast):
    case = case_of(
        "alice",
        classification="crime_suspected",
        perpetrators=[PerpetratorData(status="named", given_name="Dean", family_name="Quill")],
    )
    for code in ("VSS", "PROB"):
        give(case, code, Level.VIEW)
    assert listed("alice", "?q=Quill") == listed("petra", "?q=Quill") == [case.ref]
    assert listed("vera", "?q=Quill") == []
    assert listed("vera", "?q=Mirza") == [case.ref]
    assert listed("petra", "?q=Mirza") == []


# --- Paging -----------------------------------------------------------------------------------------------


def test_paging_runs_both_ways_and_keeps_the_filters(cast):
    made = many(60)
    seen, query = [], "?status=new"
    trail = []
    while query:
        page = client_of("alice").get(f"/cases/{query}")
        seen += refs(page)
        trail.append(page)
        link = re.search(r'href="/cases/(\?[^"]+)" rel="next"', page.content.decode())
        query = link[1].replace("&amp;", "&") if link else ""
        assert not query or "status=new" in query
    assert seen == made
    assert [len(refs(page)) for page in trail] == [25, 25, 10]
    back = re.search(r'href="/cases/(\?[^"]+)" rel="prev"', trail[-1].content.decode())[1].replace("&amp;", "&")
    assert "status=new" in back
    assert listed("alice", back) == made[25:50]


def test_an_edge_that_may_no_longer_be_seen_shows_the_newest(cast):
    made = many(2)
    assert listed("alice", "?before=HC-26-ZZZZZZ") == made
    assert listed("alice", "?after=nonsense%00") == made
    assert listed("alice", f"?before={case_of('bob').ref}") == made


def test_the_same_moment_loses_no_case(cast):
    at = clock.now() - dt.timedelta(days=2)
    made = {log_incident_as("alice", received_at=at, occurred_from=at).case.ref for _ in range(28)}
    first = client_of("alice").get("/cases/")
    older = re.search(r'href="/cases/(\?[^"]+)" rel="next"', first.content.decode())[1].replace("&amp;", "&")
    assert {*refs(first), *listed("alice", older)} == made


def test_the_count_is_capped(cast, monkeypatch):
    monkeypatch.setattr("incidents.selectors.case_list.COUNT_CAP", 5)
    many(7)
    assert "5 or more cases, newest first" in text(client_of("alice").get("/cases/"))
    with acting("alice") as actor:
        page = case_list(actor=actor, criteria=CaseCriteria())
    assert (page.count, page.more) == (5, True)
    assert COUNT_CAP == 200


# --- Signposts --------------------------------------------------------------------------------------------


def test_signposts_stand_apart_and_say_no_more(cast):
    case = case_of("alice", summary="Eggs thrown")
    give(case, "NNC", Level.SIGNPOST)
    page = client_of("bob").get("/cases/")
    assert refs(page) == [case.ref]
    assert 'class="govuk-table' not in page.content.decode()
    said = text(page)
    assert f"{case.ref} , led by Northamptonshire Police: ask Asha Raithatha or Donna Pickering" in said
    assert "Eggs" not in said
    assert "1 case" not in said


def test_a_search_finds_a_signpost_by_its_reference_alone(cast):
    case = case_of("alice")
    give(case, "NNC", Level.SIGNPOST)
    assert case.ref in text(client_of("bob").get(f"/cases/?q={case.ref}"))
    assert case.ref not in text(client_of("bob").get("/cases/?q=market"))
    assert case.ref not in text(client_of("bob").get("/cases/?status=new"))


# --- Trace and cost ---------------------------------------------------------------------------------------


def test_a_search_is_recorded_without_its_words(three):
    client_of("alice").get("/cases/?q=Bakery&strand=RAC")
    [event] = audited("case.search")
    assert event.operation == "consultation"
    assert event.detail == {"cases": [three[0]], "filters": {"strands": 1}, "words": words_digest("bakery")}
    assert "akery" not in str(event.detail)
    client_of("alice").get("/cases/")
    assert len(audited("case.list")) == 1


def test_a_refused_filter_is_no_search(three):
    client_of("alice").get("/cases/?strand=XYZ")
    assert not audited("case.search")


@pytest.mark.parametrize("query", ["", "?q=market", "?status=new&strand=RAC&district=E07000153", "?q=HC-26-ZZZZZZ"])
def test_a_list_costs_at_most_eight_queries(cast, query):
    many(30)
    for n in range(3):
        give(case_of("bob", summary=f"Signpost {n}"), "POL", Level.SIGNPOST)
    assert queries_beyond(client_of("alice"), f"/cases/{query}") <= 8


def test_a_further_page_costs_no_more(cast):
    made = many(30)
    assert queries_beyond(client_of("alice"), f"/cases/?before={made[24]}") <= 8


# --- Shapes -----------------------------------------------------------------------------------------------


def test_methods(cast):
    assert_methods("/cases/", "alice", "post", "put", "patch", "delete")


@pytest.mark.parametrize("name", ["sam", "ines", "greta", "admin"])
def test_roles_without_cases_are_told_so(three, name):
    page = client_of(name).get("/cases/")
    assert page.status_code == 200
    assert "Your role does not work with cases" in text(page)
    assert not audited("case.list")


def test_an_organisation_is_found_by_its_name(cast):
    case = case_of("alice", victims=[VictimData(organisation="Corner Bakery")])
    assert listed("alice", "?q=corner") == [case.ref]
