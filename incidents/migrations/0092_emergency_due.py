"""Until when an emergency opening has to be reviewed: a stored moment, which the door that opens a case writes."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.db import migrations, models

from incidents.rules.emergency import review_due
from kernel.rls import gate_function

EARLIER = import_module("incidents.migrations.0010_emergency").EMERGENCY_OPEN
replaced = import_module("agencies.migrations.0013_notice_choices").replaced
BEFORE = "hatecase_emergency_open(varchar, varchar, timestamptz, int)"
AFTER = "hatecase_emergency_open(varchar, varchar, timestamptz, int, timestamptz)"


def _with_due(definition: str) -> str:
    for old, new in (
        ("moment timestamptz, hours int)", "moment timestamptz, hours int, due timestamptz)"),
        ("outcome, review_note)", "outcome, review_note, review_due_at)"),
        ("hours => hours), '', '')", "hours => hours), '', '', due)"),
    ):
        if definition.count(old) != 1:
            raise ValueError(f"{old!r} is not there once")
        definition = definition.replace(old, new)
    return definition


def due_fill(apps: Any, _schema: Any) -> None:
    """Openings of before are due as those of today would have been."""
    holidays = set(apps.get_model("kernel", "BankHoliday").objects.values_list("date", flat=True))
    for row in apps.get_model("incidents", "EmergencyAccess").objects.all():
        row.review_due_at = review_due(row.opened_at, holidays)
        row.save(update_fields=["review_due_at"])


class Migration(migrations.Migration):
    dependencies = [("incidents", "0091_share_openings"), ("kernel", "0003_audit_reading")]

    operations = [
        migrations.AddField("emergencyaccess", "review_due_at", models.DateTimeField(null=True)),
        migrations.RunPython(due_fill, migrations.RunPython.noop),
        migrations.AlterField("emergencyaccess", "review_due_at", models.DateTimeField()),
        migrations.RemoveIndex("emergencyaccess", "emergency_unreviewed"),
        migrations.AddIndex(
            "emergencyaccess",
            models.Index(fields=["review_due_at"], condition=models.Q(reviewed_at=None), name="emergency_unreviewed"),
        ),
        replaced(gate_function(BEFORE, EARLIER)),
        gate_function(AFTER, _with_due(EARLIER)),
    ]
