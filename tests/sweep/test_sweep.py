"""The quick sweep: every route of everybody, every record, every canary once (docs/permissions.md, "The sweep")."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.urls import get_resolver

from agencies.services.mail import mails_send
from tests.routes import routes
from tests.sweep import truth
from tests.sweep.breaking import (
    Hinting,
    Spilling,
    both_walls_down,
    fields_unfiltered,
    first_wall_down,
    fresh,
    middleware,
    people_forgotten,
)
from tests.sweep.canaries import Canary
from tests.sweep.choosing import covering, searches
from tests.sweep.completeness import WITHOUT, excused, fields
from tests.sweep.doors import PLAUSIBLE, Door, doors
from tests.sweep.plant import Garden
from tests.sweep.search import PAGES, findable, search
from tests.sweep.walk import ASKERS, Result, Walk, admitted, reveals_renew

pytestmark = pytest.mark.django_db


def test_nobody_is_answered_with_what_they_may_not_have_and_everybody_with_what_they_must(garden, clients, logged):
    walk = Walk(garden, clients=clients)
    reveals_renew()
    for asker, door in covering(list(doors(garden)), garden.canaries):
        answer = walk.ask(asker, door)
        if door.method != "get" and admitted(answer):
            walk.ask(asker, door, PLAUSIBLE)
    result = walk.finish()
    print(f"\n{result}")
    assert result.clean, str(result)
    assert result.askers == set(ASKERS)
    spilt = [str(one) for one in garden.canaries.find("\n".join(logged.said)) if not one.text.startswith("H")]
    assert not spilt, spilt
    assert logged.said


def test_every_canary_is_looked_for_where_it_must_not_stand_and_where_it_must(garden):
    everybodys = [str(one) for one in garden.canaries if all(truth.may(asker, one) for asker in ASKERS)]
    assert not everybodys, "\n".join(everybodys)
    found = {one.field for one in garden.canaries if any(truth.must(asker, one) for asker in ASKERS)}
    assert found == set(truth.MUST)


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


# --- The second wall alone ------------------------------------------------------------------------------


def across(asker: str, canary: Canary, route: str = "") -> bool:
    """What row-level security alone must hold: nothing of a case to those who do not hold it (docs/permissions.md)."""
    return not canary.case or truth.may(asker, canary, route) or truth.level(asker, canary.case) >= 2


def test_without_the_first_wall_nothing_of_a_case_reaches_an_agency_that_does_not_hold_it(garden, clients):
    walk = Walk(garden, clients=clients, may=across, compares=False)
    with first_wall_down():
        for asker, door in covering([d for d in doors(garden) if d.method == "get"], garden.canaries):
            walk.ask(asker, door)
    print(f"\n{walk.result}")
    assert not walk.result.leaks, str(walk.result)
    assert len(walk.result.triples) > 3000


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
