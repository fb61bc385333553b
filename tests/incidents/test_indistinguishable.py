"""Two thousand pairs: what somebody is kept out of answers, to the byte, as what was never there (docs/domain.md §5.5).

Everybody here once had a way to the case (they lead it, it was shared with them, they know that it exists, they govern)
and has a conflict of interest now. Each asks, by every method, at every address that names a record of that case; and at
the same address with a reference or a key that nothing has. Status, body, headers and cookies must be the same. Every run
asks at every route by every method, of each in turn, until there are two thousand of these pairs; with HATECASE_PAIRS_ALL
set, all of them. A route whose address names something is asked, or stands among `NO_RECORD_OF_A_CASE` with its reason.
"""

from __future__ import annotations

import logging
import os
import random
import re
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from incidents.models import CaseExclusion, EmergencyAccess
from incidents.services.access import access_rebuild
from incidents.services.emergency import emergency_open
from kernel.references import reference_make
from tests.cast import acting, agency, cast_get
from tests.matrix.table import client_of, methods, routes
from tests.matrix.world import World, arguments, world_plant

pytestmark = pytest.mark.django_db

BY_NAME = "asha donna amir marcus vera viola petra walt wendy frank greta charlie cora".split()
BY_AGENCY = {"NNC": "bob beth nora niall".split()}
PAIRS, ALL = 2000, bool(os.environ.get("HATECASE_PAIRS_ALL"))
PEOPLE = [*BY_NAME, *BY_AGENCY["NNC"]]

NO_RECORD_OF_A_CASE = {
    "account_*": "one's own sign-in",
    "agencies:*": "staff, agreements, and one's own notices",
    "api:meeting": "a meeting, whose items are pairs of their own",
    "api:meeting-packs": "a meeting's papers, made for its members",
    "api:pack*": "a meeting's paper, made for its members",
    "hasbag:attendance": "who comes to a meeting",
    "hasbag:meeting": "a meeting, whose items are pairs of their own",
    "hasbag:pack*": "a meeting's papers, made for its members",
    "hasbag:sign": "a meeting's members",
    "incidents:cover_end": "staff",
    "incidents:governance_user": "staff",
    "incidents:letter_template*": "an agency's wording",
    "incidents:log_*": "one's own draft, which is no case yet",
    "incidents:search_*": "one's own saved search",
    "incidents:team_worker": "staff",
    "mfa_*": "one's own sign-in",
    "openid_connect*": "one's own sign-in",
}
"""Routes whose address names something, but no record of a case, and what it is."""
NAMES_NOTHING = frozenset("step number section part group what code sort".split())
"""Arguments of an address that choose a page of a record."""
OF_A_MEETING = ("hasbag:item_", "api:meeting-item")
"""Routes beneath a meeting, which is nobody's secret."""

# A form's token, the key of a new draft, and the time that is left.
VARYING = re.compile(
    rb'name="csrfmiddlewaretoken" value="\w+"|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|data-seconds="\d+"'
)
CLOCK = ("Date", "Expires")


@dataclass
class Asked:
    """A pair: who asks how, at the address of what is hidden and at that of nothing."""

    who: str
    method: str
    hidden: str
    absent: str
    sent: dict[str, Any] = field(default_factory=dict)

    @property
    def api(self) -> bool:
        return self.hidden.startswith("/api/")


@pytest.fixture
def world(cast, caplog, settings):
    # Thousands of refusals, each with its traceback, would take longer than asking.
    caplog.set_level(logging.CRITICAL, "django.request")
    # Two answers are held against each other here, and every other test holds prepared queries against the same anew.
    settings.PREPARED_CHECKED_EACH = 0
    world = world_plant()
    with acting("winnie") as actor:
        emergency_open(actor=actor, ref=world.hidden.ref, reason="The duty officer rang about a threat tonight")
    for case in (world.case, world.hidden):
        for name in BY_NAME:
            CaseExclusion(case=case, user=cast_get()[name], reason="An old friend").save()
        for code in BY_AGENCY:
            CaseExclusion(case=case, agency=agency(code), reason="Employs somebody in the case").save()
    access_rebuild([world.case.pk, world.hidden.pk])
    return world


def dice(seed: int) -> random.Random:
    """The same references in every run."""
    return random.Random(seed)  # noqa: S311


