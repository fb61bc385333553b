"""The page of the county's figures: who sees it, what it shows, and what choices do."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import Agency, Membership
from kernel.models import AuditEvent
from strategy import tasks
from tests.strategy.conftest import Happened
from tests.strategy.county import small_county

pytestmark = pytest.mark.django_db

READERS = ("sam", "ines", "beth", "wendy", "asha", "greta", "nadia", "edith")
OTHERS = ("alice", "bob", "walt", "charlie", "vera", "tom", "admin")


@pytest.fixture
def county(happened, window, victim_make, refresh):
    victims = [victim_make() for _ in range(20)]
    happened(small_county(window, 80, 5, victims))
    return refresh()


def soup_of(response) -> BeautifulSoup:
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def tables_of(soup: BeautifulSoup) -> dict[str, list[list[str]]]:
    """Every table of a page by its caption: rows of texts, the head first."""
    return {
        table.caption.get_text(" ", strip=True): [
            [cell.get_text(" ", strip=True) for cell in row.find_all(["th", "td"])] for row in table.find_all("tr")
        ]
        for table in soup.find_all("table")
    }


@pytest.mark.parametrize("name", READERS)
def test_readers_see_it(county, client_for, name):
    assert client_for(name).get("/strategy/").status_code == 200


@pytest.mark.parametrize("name", OTHERS)
def test_others_are_told_who_may(county, client_for, name):
    response = client_for(name).get("/strategy/")
    assert response.status_code == 403
    text = BeautifulSoup(response.content, "html.parser").main.get_text(" ", strip=True)
    assert "Strategic group member" in text
    assert "[c]" not in text


def test_whoever_is_signed_out_goes_to_sign_in(county):
    response = Client().get("/strategy/")
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/?next=/strategy/")


def test_before_the_first_figures_it_says_so(client_for, monkeypatch, django_capture_on_commit_callbacks):
    asked = []
    monkeypatch.setattr(tasks.facts_refresh, "apply_async", lambda **kwargs: asked.append(kwargs))
    with django_capture_on_commit_callbacks(execute=True):
        soup = soup_of(client_for("sam").get("/strategy/"))
    assert soup.h1.get_text() == "Figures are being prepared"
    assert len(asked) == 1


def test_a_county_without_incidents(client_for, refresh):
    refresh()
    soup = soup_of(client_for("sam").get("/strategy/"))
    assert tables_of(soup)["Incidents by district"][1] == ["Corby", "0"]


def test_what_the_whole_county_shows(county, client_for):
    soup = soup_of(client_for("sam").get("/strategy/"))
    tables = tables_of(soup)
    assert len(tables["Incidents by month"]) == 25
    assert [row[0] for row in tables["Incidents by district"][1:]] == sorted(
        row[0] for row in tables["Incidents by district"][1:]
    )
    assert tables.keys() >= {
        "Incidents by strand",
        "Incidents by lead agency",
        "Open cases by risk band",
        "Open cases by district and risk band",
        "Service standards: how the clocks ended",
        "Victims by district",
        "Victims targeted again, by district",
    }
    # Eighty incidents are too few for two dimensions: a table of nothing but hidden counts is not drawn.
    assert "too few to show month and strand together" in soup.main.get_text()
    assert "Figures as at" in soup.main.get_text()
    assert soup.select_one(".hc-marking__text").get_text().startswith("OFFICIAL ")
    assert "OFFICIAL-SENSITIVE" not in soup.get_text()


def test_two_dimensions_where_there_are_enough(happened, window, refresh, client_for):
    happened([Happened(month, (strand,)) for month in window.months[:3] for strand in ("RAC", "DIS")] * 6)
    refresh()
    tables = tables_of(soup_of(client_for("sam").get("/strategy/")))
    months, places = tables["Incidents by month and strand"], tables["Incidents by district and strand"]
    assert months[1] == [f"{window.first:%b %Y}", "6", "0", "0", "6", "0", "0", "0", "0", "0", "0", "12"]
    assert months[-1] == ["The whole county", "18", "0", "0", "18", "0", "0", "0", "0", "0", "0", "36"]
    assert places[-1] == months[-1]


def test_no_personal_data_is_reachable(county, client_for):
    soup = soup_of(client_for("sam").get("/strategy/"))
    text = soup.get_text()
    for mark in ("HC-26-", "HI-26-", "HV-26-", "Farida", "Called names"):
        assert mark not in text
    links = {link["href"].split("?")[0] for link in soup.main.find_all("a", href=True)}
    assert links <= {"/strategy/"}


def test_a_share_never_stands_without_its_counts(county, client_for):
    soup = soup_of(client_for("sam").get("/strategy/"))
    for text in soup.main.find_all(string=lambda found: "%" in found and "percentage" not in found):
        assert "of " in text


@pytest.mark.parametrize(("show", "label"), [("TRN", "Transgender identity"), ("E07000154", "Northampton")])
def test_one_strand_or_one_district(county, client_for, show, label):
    soup = soup_of(client_for("sam").get(f"/strategy/?period=0&show={show}"))
    assert label in soup.find("p", class_="govuk-body-l").get_text()
    tables = tables_of(soup)
    assert f"Incidents by month: {label}" in tables
    assert "Incidents by lead agency" not in tables
    assert [a["href"] for a in soup.select(".moj-filter__tag")] == ["/strategy/?period=0"]


def test_the_window_before(county, client_for, happened, window, refresh):
    assert "period=1" not in client_for("sam").get("/strategy/").content.decode()
    before = window.first.replace(year=window.first.year - 1)
    happened([Happened(before)] * 9)
    refresh()
    soup = soup_of(client_for("sam").get("/strategy/?period=1&show=county"))
    assert soup.select_one(".hc-figures__number").get_text() == "9"
    assert "Open cases by risk band" not in tables_of(soup)


@pytest.mark.parametrize("query", ["period=7", "show=E07000999", "period=x&show=RAC%00", "show=RAC&show=DIS", "x=1"])
def test_choices_that_are_none(county, client_for, query):
    assert client_for("sam").get(f"/strategy/?{query}").status_code == 200


def test_only_reading(county, client_for):
    assert client_for("sam").post("/strategy/").status_code == 405


def test_agencies_are_named_in_an_order_that_tells_nothing(county, client_for):
    rows = tables_of(soup_of(client_for("sam").get("/strategy/")))["Incidents by lead agency"][1:]
    names = [row[0] for row in rows if row[1] == "[c]"]
    assert names == sorted(names)
    assert {row[0] for row in rows} <= set(Agency.objects.values_list("name", flat=True))


def test_what_was_read_is_kept(county, client_for):
    client_for("sam").get("/strategy/?show=TRN")
    event = AuditEvent.objects.get(action="figures.view")
    assert event.operation == "consultation"
    assert event.detail == {"window": "0", "strand": "TRN", "district": ""}


def test_somebody_whose_membership_ended_sees_nothing(county, client_for):
    client = client_for("sam")
    Membership.objects.filter(user__email="sam@strategic.example").update(is_active=False)
    assert client.get("/strategy/").status_code == 403


@pytest.mark.parametrize("show", ["county", "RAC", "E07000154"])
def test_queries(county, client_for, show):
    client = client_for("sam")
    client.get("/strategy/")
    with CaptureQueriesContext(connection) as queries:
        assert client.get(f"/strategy/?show={show}").status_code == 200
    asked = [
        query["sql"] for query in queries if "set_config" not in query["sql"] and "current_user" not in query["sql"]
    ]
    asked = [sql for sql in asked if not sql.startswith(("SAVEPOINT", "RELEASE"))]
    # Session, user, membership and unread notices belong to every page.
    assert len(asked) <= 4 + 4, asked
