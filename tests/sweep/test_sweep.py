"""The quick sweep: every route of everybody, every record, every canary once (docs/permissions.md, "The sweep")."""

from __future__ import annotations

from django.core import mail
from django.db import transaction

from agencies.services.mail import mails_send
from tests.sweep import truth
from tests.sweep.choosing import covering, searches
from tests.sweep.doors import PLAUSIBLE, doors
from tests.sweep.search import PAGES, findable, search
from tests.sweep.walk import ASKERS, Walk, reveals_renew


def test_nobody_is_answered_with_what_they_may_not_have_and_everybody_with_what_they_must(garden, clients, logged):
    walk = Walk(garden, clients=clients)
    reveals_renew()
    for asker, door in covering(list(doors(garden)), garden.canaries):
        walk.ask(asker, door)
        if door.method != "get":
            walk.ask(asker, door, PLAUSIBLE)
    result = walk.finish()
    print(f"\n{result}")
    assert result.clean, str(result)
    assert result.askers == set(ASKERS)
    spilt = [str(one) for one in garden.canaries.find("\n".join(logged.said)) if not one.text.startswith("H")]
    assert not spilt, spilt
    assert logged.said


def test_every_canary_is_looked_for_where_it_must_not_stand_and_where_it_must(garden):
    unasked = []
    for canary in garden.canaries:
        if all(truth.may(asker, canary) for asker in ASKERS):
            unasked.append(f"everybody may have {canary}")
        if canary.field in truth.MUST and canary.kind != "nobody":
            if not any(truth.must(asker, canary) for asker in ASKERS) and canary.case not in NOBODYS:
                unasked.append(f"nobody must find {canary}")
    assert not unasked, "\n".join(unasked)


NOBODYS = ()


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
        assert [str(one) for one in found if not truth.may(asker, one) or one.kind != "ref"] == [], address
        named += bool(found)
    assert named > 10
