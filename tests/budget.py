"""How many queries a page makes: in all, and beyond those of every request (session, account, identity, notices)."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

PLAIN = "/help/"
"""A page that reads nothing itself; it shows the header with the count of notices, as every page does."""

# That somebody is still there is written down every few seconds, whatever the page. Tests connect with wider rights than
# the web process: stepping into the application's role and out again is theirs, save for saying who asks.
_NOT_THE_PAGES = ('UPDATE "agencies_signin"', "SAVEPOINT", "RELEASE SAVEPOINT", "select current_user")
_WHO_ASKS = "select set_config('role'"


def queries_in_all(client: Client, path: str) -> int:
    """The statements of a page, warm, as the web process makes them: transactions are not among them."""
    client.get(path)
    said = [sql for sql in _statements(client, path) if not sql.startswith(_NOT_THE_PAGES)]
    return sum(not sql.startswith(_WHO_ASKS) for sql in said) + 1


def queries_beyond(client: Client, path: str) -> int:
    """The queries of a page, warm, less those of a plain page for the same person."""
    client.get(path)
    return _count(client, path) - _count(client, PLAIN)


def _count(client: Client, path: str) -> int:
    return sum(not sql.startswith(_NOT_THE_PAGES[0]) for sql in _statements(client, path))


def _statements(client: Client, path: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        response: Any = client.get(path)
    assert response.status_code == 200, path
    if response.streaming:
        list(response)
    return [query["sql"] for query in captured]
