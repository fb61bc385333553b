"""The repeat flag counts an event once, however many reported it, and no anti-social behaviour (docs/domain.md §9.3)."""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

_EARLIER = import_module("incidents.migrations.0036_repeat_apart")
_LEFT_OUT, _NOW_LEFT_OUT = "'out_of_area')", "'out_of_area', 'asb')"
_CREATE, _REPLACE = "create function", "create or replace function"


def _changed(definition: str, *pairs: tuple[str, str]) -> str:
    for before, after in pairs:
        if before not in definition:
            raise ValueError(f"The function has no {before!r} to change.")
        definition = definition.replace(before, after)
    return definition


# The date is that of the report which came in first: it stands for all of them.
VICTIM_INCIDENTS = _changed(
    _EARLIER.VICTIM_INCIDENTS,
    (_LEFT_OUT, _NOW_LEFT_OUT),
    ("select i.case_id, i.id, i.occurred_from", "select distinct i.case_id, root.id, root.occurred_from"),
    (
        "join incidents_case c on c.id = i.case_id",
        "join incidents_case c on c.id = i.case_id\n  join incidents_incident root on root.id = coalesce(i.same_as_id, i.id)",
    ),
)
REPEAT_DAYS = _changed(
    _EARLIER.REPEAT_DAYS,
    (_CREATE, _REPLACE),
    (_LEFT_OUT, _NOW_LEFT_OUT),
    ("select i.id, i.occurred_from from incidents_party p", "select root.id, root.occurred_from from incidents_party p"),
    (
        "join incidents_case c on c.id = i.case_id",
        "join incidents_case c on c.id = i.case_id\n    join incidents_incident root on root.id = coalesce(i.same_as_id, i.id)",
    ),
)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0041_triage_walls")]

    operations = [
        migrations.RunSQL(VICTIM_INCIDENTS, _EARLIER.VICTIM_INCIDENTS),
        migrations.RunSQL(REPEAT_DAYS, _EARLIER.REPEAT_DAYS.replace(_CREATE, _REPLACE)),
    ]
