"""A search stops at the first rows that are too many to take by the words.

Which rows have the words was found whole before it was cut: some 0.4 s for a frequent word with a hyphen, each of whose
rows has to be read. Each source is cut by itself now. Rows that both have count twice against the limit, so that a
list of keys that is used is never one that was cut.
"""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

_BEFORE = import_module("incidents.migrations.0002_functions")
_NEWER_BEFORE = import_module("incidents.migrations.0005_casework").CASE_PAGE_NEWER
_MOST = _BEFORE.FEW_MATCHES


def _stopping(definition: str) -> str:
    pairs = (
        ("  matched bigint[];", "  matched bigint[];\n  hits int;"),
        (
            "select array_agg(f.case_id) into matched from (\n      select",
            "select array_agg(distinct f.case_id), count(*) into matched, hits from (\n      (select",
        ),
        ("\n      union\n      select o.case_id", f" limit {_MOST + 1})\n      union all\n      (select o.case_id"),
        (f"\n      limit {_MOST + 1}) f;", f" limit {_MOST + 1})) f;"),
        (f"if cardinality(matched) <= {_MOST} then", f"if hits <= {_MOST} then"),
    )
    for old, new in pairs:
        if definition.count(old) != 1:
            raise ValueError(f"Not once in the function: {old}")
        definition = definition.replace(old, new)
    return _in_place(definition)


def _in_place(definition: str) -> str:
    return definition.replace("create function", "create or replace function")


class Migration(migrations.Migration):
    dependencies = [("incidents", "0152_gaps_planned_once")]

    # Replaced in place: owner and who may call them stay as they are.
    operations = [
        migrations.RunSQL(_stopping(made), _in_place(made)) for made in (_BEFORE.CASE_PAGE, _NEWER_BEFORE)
    ]
