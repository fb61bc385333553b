"""Since you last looked: every permitted change once, by the chronology's own filters."""

from __future__ import annotations

import datetime as dt

import pytest

from incidents.choices import Level
from incidents.models import CaseVisit
from incidents.selectors.chronology import FRESH_USUAL
from incidents.services.case import case_triage
from incidents.services.contact import ContactData, contact_log
from incidents.services.note import note_add
from incidents.services.task import task_create
from kernel import clock
from tests.budget import queries_beyond
from tests.cast import acting, agency, cast_get, client_of
from tests.incidents.casework import case_of, fresh, give, victim_of

pytestmark = pytest.mark.django_db
WHY = "the test looks at all rows"


@pytest.fixture
def case(cast):
    case = case_of("alice", received_at=clock.now() - dt.timedelta(days=10))
    give(case, "NNC", Level.CONTRIBUTE)
    return case


def pass_on(monkeypatch, **delta):
    monkeypatch.setattr("django.conf.settings.HATECASE_NOW", (clock.now() + dt.timedelta(**delta)).isoformat())


def told(name, case):
    """The page's list of what is new, as titles; None where it has none."""
    page = client_of(name).get(f"/cases/{case.ref}/").context["page"]
    return None if page.since is None else [entry.title for entry in page.chronology.fresh]


def note(name, case, words="Rang the school."):
    with acting(name) as actor:
        note_add(actor=actor, case=case, text=words)


def contact(name, case, at):
    with acting(name) as actor:
        data = ContactData(at=at, method="phone", victim=victim_of(case).ref, note="She is well.")
        contact_log(actor=actor, case=case, data=data)


def test_nothing_is_new_on_a_first_visit(case, monkeypatch):
    note("bob", case)
    assert told("alice", case) is None
    pass_on(monkeypatch, hours=2)
    assert told("alice", case) == []


def test_every_kind_of_change_is_named_once(case, monkeypatch):
    told("alice", case)
    pass_on(monkeypatch, hours=2)
    note("bob", case)
    contact("bob", case, clock.now() - dt.timedelta(days=1))
    with acting("alice") as alice:
        now = fresh(case)
        task_create(
            actor=alice, case=now, title="Visit", agency=agency("NNC"), due_at=clock.now() + dt.timedelta(days=3)
        )
        case_triage(
            actor=alice,
            case=now,
            version=now.version,
            priority=now.priority,
            classification="hate_incident",
            lead_worker=cast_get()["alice"],
            reason="Looked at it",
        )
    give(case, "VSS", Level.VIEW)
    pass_on(monkeypatch, minutes=1)
    new = told("alice", case)
    decided = ("Classification:", "Status: Open", "Lead worker: ")
    assert len(new) == 7
    for words in ("Note", "In touch with the victim", "Task HT-", *decided, "Shared with Voice"):
        assert sum(title.startswith(words) for title in new) == 1, words
    pass_on(monkeypatch, hours=2)
    assert told("alice", case) == []


def test_a_visit_goes_on_for_half_an_hour_and_still_names_each_once(case, monkeypatch):
    told("alice", case)
    pass_on(monkeypatch, hours=2)
    note("bob", case)
    pass_on(monkeypatch, minutes=1)
    assert told("alice", case) == ["Note"]
    pass_on(monkeypatch, minutes=10)
    note("bob", case)
    pass_on(monkeypatch, minutes=1)
    assert told("alice", case) == ["Note", "Note"]
    pass_on(monkeypatch, minutes=31)
    assert told("alice", case) == []


def test_a_late_entry_about_an_earlier_day_is_new(case, monkeypatch):
    told("alice", case)
    pass_on(monkeypatch, hours=2)
    contact("bob", case, clock.now() - dt.timedelta(days=3))
    pass_on(monkeypatch, minutes=1)
    assert told("alice", case) == ["In touch with the victim (phone call)"]


