"""How many queries a page makes beyond those of every request: session, account, memberships, identity, notices."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

PLAIN = "/help/"
"""A page that reads nothing itself; it shows the header with the count of notices, as every page does."""


def queries_beyond(client: Client, path: str) -> int:
    """The queries of a page, warm, less those of a plain page for the same person."""
    client.get(path)
    return _count(client, path, 200) - _count(client, PLAIN, 200)


def _count(client: Client, path: str, status: int) -> int:
    with CaptureQueriesContext(connection) as captured:
        response: Any = client.get(path)
    assert response.status_code == status, path
    # That somebody is still there is written down every few seconds, whatever the page.
    return sum(not query["sql"].startswith('UPDATE "agencies_signin"') for query in captured)
