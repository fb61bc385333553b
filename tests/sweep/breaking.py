"""Ways to break the product on purpose, so that the sweep has something to find."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings

from kernel.managers import ClosedQuerySet
from kernel.prepared import plans_forget

Answers = Callable[[HttpRequest], HttpResponse]


@contextmanager
def first_wall_down() -> Iterator[None]:
    """`visible_to` gives every row: only PostgreSQL stands between an asker and a record."""
    plans_forget()
    with patch.object(ClosedQuerySet, "visible_to", lambda queryset, actor: queryset._mark()):
        yield
    plans_forget()


@contextmanager
def both_walls_down() -> Iterator[None]:
    """And requests keep the rights of the process that asks: nothing stands between."""

    @contextmanager
    def nobody(actor: Any, **_: Any) -> Iterator[None]:
        yield

    with first_wall_down(), patch("agencies.middleware._identity", nobody):
        yield


@contextmanager
def fields_unfiltered() -> Iterator[None]:
    """Pages get a victim's record as it is, with how to reach them."""
    with patch("victims.selectors.victim_filtered", lambda victim, groups: victim):
        with patch("incidents.selectors.case_people.victim_filtered", lambda victim, groups: victim):
            yield


@contextmanager
def people_forgotten() -> Iterator[None]:
    """A case's page without its people."""
    with patch("incidents.selectors.case_people.people", lambda actor, case: []):
        yield


class Spilling:
    """A middleware that says in a header what nobody asked for."""

    words = ""

    def __init__(self, get_response: Answers) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer as ever, and spill."""
        response = self.get_response(request)
        response["X-Last-Case"] = self.words
        return response


class Hinting(Spilling):
    """A middleware that words its 404 otherwise where there is something to hide."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer as ever; where the page is not there for the asker, say whether it is for others."""
        response = self.get_response(request)
        if response.status_code == 404 and self.words in request.path:
            response.content += b"<!-- not for you -->"
        return response


@contextmanager
def middleware(kind: type[Spilling], words: str) -> Iterator[None]:
    """The product with one of these in front."""
    from django.conf import settings

    with patch.object(kind, "words", words):
        path = f"{kind.__module__}.{kind.__name__}"
        with override_settings(MIDDLEWARE=[path, *settings.MIDDLEWARE]):
            yield


def fresh(clients: dict[tuple[str, bool], Client]) -> dict[tuple[str, bool], Client]:
    """The same sign-ins in clients that load the middleware anew."""
    found = {}
    for key, client in clients.items():
        found[key] = Client()
        found[key].cookies = client.cookies.copy()
        found[key].defaults = dict(client.defaults)
    return found
