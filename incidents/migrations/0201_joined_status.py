"""A merged case says that it was joined with another one; and it is no signpost: there is nothing to ask for in it."""

from __future__ import annotations

from importlib import import_module

from django.db import migrations, models

_LESS = import_module("incidents.migrations.0154_told_less")
_BEFORE = import_module("incidents.migrations.0070_case_find").CASE_SIGNPOSTS
CASE_SIGNPOSTS = _LESS._replaced(_BEFORE, "where a.level = 1 and", "where a.level = 1 and a.status <> 'merged' and")

_STATUS = [
    ("new", "New"),
    ("triage", "In triage"),
    ("open", "Open"),
    ("on_hold", "On hold at the victim’s request"),
    ("monitoring", "Monitoring"),
    ("closed", "Closed"),
    ("reopened", "Reopened"),
    ("merged", "Joined with another case"),
]


class Migration(migrations.Migration):
    dependencies = [("incidents", "0200_conflict_joined")]

    operations = [
        migrations.AlterField("case", "status", models.CharField(choices=_STATUS, default="new", max_length=10)),
        migrations.AlterField("caseaccess", "status", models.CharField(choices=_STATUS, max_length=10)),
        migrations.RunSQL(_LESS._in_place(CASE_SIGNPOSTS), _LESS._in_place(_BEFORE)),
    ]
