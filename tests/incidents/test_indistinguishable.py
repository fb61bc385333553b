"""Two thousand pairs: what somebody is kept out of answers, to the byte, as what was never there (docs/domain.md §5.5).

Everybody here once had a way to the case (they lead it, it was shared with them, they know that it exists, they govern)
and has a conflict of interest now. Each asks, by every method, at every address that names a record of that case; and at
the same address with a reference or a key that nothing has. Status, body, headers and cookies must be the same. Every run
asks the same two thousand of these pairs; with HATECASE_PAIRS_ALL set, all of them.
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
from tests.matrix.test_matrix import client_of, methods, routes
from tests.matrix.world import World, arguments, world_plant

pytestmark = pytest.mark.django_db

BY_NAME = "asha donna amir marcus vera viola petra walt wendy frank greta charlie cora".split()
BY_AGENCY = {"NNC": "bob beth nora niall".split()}
PAIRS, ALL = 2000, bool(os.environ.get("HATECASE_PAIRS_ALL"))
PEOPLE = [*BY_NAME, *BY_AGENCY["NNC"]]

# What names the record in an address: by how its route begins; the longest that fits counts.
NAMES: dict[str, tuple[str, ...]] = {
    "incidents:access": ("ref",), "incidents:tier": ("ref",), "incidents:conflict": ("ref",), "incidents:case": ("ref",),
    "incidents:transfer": ("ref",), "incidents:reveal": ("ref",), "incidents:note_add": ("ref",),
    "incidents:contact_add": ("ref",), "incidents:risk": ("ref",), "incidents:share": ("ref",),
    "incidents:logged": ("ref", "incident"), "incidents:add_": ("ref",), "incidents:quarantine": ("ref",),
    "incidents:name_": ("ref", "report"), "incidents:override": ("ref",), "incidents:task": ("ref",),
    "incidents:breach": ("uid",), "incidents:emergency_opening": ("uid",),
    "victims:": ("ref",), "perpetrators:": ("ref",),
    "hasbag:refer": ("ref",), "hasbag:proposal": ("uid",), "hasbag:item_": ("uid",),
    "api:case": ("ref",), "api:share-recall": ("ref", "share"), "api:access-request": ("ref", "uid"),
    "api:task-": ("ref",), "api:victim": ("ref",), "api:perpetrator": ("ref",), "api:meeting-item": ("item",),
}  # fmt: skip
# A form's token, the key of a new draft, and the time that is left.
VARYING = re.compile(
    rb'name="csrfmiddlewaretoken" value="\w+"|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|data-seconds="\d+"'
)
CLOCK = ("Date", "Expires")
WITHOUT = frozenset({"incidents:cases", "incidents:tasks", "incidents:breaches", "api:cases", "hasbag:item_add"})


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
def world(cast, caplog):
    # Thousands of refusals, each with its traceback, would take longer than asking.
    caplog.set_level(logging.CRITICAL, "django.request")
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
    return reference_make(str(present)[:2], 2026, choice.choice)


def addresses(world: World, choice: random.Random) -> Iterator[tuple[str, Any, str, str]]:
    """Each route that names a record of the case, with its two addresses: every name of it is once the wrong one."""
    opened = EmergencyAccess.objects.unscoped(reason="the test looks for its key").get()
    given = arguments(world) | {"incidents:emergency_opening": {"uid": opened.uid}}
    for name, route in routes(get_resolver()):
        prefix = max((one for one in NAMES if name.startswith(one)), key=len, default="")
        if not prefix or name in WITHOUT:
            continue
        values: dict[str, Any] = {}
        for start, more in sorted(given.items(), key=lambda pair: len(pair[0])):
            if name.startswith(start):
                values |= more
        kwargs = {key: values[key] for key in route.pattern.regex.groupindex}
        there = reverse(name, kwargs=kwargs)
        for key in (key for key in NAMES[prefix] if key in kwargs):
            gone = kwargs | {key: absent(kwargs[key], choice)}
            yield name, route, there, reverse(name, kwargs=gone)


def by_address(world: World, choice: random.Random) -> Iterator[Asked]:
    for name, route, there, gone in addresses(world, choice):
        for who in PEOPLE:
            for method in methods(name, route):
                yield Asked(who, method, there, gone)


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
    wrong = []
    for pair in pairs:
        client = clients[pair.who, pair.api]
        sent, other = pair.sent.get("pair", ({}, {}))
        first = ask(client, pair.method, pair.hidden, sent)
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
    every = list(by_address(world, dice(1)))
    statuses, wrong = differences(world, every if ALL else dice(4).sample(every, PAIRS))
    assert not wrong, "\n".join(wrong[:20])
    assert statuses.total() >= PAIRS
    # 405 where a page does not take the method, 403 where the role may not use the page whichever record it names.
    assert statuses[404] >= 0.8 * statuses.total(), statuses
    assert set(statuses) <= {403, 404, 405}


def test_what_is_typed_finds_what_is_hidden_as_little_as_what_is_not_there(world):
    statuses, wrong = differences(world, by_what_is_typed(world, dice(2)))
    assert not wrong, "\n".join(wrong[:20])
    assert statuses.total() >= 250


def test_a_difference_would_be_seen(world):
    """The same walk by somebody who may still open the case finds that the pairs differ."""
    pairs = [Asked("alice", "get", a, b) for _, _, a, b in addresses(world, dice(3)) if "/api/" not in a]
    clients = client_of("alice", api=False)
    differ = sum(told(ask(clients, "get", p.hidden, {})) != told(ask(clients, "get", p.absent, {})) for p in pairs)
    assert differ > 30
