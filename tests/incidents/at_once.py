"""Works at the same moment, each on a connection of its own, with the real locks: some rows are held until all of them wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from typing import Any

from django.db import connection, transaction


def waiting() -> int:
    """How many wait for a lock of a row that somebody else holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(distinct l.pid) from pg_locks l join pg_stat_activity a using (pid)"
            " where not l.granted and a.datname = current_database()"
        )
        return int(cursor.fetchone()[0])


def at_once(table: str, column: str, keys: Collection[Any], *works: Callable[[], object]) -> list[BaseException]:
    """Start works while rows of a table are held; then let them go. Answers what failed."""

    def hold() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"select 1 from {table} where {column} = any(%s) for update", [list(keys)])
            assert cursor.fetchall(), "nothing is held"

    return during(hold, *works)


def during(hold: Callable[[], object], *works: Callable[[], object]) -> list[BaseException]:
    """Start works one after the other while what `hold` did is not committed, each once the one before waits; then commit.
    Answers what failed.

    A work that needs none of the rows, or waits for a work before it, is as good: then they have acted in turn.
    """
    failures: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - carried to the test, which fails with it
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    with transaction.atomic():
        hold()
        for number, thread in enumerate(threads, start=1):
            thread.start()
            end = time.monotonic() + 20
            while waiting() < number and thread.is_alive() and time.monotonic() < end:
                time.sleep(0.05)
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return failures
