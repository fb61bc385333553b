"""What each database role may touch, applied after every migration (idempotent, one home).

Rows are guarded by policies; this is about tables. A new table behind the wall is open to the app and the worker at
table level, and closed at row level by its own migration (a test reads the catalogue and fails otherwise); only what
stands here may the worker delete from. Of a table that is not behind it the worker gets what stands here, and the gate
of any table what its functions do with it.
"""

from __future__ import annotations

import re
from typing import Any

from django.db import connections, transaction

_SQL = """
grant usage on schema public to hatecase_app, hatecase_worker, hatecase_gate, hatecase_stats;
revoke all on all tables in schema public from hatecase_worker, hatecase_gate;
grant select, insert, update, delete on all tables in schema public to hatecase_app;
grant select, insert, update on all tables in schema public to hatecase_worker;
grant usage, select on all sequences in schema public to hatecase_app, hatecase_worker, hatecase_gate;
revoke all on django_migrations from hatecase_app;
revoke update, delete on kernel_auditevent, kernel_auditseal from hatecase_app, hatecase_worker;
revoke insert, select on kernel_auditseal from hatecase_app;
revoke select on kernel_auditevent from hatecase_app;
revoke update, delete, select on kernel_history from hatecase_app, hatecase_worker;
"""

# Other apps' tables of which the web does less than everything. The custody log of evidence is written once; figures
# are the worker's to make, where postcodes lie is loaded by the operator, and what a permission or a kind of record is comes with a migration.
_APP_LESS = {
    "incidents_custodyevent": "update, delete",
    "incidents_gatesecret": "all",
    "incidents_postcodepoint": "insert, update, delete",
    "strategy_figure": "insert, update, delete",
    "strategy_release": "insert, update, delete",
    "auth_permission": "insert, update, delete",
    "django_content_type": "insert, update, delete",
    "django_admin_log": "update, delete",
    "guardian_groupobjectpermission": "insert, update, delete",
    "guardian_userobjectpermission": "insert, update, delete",
}

# What is behind the wall and ends by the clock: a form kept for an hour, a report not sent, a name in quarantine, a
# proposal that needs no decision any more. Whatever a job did wrong, no case, person or note is lost by it.
_WORKER_DELETES = (
    "agencies_keptform",
    "hasbag_agendaproposal",
    "incidents_incidentdraft",
    "incidents_subjectreport",
)

# What the worker does with tables that are not behind the wall; nothing with any other of them: no sessions, no second
# factors, no tokens but when one was used last. It reads people whole, to work for them, and only lets accounts sleep.
_WORKER_OPEN = {
    "agencies_agency": "select, update (handing_over)",
    "agencies_agreementextension": "select",
    "agencies_apitoken": "select (id, user_id, last_used_at)",
    "agencies_district": "select",
    "agencies_membership": "select",
    "agencies_servicestandard": "select",
    "agencies_signin": "select, update (ended_at, ended_because), delete",
    "agencies_user": "select, update (asleep_at)",
    "auth_group": "select",
    "auth_permission": "select",
    "django_content_type": "select",
    "incidents_risktool": "select",
    "kernel_bankholiday": "select",
    "kernel_cache": "select, insert, update, delete",
    "kernel_subjectkey": "select, insert",
    "strategy_figure": "select, insert, delete",
    "strategy_release": "select, insert, delete",
}
_GATE_COLUMNS = {"agencies_user": "id, is_active, name"}
_GATE_UPDATES = {"incidents_casegrant": "ended_at"}
"""Columns that alone its functions update, where that is less than the row: they end access and give none."""

_TABLES = """
select relname, relrowsecurity from pg_class
where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')
"""
_GATE_FUNCTIONS = """
select lower(prosrc) from pg_proc where pronamespace = 'public'::regnamespace and proowner = 'hatecase_gate'::regrole
"""


def grants_apply(sender: Any = None, using: str = "default", **kwargs: Any) -> None:
    """Grant and revoke table rights. Called by Django after `migrate`; all at once, so that nobody is without."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute("select to_regclass('kernel_auditseal') is not null, to_regclass('kernel_history') is not null")
        if not all(cursor.fetchone()):
            return
        cursor.execute(_SQL)
        cursor.execute(_TABLES)
        tables = dict(cursor.fetchall())
        cursor.execute(_GATE_FUNCTIONS)
        sources = [source for (source,) in cursor.fetchall()]
        for statement in (*_app(tables), *_worker(tables), *_gate(tables, sources), *_stats(tables)):
            cursor.execute(statement)


def gate_rights(table: str, sources: list[str]) -> set[str]:
    """What the bodies of functions do with a table: the rights that their owner needs on it. To lock a row, and to
    insert or update it, takes the right to update."""
    using = [source for source in sources if re.search(rf"\b{table}\b", source)]
    rights = {"select"} if using else set()
    for right, words in (("insert", "insert into"), ("update", "update"), ("delete", "delete from")):
        if any(re.search(rf"\b{words}\s+{table}\b", source) for source in using):
            rights.add(right)
    locks = rf"\b(?:from|join)\s+{table}\b[^;]*\bfor update\b|\binsert into\s+{table}\b[^;]*\bdo update\b"
    return rights | {"update"} if any(re.search(locks, source) for source in using) else rights


def _app(tables: dict[str, bool]) -> list[str]:
    return [f"revoke {less} on {table} from hatecase_app" for table, less in _APP_LESS.items() if table in tables]


def _worker(tables: dict[str, bool]) -> list[str]:
    said = ["revoke update on incidents_custodyevent from hatecase_worker"]
    said = said if "incidents_custodyevent" in tables else []
    said += [f"grant delete on {table} to hatecase_worker" for table in _WORKER_DELETES if table in tables]
    for table in sorted(table for table, walled in tables.items() if not walled):
        said.append(f'revoke all on "{table}" from hatecase_worker')
        if table in _WORKER_OPEN:
            said.append(f'grant {_WORKER_OPEN[table]} on "{table}" to hatecase_worker')
    return said


def _gate(tables: dict[str, bool], sources: list[str]) -> list[str]:
    said = []
    for table in sorted(tables):
        rights = gate_rights(table, sources)
        for right in sorted(rights):
            named = _GATE_UPDATES.get(table) if right == "update" else None
            named = named or _GATE_COLUMNS.get(table)
            columns = f" ({named})" if named else ""
            said.append(f'grant {right}{columns} on "{table}" to hatecase_gate')
    return said


def _stats(tables: dict[str, bool]) -> list[str]:
    return [
        f'grant select on "{table}" to hatecase_stats' for table in sorted(tables) if table.startswith("strategy_")
    ]