def absent(present: Any, choice: random.Random) -> Any:
    """A reference of the same kind, or a key, that nothing has."""
    if isinstance(present, uuid.UUID):
        return uuid.UUID(int=choice.getrandbits(128), version=4)
    if isinstance(present, int):
        return choice.randrange(1_000_000_000, 2_000_000_000)
    return reference_make(str(present)[:2], 2026, choice.choice)


def excused(name: str) -> bool:
    """Whether a route is about no record of a case."""
    return any(name.startswith(one[:-1]) if one.endswith("*") else name == one for one in NO_RECORD_OF_A_CASE)


def named(name: str, route: Any) -> list[str]:
    """The arguments of an address that name a record of a case."""
    open_to_all = {"ref"} if name.startswith(OF_A_MEETING) else set()
    return [one for one in route.pattern.regex.groupindex if one not in NAMES_NOTHING | open_to_all]


def addresses(world: World, choice: random.Random) -> Iterator[tuple[str, Any, str, list[str]]]:
    """Each route that names a record of the case, its address there, and those of nothing: each name in it is once the
    wrong one.
    """
    opened = EmergencyAccess.objects.unscoped(reason="the test looks for its key").get()
    given = arguments(world) | {"incidents:emergency_opening": {"uid": opened.uid}}
    for name, route in routes(get_resolver()):
        if excused(name) or not named(name, route):
            continue
        values: dict[str, Any] = {}
        for start, more in sorted(given.items(), key=lambda pair: len(pair[0])):
            if name.startswith(start):
                values |= more
        kwargs = {key: values[key] for key in route.pattern.regex.groupindex}
        gone = [kwargs | {key: absent(kwargs[key], choice)} for key in named(name, route)]
        yield name, route, reverse(name, kwargs=kwargs), [reverse(name, kwargs=one) for one in gone]


def by_address(world: World, choice: random.Random) -> Iterator[list[Asked]]:
    """Every route and method with everybody, each a list of pairs with one address in common. Everything is asked once,
    by each in turn, before anything is asked again.
    """
    doors = [
        (method, there, gone)
        for name, route, there, gone in addresses(world, choice)
        for method in methods(name, route)
    ]
    for turn in range(len(PEOPLE)):
        for number, (method, there, gone) in enumerate(doors):
            who = PEOPLE[(number + turn) % len(PEOPLE)]
            yield [Asked(who, method, there, one) for one in gone]


def some(doors: Iterable[list[Asked]], least: int) -> Iterator[Asked]:
    """The first so many pairs, and the rest of the last door's."""
    count = 0
    for pairs in doors:
        if count >= least:
            return
        count += len(pairs)
        yield from pairs


def by_what_is_typed(world: World, choice: random.Random) -> Iterator[Asked]:
    """A reference that is typed into a form, a search or a body."""
    refs = [world.case.ref, world.incident.ref, world.task.ref, world.victim.ref, world.perpetrator.ref]
    why = "The duty officer rang about a threat tonight"
    for ref in refs:
        other = absent(ref, choice)
        for who in PEOPLE:
            yield Asked(who, "get", f"/cases/?q={ref}", f"/cases/?q={other}")
            yield Asked(who, "get", f"/api/v1/cases/?q={ref}", f"/api/v1/cases/?q={other}")
            yield Asked(who, "get", f"/cases/new/?case={ref}", f"/cases/new/?case={other}")
        yield Asked("greta", "get", f"/governance/record/?ref={ref}", f"/governance/record/?ref={other}")
    other = absent(world.case.ref, choice)
    for who in ("asha", "donna", "marcus", "beth", "niall", "wendy", "petra", "frank", "cora", "viola"):
        pair = ({"ref": world.case.ref, "reason": why}, {"ref": other, "reason": why})
        yield Asked(who, "post", "/emergency-access/", "/emergency-access/", {"pair": pair})
    items = f"/api/v1/meetings/{world.meeting.ref}/items/"
    pair = ({"case": world.case.ref, "reason": why}, {"case": other, "reason": why})
    for who in PEOPLE:
        yield Asked(who, "post", items, items, {"pair": pair})


def ask(client: Client, method: str, url: str, sent: dict[str, Any]) -> Any:
    if method == "get":
        return client.get(url)
    if url.startswith("/api/"):
        return getattr(client, method)(url, data=sent, content_type="application/json")
    return getattr(client, method)(url, data=sent)


