"""Looking up a victim who is recorded already, among those whom the worker may see."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.choices import Level
from incidents.selectors.intake import victims_search
from tests.cast import acting, client_of, log_incident_as
from tests.incidents.casework import audited, case_of, give, text, victim_of
from tests.incidents.intake_pages import Report
from victims.services import VictimData

pytestmark = pytest.mark.django_db

BORN = dt.date(1991, 5, 17)


@pytest.fixture
def people(cast):
    """Four people of the police's, and one of the western council's."""
    given = [
        ("Farida", "Mirza", BORN),
        ("Zoë", "Müller-Jones", None),
        ("Seán", "O’Brien", None),
        ("Farah", "Khan", None),
    ]
    for given_name, family_name, born in given:
        log_incident_as(
            "alice", victims=[VictimData(given_name=given_name, family_name=family_name, date_of_birth=born)]
        )
    log_incident_as("alice", victims=[VictimData(organisation="Al-Amin Mosque")])
    log_incident_as("walt", victims=[VictimData(given_name="Farida", family_name="Mirza", date_of_birth=BORN)])


def names(who="alice", **criteria):
    with acting(who) as actor:
        return [found.display_name for found in victims_search(actor, **criteria)]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ({"family_name": "MIRZA"}, ["Farida Mirza"]),
        ({"family_name": "mir"}, ["Farida Mirza"]),
        ({"family_name": "Merza"}, ["Farida Mirza"]),
        ({"family_name": "mírza", "given_name": "fa"}, ["Farida Mirza"]),
        ({"family_name": "farida"}, ["Farida Mirza"]),
        ({"family_name": "muller"}, ["Zoë Müller-Jones"]),
        ({"family_name": "jones", "given_name": "zoe"}, ["Zoë Müller-Jones"]),
        ({"family_name": "o'brien"}, ["Seán O’Brien"]),
        ({"family_name": "OBrian", "given_name": "Sean"}, ["Seán O’Brien"]),
        ({"family_name": "Mahler", "given_name": "Zoe"}, ["Zoë Müller-Jones"]),
        ({"family_name": "mosque"}, ["Al-Amin Mosque"]),
        ({"family_name": "fa"}, ["Farah Khan", "Farida Mirza"]),
        ({"family_name": "Mirza", "given_name": "Zoe"}, []),
        ({"family_name": "Mirza", "date_of_birth": BORN}, ["Farida Mirza"]),
        ({"family_name": "Mirza", "date_of_birth": BORN + dt.timedelta(days=1)}, []),
        ({"family_name": "Kirsa", "date_of_birth": BORN}, ["Farida Mirza"]),
        ({"family_name": "Kirsa"}, []),
        ({"family_name": "%"}, []),
        ({"family_name": "[a-z]*("}, []),
    ],
)
def test_who_is_found(people, typed, found):
    assert names(**typed) == found


def test_nobody_out_of_scope_is_found_or_hinted_at(people):
    assert names("bob", family_name="Mirza") == []
    assert names("petra", family_name="Mirza") == []
    assert names("walt", family_name="Mirza") == ["Farida Mirza"]
    assert len(names(family_name="Mirza")) == 1


def test_a_date_of_birth_tells_nothing_to_who_is_not_told_it(cast):
    case = case_of("alice", victims=[VictimData(given_name="Farida", family_name="Mirza", date_of_birth=BORN)])
    give(case, "VSS", Level.VIEW)
    for born in (BORN, BORN + dt.timedelta(days=400)):
        assert names("vera", family_name="Mirza", date_of_birth=born) == ["Farida Mirza"]
        assert names("vera", family_name="Kirsa", date_of_birth=born) == []
    report = Report(client_of("vera"))
    report.begin()
    for key in ("what", "where", "why", "report"):
        report.send(key)
    page = text(report.client.post(f"{report.path}victim/1/find/", {"family_name": "mirza", "search": "1"}))
    assert "Farida Mirza" in page
    assert "Born" not in page
    assert "Aged 3" in page


def test_the_page_asks_for_two_letters_and_keeps_whom_it_found(people):
    report = Report(client_of("alice"))
    report.begin()
    for key in ("what", "where", "why", "report"):
        report.send(key)
    find = f"{report.path}victim/1/find/"
    for short in ("m", "-", "’"):
        page = report.client.post(find, {"family_name": short, "search": "1"})
        assert "Enter at least 2 letters of the last name" in text(page)
    assert not audited("victim.search")
    page = report.client.post(find, {"family_name": "Merza", "search": "1"})
    (found,) = page.context["found"]
    assert "17 May 1991" in text(page)
    (event,) = audited("victim.search")
    assert event.detail["victims"] == [found.ref]
    assert "erza" not in str(event.detail)
    assert report.client.post(find, {"pick": found.ref}).status_code == 302


def test_a_search_costs_two_queries_however_many_are_recorded(people):
    def cost():
        with acting("alice") as actor, CaptureQueriesContext(connection) as captured:
            found = victims_search(actor, family_name="mi", given_name="fa", date_of_birth=BORN)
        return len(captured), len(found)

    assert cost() == (2, 1)
    for letter in "abcdefghijklmnopqrstuvwxyz":
        log_incident_as("alice", victims=[VictimData(given_name="Farida", family_name=f"Mirza{letter}")])
    assert cost() == (2, 20)


def test_a_reference_finds_its_person_alone(people):
    case = case_of("alice")
    assert names(ref=victim_of(case).ref.lower().replace("-", " ")) == ["Farida Mirza"]
    assert names("walt", ref=victim_of(case).ref) == []


def test_the_victims_of_the_case_are_offered_when_another_incident_is_logged_into_it(cast):
    case = case_of("alice")
    own, other = (
        victim_of(case),
        victim_of(case_of("alice", victims=[VictimData(given_name="Ida", family_name="Holm")])),
    )
    report = Report(client_of("alice"), start=f"/cases/new/?case={case.ref}")
    report.begin()
    for key in ("what", "where", "why", "report"):
        report.send(key)
    page = text(report.client.get(f"{report.path}victim/1/"))
    assert f"Farida Mirza, {own.ref}, a victim in {case.ref}" in page
    assert other.ref not in page
    named = {"given_name": None, "family_name": None, "phone": None}
    assert report.send("victim/1", kind=other.ref, **named).status_code == 200
    # Who is recorded already is not asked how to be reached once more.
    sent = report.send("victim/1", kind=own.ref, **named)
    assert sent.url == f"{report.path}who/1/"
    report.client.get(f"{report.path}victim/2/")
    assert "already in the report" in text(report.send("victim/2", kind=own.ref))
    report.send("who/1")
    report.send("priority", case="join", case_ref=case.ref)
    checked = text(report.check())
    assert own.ref in checked, checked
    assert report.submit().status_code == 302
    assert case.incidents.count() == 2
    assert case.parties.filter(victim=own).count() == 2


def test_who_may_not_know_victims_is_offered_none(cast):
    case = case_of("alice")
    give(case, "PROB", Level.CONTRIBUTE)
    report = Report(client_of("petra"), start=f"/cases/new/?case={case.ref}")
    report.begin()
    for key in ("what", "where", "why", "report"):
        report.send(key)
    page = report.client.get(f"{report.path}victim/1/").content.decode()
    assert victim_of(case).ref not in page