def test_what_the_chronology_hides_is_not_new_either(case, monkeypatch):
    give(case, "PROB", Level.CONTRIBUTE)
    give(case, "VSS", Level.CONTRIBUTE)
    told("petra", case), told("vera", case)
    pass_on(monkeypatch, hours=2)
    contact("vera", case, clock.now() - dt.timedelta(minutes=5))
    note("vera", case, "She has moved.")
    note("petra", case, "He came to the course.")
    pass_on(monkeypatch, minutes=1)
    assert told("petra", case) == ["Note"]
    assert sorted(told("vera", case)) == ["In touch with the victim (phone call)", "Note"]


def test_a_visit_is_its_persons_alone(case):
    told("alice", case)
    with acting("bob") as bob:
        assert not CaseVisit.objects.visible_to(bob).exists()
        assert not CaseVisit.objects.unscoped(reason="the second wall alone").exists()
    told("bob", case)
    assert CaseVisit.objects.unscoped(reason=WHY).count() == 2
    assert told("walt", case_of("walt")) is None


@pytest.mark.parametrize("query", ["show=note", "older=20991122T000000.000000~1~1"])
def test_a_part_of_the_chronology_is_no_look_after_which_things_are_known(case, monkeypatch, query):
    told("alice", case)
    pass_on(monkeypatch, hours=2)
    note("bob", case)
    pass_on(monkeypatch, minutes=1)
    page = client_of("alice").get(f"/cases/{case.ref}/?{query}")
    assert "Since you last looked" not in page.content.decode()
    assert told("alice", case) == ["Note"]


def test_fifty_are_listed_and_the_rest_is_said_to_be_there(case, monkeypatch):
    told("alice", case)
    pass_on(monkeypatch, hours=2)
    for number in range(52):
        note("bob", case, f"Note {number}")
    pass_on(monkeypatch, minutes=1)
    page = client_of("alice").get(f"/cases/{case.ref}/")
    assert len(page.context["page"].chronology.fresh) == 50
    assert "There is more." in page.content.decode()
    assert len(page.context["page"].chronology.entries) == 25


def test_the_page_has_no_query_more(case, monkeypatch):
    client = client_of("alice")
    first = queries_beyond(client, f"/cases/{case.ref}/")
    pass_on(monkeypatch, hours=2)
    note("bob", case)
    pass_on(monkeypatch, minutes=1)
    assert queries_beyond(client, f"/cases/{case.ref}/") == first


def test_more_than_a_usual_look_finds_costs_one_query_more(case, monkeypatch):
    client = client_of("alice")
    first = queries_beyond(client, f"/cases/{case.ref}/")
    pass_on(monkeypatch, hours=2)
    for number in range(FRESH_USUAL + 1):
        note("bob", case, f"Note {number}")
    pass_on(monkeypatch, minutes=1)
    assert queries_beyond(client, f"/cases/{case.ref}/") == first + 1


def test_the_page_is_whole_whatever_was_recorded_since(case, monkeypatch):
    note("bob", case, "Noted before the visit.")
    told("alice", case)
    pass_on(monkeypatch, hours=2)
    for number in range(80):
        contact("bob", case, clock.now() - dt.timedelta(days=3, minutes=number))
        if number in (24, 49):
            pass_on(monkeypatch, minutes=1)
            found = client_of("alice").get(f"/cases/{case.ref}/").context["page"].chronology
            assert len(found.fresh) == number + 1
            assert "Note" in [entry.title for entry in found.entries]
    found = client_of("alice").get(f"/cases/{case.ref}/").context["page"].chronology
    # Those that were recorded last, though they tell of the earliest moments.
    assert (len(found.fresh), found.fresh_more) == (50, True)
    assert min(entry.at for entry in found.fresh) == clock.now() - dt.timedelta(days=3, minutes=79)
    # What was there before stands above late entries about earlier days.
    assert found.entries[0].title == "Note"
    assert len(found.entries) == 25
    moments = [entry.at for entry in found.entries]
    assert moments == sorted(moments, reverse=True)
