"""Every route × the whole cast → the answer that the table expects.

The table is `tests/matrix/expected.csv`: a row a route, a column a person; a cell holds the status of each method
that the row names. A route that is not in the table fails. `MATRIX_WRITE=1 pytest tests/matrix` writes the table as
the code answers now, to be read line by line before it is committed.
"""

from __future__ import annotations

import csv
import datetime as dt
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.db import transaction
from django.test import Client, override_settings
from django.urls import URLPattern, get_resolver, reverse

from agencies.models import SignIn
from agencies.services.token import token_create
from kernel import clock
from kernel.actors import system_actor
from tests.cast import cast_get
from tests.matrix.world import World, arguments, world_plant
from tests.routes import methods, routes

TABLE = Path(__file__).parent / "expected.csv"
PEOPLE = ("nobody alice asha bob beth walt wendy charlie vera nadia tom edith petra sam ines greta admin ada").split()


def address(name: str, route: URLPattern, world: World) -> str:
    """The address of a route in the planted world."""
    given: dict[str, Any] = {}
    for prefix, values in sorted(arguments(world).items(), key=lambda pair: len(pair[0])):
        if name.startswith(prefix):
            given |= values
    names = set(route.pattern.regex.groupindex)
    return reverse(name, kwargs={k: given[k] for k in names})


def client_of(person: str, *, api: bool) -> Client:
    """Signed in by cookie for pages, by token for the API."""
    if person == "nobody":
        return Client()
    user = cast_get()[person]
    if api:
        _, secret = token_create(actor=system_actor("the permission matrix"), user=user)
        return Client(HTTP_AUTHORIZATION=f"Bearer {secret}")
    client = Client()
    client.force_login(user)
    # However long the walk takes, nobody is signed out by the clock, or asked again who they are.
    later = clock.now_real() + dt.timedelta(hours=2)
    SignIn.objects.filter(user=user, ended_at=None).update(started_at=later, seen_at=later, confirmed_at=later)
    return client


def read(response: Any) -> Any:
    """A response with its file read to the end, and so closed."""
    if response.streaming:
        list(response)
    return response


def ask(client: Client, method: str, url: str) -> int:
    """The status of one request, of which nothing stays."""
    options: dict[str, Any] = {} if method == "get" else {"data": {}, "content_type": "application/json"}
    if method == "post" and not url.startswith("/api/"):
        options = {"data": {}}
    cookies = client.cookies.copy()
    with transaction.atomic():
        status = read(getattr(client, method)(url, **options)).status_code
        transaction.set_rollback(True)
    # Signing out is undone in the database; the cookie has to come back too.
    client.cookies = cookies
    return status


def grid(world: World, people: Sequence[str]) -> dict[str, dict[str, str]]:
    """What the code answers: by route, by person."""
    clients = {(p, api): client_of(p, api=api) for p in people for api in (True, False)}
    answers: dict[str, dict[str, str]] = {}
    for name, route in sorted(routes(get_resolver()), key=lambda pair: pair[0]):
        url, wanted = address(name, route, world), methods(name, route)
        api = name.startswith("api:")
        answers[name] = {"methods": " ".join(m.upper() for m in wanted)} | {
            person: " ".join(str(ask(clients[person, api], m, url)) for m in wanted) for person in people
        }
    return answers


def expected() -> dict[str, dict[str, str]]:
    """The table as it was agreed."""
    with TABLE.open(newline="") as file:
        return {row.pop("route"): row for row in csv.DictReader(file)}


def write(answers: dict[str, dict[str, str]]) -> None:
    """Write these people's answers into the table."""
    agreed = expected()
    with TABLE.open("w", newline="") as file:
        table = csv.DictWriter(file, ["route", "methods", *PEOPLE], lineterminator="\n")
        table.writeheader()
        table.writerows({"route": name} | agreed.get(name, {}) | cells for name, cells in answers.items())


def agree(*, part: int, parts: int) -> None:
    """Every route answers some of the cast as it was agreed."""
    people = PEOPLE[part::parts]
    world = world_plant()
    # What may be taken back for a minute may not any more, however fast the walk is.
    with override_settings(HATECASE_NOW=(clock.now() + dt.timedelta(minutes=5)).isoformat()):
        answers = grid(world, people)
    if os.environ.get("MATRIX_WRITE"):
        write(answers)
    agreed = expected()
    assert answers.keys() == agreed.keys(), "every route has a row in tests/matrix/expected.csv, and no other"
    wrong = [
        f"{name} for {person}: {cells[person]}, agreed {agreed[name][person]}"
        for name, cells in answers.items()
        for person in ("methods", *people)
        if cells[person] != agreed[name][person]
    ]
    assert not wrong, "\n".join(wrong)
