"""Fixtures: the demo cast and what it can do. The servers of the tests are in tests/servers.py, the order of the files
in tests/order.py.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from psycopg._preparing import PrepareManager

from incidents.selectors.case_list import lead_agencies_forget
from incidents.services import access
from tests import cast as builders
from tests.mail_server import Inbox, mail_server

# Time limits inside a property test say more about the machine's other work than about the code.
hypothesis_settings.register_profile(
    "hatecase", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("hatecase")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The test database holds the reference data and the cast from the start."""
    with django_db_blocker.unblock():
        builders.cast_get()


@pytest.fixture(autouse=True)
def _fresh_caches() -> None:
    # A transactional test empties the tables, and the permissions come back with other numbers.
    access._PERMISSIONS.clear()
    lead_agencies_forget()


@pytest.fixture
def cast(db: None) -> builders.Cast:
    """The demo cast by first name."""
    return builders.cast_get()


@pytest.fixture
def actor(cast: builders.Cast) -> Callable[[str], Any]:
    """`actor("alice")`: the actor of one of the cast."""
    return builders.actor_named


@pytest.fixture
def acting(cast: builders.Cast) -> Callable[[str], Any]:
    """`with acting("alice") as actor:` both walls up, as that person."""
    return builders.acting


@pytest.fixture
def client_for(cast: builders.Cast) -> Callable[..., Any]:
    """`client_for("alice")`: a test client signed in."""
    return builders.client_of


@pytest.fixture
def log_incident(cast: builders.Cast) -> Callable[..., Any]:
    """`log_incident("alice", **overrides)`: an incident through the real service."""
    return builders.log_incident_as


@pytest.fixture
def inbox(settings: Any) -> Iterator[Inbox]:
    """Mail goes to a real server on loopback meanwhile; `inbox.messages` holds what has arrived."""
    with mail_server() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
        yield running


@pytest.fixture(scope="session", autouse=True)
def _plans_kept() -> Iterator[None]:
    """The server keeps the plans of statements that come again, as it does in the product: the driver throws them away at
    each rollback, with which every test ends. What is dropped or altered still does away with them.
    """
    forgets = PrepareManager._should_discard

    def told(manager: PrepareManager, prep: Any, results: Any) -> bool:
        ended = all((result.command_status or b"").startswith(b"ROLLBACK") for result in results)
        return not ended and forgets(manager, prep, results)

    with patch.object(PrepareManager, "_should_discard", told), patch.object(PrepareManager, "prepared_max", 1000):
        yield


def pytest_collection_finish() -> None:
    """What was imported stays: the collector of cycles need not walk it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
