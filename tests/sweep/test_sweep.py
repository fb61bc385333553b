"""The quick sweep beside its walk: what is searched, mailed, planted, and found when something is broken
(docs/permissions.md, "The sweep"). The walk itself stands in test_walk_first.py and its neighbours, so that several processes share it.
"""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from django.core import mail
from django.db import transaction
from django.urls import get_resolver

from agencies.services.mail import mails_send
from tests.routes import routes
from tests.sweep import standing, truth
from tests.sweep.breaking import (
    Hinting,
    Spilling,
    both_walls_down,
    fields_unfiltered,
    fresh,
    middleware,
    people_forgotten,
)
from tests.sweep.choosing import searches
from tests.sweep.completeness import WITHOUT, excused, fields
from tests.sweep.doors import Door, doors, filled_in
from tests.sweep.plant import Garden
from tests.sweep.search import PAGES, findable, search
from tests.sweep.walk import ASKERS, Result, Walk

pytestmark = pytest.mark.django_db


def test_every_canary_is_looked_for_where_it_must_not_stand_and_where_it_must(garden):
    everybodys = [str(one) for one in garden.canaries if all(truth.may(asker, one) for asker in ASKERS)]
    assert not everybodys, "\n".join(everybodys)
    found = {one.field for one in garden.canaries if any(standing.must(asker, one) for asker in ASKERS)}
    assert found == set(standing.MUST)


def test_a_search_tells_nothing_that_the_asker_may_not_know(garden, clients):
    walk = Walk(garden, clients=clients)
    for number, (asker, canary) in enumerate(searches(garden.canaries, findable)):
        search(walk, asker, canary, PAGES[number % 4 == 0])
    print(f"\n{walk.result}")
    assert walk.result.clean, str(walk.result)
    assert walk.result.searches > len(garden.canaries)


def test_mails_hold_a_reference_of_what_their_reader_may_know_and_nothing_else(garden, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    with transaction.atomic():
        sent = mails_send(limit=1000)
        transaction.set_rollback(True)
    assert sent == len(mail.outbox) > 10
    named = 0
    for message in mail.outbox:
        (address,) = message.to
        found = garden.canaries.find(f"{message.message().as_string()}\n{message.subject}\n{message.body}")
        asker = address.partition("@")[0]
        assert [str(one) for one in found if not truth.may(asker, one) or not one.field.endswith(".ref")] == [], (
            address
        )
        named += bool(found)
    assert named > 10


# --- Nothing is forgotten -------------------------------------------------------------------------------


def test_a_canary_stands_in_every_field_that_takes_words_about_the_public(garden):
    planted = {".".join(canary.field.split(".")[:2]) for canary in garden.canaries}
    bare = [name for name in fields() if name not in planted and not excused(name)]
    assert not bare, f"plant a canary (tests/sweep/plant.py), or say why not (tests/sweep/completeness.py): {bare}"


def test_what_is_excused_exists_and_is_not_planted_as_well(garden):
    known, planted = set(fields()), {canary.field for canary in garden.canaries}
    for name in WITHOUT:
        model, _, end = name.partition(".")
        assert any(one == name or (model == "*" and one.endswith(f".{end}")) for one in known), name
        assert name not in planted or name.startswith("*"), name


def test_a_field_that_is_new_would_be_missed(garden):
    planted = {canary.field for canary in garden.canaries} - {"Note.text"}
    assert [name for name in fields() if name == "Note.text" and name not in planted and not excused(name)]


# --- What is broken is told -----------------------------------------------------------------------------


def of(garden: Garden, route: str, case: str) -> Door:
    """The door to one case's record."""
    same = (d for d in doors(garden) if (d.route, d.method) == (route, "get"))
    return next(d for d in same if (d.record.case if d.record else "") == case)


def asked(garden: Garden, clients: Any, asker: str, route: str, case: str) -> Result:
    """One question, and what the sweep says of it."""
    walk = Walk(garden, askers=(asker,), clients=clients)
    walk.ask(asker, of(garden, route, case))
    return walk.finish()


def test_a_selector_that_forgets_who_asks_is_told(garden, clients):
    assert not asked(garden, clients, "walt", "incidents:case", "team").leaks
    with both_walls_down():
        result = asked(garden, clients, "walt", "incidents:case", "team")
    assert any("Case.summary" in leak and leak.startswith("LEAK walt") for leak in result.leaks)
    assert not result.clean


def test_a_page_that_is_given_hidden_fields_is_told(garden, clients):
    assert not asked(garden, clients, "hana", "victims:victim", "team").leaks
    with fields_unfiltered():
        result = asked(garden, clients, "hana", "api:victim", "team")
    assert any("Victim.phone" in leak for leak in result.leaks)


def test_a_header_with_a_reference_is_told(garden, clients):
    with middleware(Spilling, garden.cases["plain"].ref):
        result = asked(garden, fresh(clients), "walt", "incidents:work", "")
    assert [leak for leak in result.leaks if "plain: Case.ref" in leak]


def test_a_file_that_comes_of_what_is_sent_is_read_for_leaks_and_for_what_is_missing(garden, clients):
    door = next(d for d in doors(garden) if (d.route, d.method) == ("incidents:cases_export", "post"))

    def taken() -> Result:
        walk = Walk(garden, askers=("vera",), clients=clients)
        for data in filled_in(door):
            walk.ask("vera", door, data)
        return walk.finish()

    assert taken().clean
    stranger = garden.cases["plain"].ref
    with patch("incidents.services.export.export_row", lambda actor, case: [stranger]):
        result = taken()
    assert len([leak for leak in result.leaks if "plain: Case.ref" in leak]) == 2
    assert {line.split()[2] for line in result.missing if "voice: Case.ref" in line} == {
        "incidents:cases_export.csv:",
        "incidents:cases_export.xlsx:",
    }


def test_what_must_be_there_and_is_not_is_told(garden, clients):
    assert not asked(garden, clients, "hana", "incidents:case", "health").missing_of("health")
    with people_forgotten():
        result = asked(garden, clients, "hana", "incidents:case", "health")
    assert any("Victim.given_name" in line for line in result.missing_of("health"))


def test_a_refusal_that_differs_from_absence_is_told(garden, clients):
    ref = garden.cases["plain"].ref
    assert not asked(garden, clients, "walt", "incidents:case", "plain").told_apart
    with middleware(Hinting, ref):
        result = asked(garden, fresh(clients), "walt", "incidents:case", "plain")
    assert len(result.told_apart) == 1


def test_a_route_about_something_that_is_not_planted_is_no_route_of_the_sweep(garden):
    fewer = Garden(garden.canaries, garden.cases, {k: v for k, v in garden.records.items() if k != "breach"})
    with pytest.raises(KeyError, match="breach"):
        list(doors(fewer))
    assert {d.route for d in doors(garden)} == {name for name, _ in routes(get_resolver())}
