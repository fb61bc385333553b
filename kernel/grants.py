"""What each database role may touch, applied after every migration (idempotent, one home).

Rows are guarded by policies; this is about tables. A new table is open to the app and the worker at
table level, and closed at row level by its own migration (a test reads the catalogue and fails otherwise).
"""

from __future__ import annotations

from typing import Any

from django.db import connections

_SQL = """
grant usage on schema public to hatecase_app, hatecase_worker, hatecase_gate, hatecase_stats;
grant select, insert, update, delete on all tables in schema public to hatecase_app, hatecase_worker, hatecase_gate;
grant usage, select on all sequences in schema public to hatecase_app, hatecase_worker, hatecase_gate;
revoke all on django_migrations from hatecase_app, hatecase_worker, hatecase_gate;
revoke update, delete on kernel_auditevent, kernel_auditseal from hatecase_app, hatecase_worker, hatecase_gate;
revoke insert, select on kernel_auditseal from hatecase_app;
revoke select on kernel_auditevent from hatecase_app;
revoke update, delete, select on kernel_history from hatecase_app;
"""

# Written once: the custody log of evidence has no hand that changes it.
_CUSTODY = "revoke update, delete on incidents_custodyevent from hatecase_app, hatecase_worker, hatecase_gate"

_STATS_TABLES = """
select string_agg(quote_ident(table_name), ', ') from information_schema.tables
where table_schema = 'public' and table_name like 'strategy\\_%%'
"""


def grants_apply(sender: Any = None, using: str = "default", **kwargs: Any) -> None:
    """Grant and revoke table rights. Called by Django after `migrate`."""
    with connections[using].cursor() as cursor:
        cursor.execute("select to_regclass('kernel_auditseal') is not null, to_regclass('kernel_history') is not null")
        if not all(cursor.fetchone()):
            return
        cursor.execute(_SQL)
        cursor.execute("select to_regclass('incidents_custodyevent') is not null")
        if cursor.fetchone()[0]:
            cursor.execute(_CUSTODY)
        cursor.execute(_STATS_TABLES.replace("%%", "%"))
        tables = cursor.fetchone()[0]
        if tables:
            cursor.execute(f"grant select on {tables} to hatecase_stats")
