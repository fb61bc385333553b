"""One planted world for all that only read it: whatever is asked is undone, and at the end so is the world."""

from __future__ import annotations

import copy
import functools
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection, transaction
from django.template.base import Template
from django.test import override_settings
from drf_spectacular.generators import SchemaGenerator
from psycopg._preparing import PrepareManager

from tests.sweep.plant import Garden
from tests.sweep.walk import ASKERS, clients_for
from tests.sweep.world import world_plant

MOST_PLANS = 2000


@contextmanager
def schema_once() -> Iterator[None]:
    """The API's description takes seconds and is the same for everybody who may have it: it is worked out once."""
    make = functools.cache(lambda: SchemaGenerator().get_schema(public=True))
    first = SchemaGenerator.get_schema

    def known(generator: Any, request: Any = None, public: bool = False) -> Any:
        return copy.deepcopy(make()) if request is not None else first(generator, request, public)

    with patch.object(SchemaGenerator, "get_schema", known):
        yield


@contextmanager
def bare_templates() -> Iterator[None]:
    """Templates render as in the product: Django's tests would keep a copy of what each was given."""
    with patch.object(Template, "_render", lambda template, context: template.nodelist.render(context)):
        yield


@contextmanager
def plans_kept() -> Iterator[None]:
    """The server keeps the plans of statements that come again, as it does in the product: the driver would throw them away
    at each rollback, and every question here ends with one. Nothing is dropped or altered meanwhile.
    """
    with patch.object(PrepareManager, "_should_discard", lambda *results: False):
        with connection.cursor() as cursor:
            cursor.execute("set local plan_cache_mode = force_generic_plan")
        connection.connection.prepared_max = MOST_PLANS
        yield


@pytest.fixture(scope="package")
def garden(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[Garden]:
    """The planted county, in a transaction that ends with these tests; its packs lie in a folder of their own."""
    folder: Path = tmp_path_factory.mktemp("sweep")
    # Every other test holds prepared queries against the same built anew; here what is answered is held against the truth.
    here = override_settings(MEDIA_ROOT=folder, PREPARED_CHECKED_EACH=0)
    with django_db_blocker.unblock(), here, schema_once(), bare_templates():
        with transaction.atomic():
            garden = world_plant()
            with plans_kept():
                yield garden
            transaction.set_rollback(True)


@pytest.fixture(scope="package")
def clients(garden: Garden) -> Any:
    """The whole cast, signed in once: a second sign-in would end the first."""
    return clients_for(ASKERS)


class Lines(logging.Handler):
    """Keeps what was logged, as it would be written."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line, with the trace of an error where there is one."""
        self.said.append(self.format(record))


@pytest.fixture
def logged() -> Iterator[Lines]:
    """What is logged meanwhile."""
    lines, root = Lines(), logging.getLogger()
    root.addHandler(lines)
    yield lines
    root.removeHandler(lines)


# --- The counts of the whole sweep, from every process --------------------------------------------------

_ALIKE = frozenset({"routes and methods", "records", "seconds"})
"""Counts that the halves of the cast share: the larger one is told, the others are added up."""


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Prints what `make sweep` did, all processes together."""
    totals: dict[str, dict[str, int]] = {}
    for report in (one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, ())):
        for name, counts in report.user_properties:
            if name.startswith("sweep"):
                total = totals.setdefault(name, {})
                for what, number in counts.items():
                    before = total.get(what, 0)
                    total[what] = max(before, number) if what in _ALIKE else before + number
    for name, total in sorted(totals.items()):
        terminalreporter.section(name)
        for what, number in total.items():
            terminalreporter.write_line(f"{number:>9,} {what}")
