"""Walks through the doors as each of the cast, and holds what is answered against the truth."""

from __future__ import annotations

import datetime as dt
import functools
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.test import Client

from agencies.models import SignIn
from agencies.services.token import token_create
from kernel import clock
from kernel.actors import system_actor
from tests.cast import cast_get
from tests.sweep import standing, truth
from tests.sweep.canaries import Canary, references
from tests.sweep.doors import Door, sent
from tests.sweep.plant import Garden
from tests.sweep.reading import content_of, everything, file_kind, older, plain

ASKERS = tuple(truth.PEOPLE)
NOT_WELL = frozenset({"health-ready"})
"""Routes that may answer 503: no worker runs beside the sweep."""

_may = functools.cache(truth.may)
_must = functools.cache(standing.must)


def clients_for(askers: Iterable[str]) -> dict[tuple[str, bool], Client]:
    """By person, and by whether a machine asks: signed in by cookie for pages, by token for the API."""
    people, found = cast_get(), {}
    for asker in askers:
        found[asker, False], found[asker, True] = _client(), _client()
        if asker == "nobody":
            continue
        user = people[asker]
        found[asker, False].force_login(user)
        # However long it takes, nobody is signed out by the clock, or asked again who they are.
        later = clock.now_real() + dt.timedelta(hours=2)
        SignIn.objects.filter(user=user, ended_at=None).update(started_at=later, seen_at=later, confirmed_at=later)
        _, secret = token_create(actor=system_actor("the sweep"), user=user)
        found[asker, True] = _client(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return found


def _client(**given: str) -> Client:
    """What fails is an answer like any other: it is counted, and searched."""
    return Client(raise_request_exception=False, **given)


def reveals_renew() -> None:
    """What was opened for half an hour stays open while the sweep goes on: from this moment, not from when its transaction
    began."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update incidents_reveal set at = statement_timestamp(), until = statement_timestamp() + interval '30 minutes'"
            " where ended_at is null and until > statement_timestamp()"
        )


def admitted(answer: Any) -> bool:
    """Whether something that is sent here is judged at all: who is refused, or asked to sign in, sends no more."""
    return answer.status_code not in (401, 403, 404, 405) and "/accounts/" not in answer.get("Location", "")


@dataclass
class Result:
    """What a sweep found: leaks and what is missing, in words, and its counts."""

    leaks: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    told_apart: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    requests: int = 0
    searches: int = 0
    triples: set[tuple[str, str, str]] = field(default_factory=set)
    doors: set[str] = field(default_factory=set)
    askers: set[str] = field(default_factory=set)
    seen: dict[tuple[str, str], set[Canary]] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.leaks or self.missing or self.told_apart or self.failed)

    def missing_of(self, case: str) -> list[str]:
        """What is missing of one case's."""
        return [line for line in self.missing if f"({case}: " in line]

    @property
    def counts(self) -> dict[str, int]:
        """What was done, in numbers."""
        return {
            "routes and methods": len(self.doors),
            "askers": len(self.askers),
            "records": len({record for _, _, record in self.triples if record}),
            "(asker, route, record) triples": len(self.triples),
            "requests": self.requests,
            "searches": self.searches,
            "leaks": len(self.leaks),
            "missing": len(self.missing),
            "answers that tell hidden from absent": len(self.told_apart),
            "failures": len(self.failed),
            "seconds": round(time.monotonic() - self.began),
        }

    def __str__(self) -> str:
        lines = [f"{name}: {number:,}" for name, number in self.counts.items()]
        return "\n".join(
            [*lines, *_some(self.leaks), *_some(self.missing), *_some(self.told_apart), *_some(self.failed)]
        )


def _some(lines: list[str], most: int = 150) -> list[str]:
    return sorted(set(lines))[:most]


@dataclass
class Walk:
    """One sweep over a garden. `may` decides what nobody may be answered with: the truth, unless a narrower question is
    asked.
    """

    garden: Garden
    askers: tuple[str, ...] = ASKERS
    may: Callable[..., bool] = _may
    compares: bool = True
    result: Result = field(default_factory=Result)
    clients: dict[tuple[str, bool], Client] = field(default_factory=dict)
    nowhere: dict[tuple[str, str, str], str] = field(default_factory=dict)
    _absent: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clients = self.clients or clients_for(self.askers)

    # --- One question -----------------------------------------------------------------------------------

    def ask(self, asker: str, door: Door, data: dict[str, Any] | None = None) -> Any:
        """Ask once, look through the answer, and let nothing of it stay."""
        answer = self.send(asker, door, door.url, data)
        self.result.doors.add(door.name)
        self.result.askers.add(asker)
        self.result.triples.add((asker, door.name, door.record.name if door.record else ""))
        if answer.status_code >= 500 and door.route not in NOT_WELL:
            self.result.failed.append(f"{door.name} for {asker}: {answer.status_code} at {door.url}")
        about = f"{door.name} about {door.record.name if door.record else 'nothing'}"
        found = self.look(asker, door.route, about, answer, door.url)
        if data is None:
            found |= self.go_on(asker, door, about, answer)
        if answer.status_code == 200 and (page := _shown_at(door, answer)):
            self.result.seen.setdefault((asker, page), set()).update(found)
        if self.compares and door.record is not None and data is None:
            self._compare(asker, door, answer)
        return answer

    def go_on(self, asker: str, door: Door, about: str, answer: Any) -> set[Canary]:
        """What the further pages of an answer's long lists hold, to their ends."""
        found: set[Canary] = set()
        asked, waiting = set(), older(answer)
        while waiting:
            url = waiting.pop()
            if url in asked:
                continue
            asked.add(url)
            page = self.send(asker, door, url)
            found |= self.look(asker, door.route, about, page, url)
            waiting += older(page)
        return found

    def send(self, asker: str, door: Door, url: str, data: dict[str, Any] | None = None) -> Any:
        """The answer to one request, of which nothing stays in the database."""
        client = self.clients[asker, door.api]
        cookies = client.cookies.copy()
        self.result.requests += 1
        with transaction.atomic():
            answer = getattr(client, door.method)(url, **sent(door, data))
            content_of(answer)
            transaction.set_rollback(True)
        # Signing out is undone in the database; the cookie has to come back too.
        client.cookies = cookies
        return answer

    def look(self, asker: str, route: str, where: str, answer: Any, asked: str) -> set[Canary]:
        """The canaries in an answer; those that this asker may not have are leaks."""
        echoed = references(asked)
        found = {one for one in self.garden.canaries.find(everything(answer)) if one.text not in echoed}
        self.result.leaks += [f"LEAK {asker}: {where}: {one}" for one in found if not self.may(asker, one, route)]
        return found

    def look_searched(self, asker: str, where: str, answer: Any, wanted: Canary) -> None:
        """The same for the answer to a search, which repeats what was asked."""
        found = self.garden.canaries.find(everything(answer)) - {wanted}
        self.result.leaks += [f"LEAK {asker}: {where}: {one}" for one in found if not self.may(asker, one)]

    def _compare(self, asker: str, door: Door, answer: Any) -> None:
        """What is out of scope is answered like what does not exist, to the byte; and where a case is not there for the
        asker at all, whatever they ask about it.
        """
        hidden = bool(door.record and door.record.case and _unknown(asker, door.record.case))
        if door.record and door.record.kind == "emergency" and asker in truth.CASES[door.record.case].opened_once:
            # One's own opening stays in one's own list, when the case itself is closed again.
            hidden = False
        if answer.status_code != 404 and not hidden:
            return
        # Whoever knows nothing of a case is answered as about nothing at all, which is asked once for all such cases.
        absent = door.nowhere if hidden else door.absent
        key = (asker, door.name, absent)
        if key not in self._absent:
            self._absent[key] = plain(self.send(asker, door, absent), *_given(absent))
        if plain(answer, *_given(door.url)) != self._absent[key]:
            record = door.record.name if door.record else ""
            self.result.told_apart.append(f"APART {asker}: {door.name} about {record}: {answer.status_code}")

    # --- At the end -------------------------------------------------------------------------------------

    def finish(self) -> Result:
        """Count what must have been found and was not: for each route that shows it and was asked."""
        walked = {route for _, route in self.result.seen}
        for asker in self.askers:
            for canary in self.garden.canaries:
                for route in _must(asker, canary):
                    if route in walked and canary not in self.result.seen.get((asker, route), ()):
                        self.result.missing.append(f"MISSING {asker}: {route}: {canary}")
        return self.result


def _shown_at(door: Door, answer: Any) -> str:
    """The page that shows something: a route, or for a file that comes of what was sent, the route and the kind of file."""
    if door.method == "get":
        return door.route
    kind = file_kind(answer)
    return f"{door.route}.{kind}" if kind else ""


def _unknown(asker: str, case: str) -> bool:
    """Whether a case is not there for somebody: neither to open, nor as a signpost, nor by an office they hold."""
    person = truth.PEOPLE[asker]
    return truth.level(asker, case) == 0 and not person.governs and person.casework


def _given(url: str) -> tuple[str, ...]:
    return (
        url,
        *(part for part in url.split("/") if "-" in part and part[-1].isalnum() and any(map(str.isdigit, part))),
    )