def told(answer: Any, *own: str) -> tuple[Any, ...]:
    """All of an answer that somebody gets, but for what they sent themselves, a form's token and the time."""
    body = answer.content if not answer.streaming else b"".join(answer.streaming_content)
    for words in own:
        body = body.replace(words.encode(), b"(sent)")
    if own:
        body = VARYING.sub(b"", body)
    headers = {k: v for k, v in answer.headers.items() if k not in CLOCK and not (own and k == "Content-Length")}
    cookies = sorted(answer.cookies) if own else answer.cookies.output()
    return answer.status_code, body, headers, cookies


def differences(world: World, pairs: Iterable[Asked]) -> tuple[Counter[int], list[str]]:
    """How often each status came, and where the two answers of a pair differ."""
    clients = {(who, api): client_of(who, api=api) for who in PEOPLE for api in (True, False)}
    statuses: Counter[int] = Counter()
    wrong, before, first = [], None, None
    for pair in pairs:
        client = clients[pair.who, pair.api]
        sent, other = pair.sent.get("pair", ({}, {}))
        # Pairs with one address in common follow each other: it is asked once.
        if pair.sent or before != (pair.who, pair.method, pair.hidden):
            first = ask(client, pair.method, pair.hidden, sent)
        before = (pair.who, pair.method, pair.hidden)
        second = ask(client, pair.method, pair.absent, other)
        own: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
        if "?" in pair.hidden or pair.sent:
            own = tuple(tuple(_typed(url, data)) for url, data in ((pair.hidden, sent), (pair.absent, other)))
        statuses[first.status_code] += 1
        one, two = told(first, *own[0]), told(second, *own[1])
        if one != two:
            wrong.append(f"{pair.who} {pair.method} {pair.hidden}: {_apart(one, two)}")
    return statuses, wrong


def _apart(one: tuple[Any, ...], two: tuple[Any, ...]) -> str:
    """Where two answers part."""
    if one[1] == two[1]:
        return f"{one[0]} {one[2:]} {two[0]} {two[2:]}"
    at = next(
        (i for i, (a, b) in enumerate(zip(one[1], two[1], strict=False)) if a != b), min(len(one[1]), len(two[1]))
    )
    return f"{one[0]} {two[0]} {one[1][max(0, at - 60) : at + 60]!r} {two[1][max(0, at - 60) : at + 60]!r}"


def _typed(url: str, sent: dict[str, Any]) -> Iterator[str]:
    yield url.partition("=")[2] or sent.get("ref") or sent.get("case") or "(nothing)"


def test_what_is_hidden_answers_as_what_is_not_there(world):
    statuses, wrong = differences(world, some(by_address(world, dice(1)), 10**6 if ALL else PAIRS))
    assert not wrong, "\n".join(wrong[:20])
    assert statuses.total() >= PAIRS
    # 405 where a page does not take the method, 403 where the role may not use the page whichever record it names.
    assert statuses[404] >= 0.7 * statuses.total(), statuses
    assert set(statuses) <= {403, 404, 405}


def test_every_route_is_asked_or_excused_and_no_excuse_is_left_over():
    known = dict(routes(get_resolver()))
    for one, reason in NO_RECORD_OF_A_CASE.items():
        covers = [name for name in known if name == one or (one.endswith("*") and name.startswith(one[:-1]))]
        assert reason, one
        assert any(named(name, known[name]) for name in covers), f"{one} excuses nothing"
    assert sum(1 for name, route in known.items() if named(name, route) and not excused(name)) > 100


def test_what_is_typed_finds_what_is_hidden_as_little_as_what_is_not_there(world):
    statuses, wrong = differences(world, by_what_is_typed(world, dice(2)))
    assert not wrong, "\n".join(wrong[:20])
    assert statuses.total() >= 250


def test_a_difference_would_be_seen(world):
    """The same walk by somebody who may still open the case finds that the pairs differ."""
    pairs = [Asked("alice", "get", a, b[-1]) for _, _, a, b in addresses(world, dice(3)) if "/api/" not in a][::2]
    clients = client_of("alice", api=False)
    differ = sum(told(ask(clients, "get", p.hidden, {})) != told(ask(clients, "get", p.absent, {})) for p in pairs)
    assert differ > 25
