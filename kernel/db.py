"""Small database doors that more than one app needs."""

from __future__ import annotations

from django.db import connection, models


def next_id(model: type[models.Model]) -> int:
    """The next primary key of a table, taken before the insert.

    A person's access rows are written first, so that the insert's RETURNING passes row-level security.
    """
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("select nextval(pg_get_serial_sequence(%s, 'id'))", [table])
        return int(cursor.fetchone()[0])


def advisory_wait(name: str) -> None:
    """Take a lock for the present transaction, once whoever holds it has finished."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def advisory_lock(name: str) -> bool:
    """Take a lock for the present transaction; False where another process holds it (singleton jobs)."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        return bool(cursor.fetchone()[0])
