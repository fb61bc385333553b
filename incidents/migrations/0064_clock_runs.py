"""An index of the clocks that run, by case: a case has many clocks, and most of them are met."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0063_team_faster")]

    operations = [
        migrations.AddIndex(
            model_name="clock",
            index=models.Index(
                condition=models.Q(closed_at=None, met_at=None, paused_at=None),
                fields=["case", "due_at"],
                name="clock_runs",
            ),
        ),
    ]
