"""An index of the triage decisions that run: few, among many clocks of many cases."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0136_wish_followed")]

    operations = [
        migrations.AddIndex(
            model_name="clock",
            index=models.Index(
                condition=models.Q(kind="K2", closed_at=None, met_at=None, paused_at=None),
                fields=["lead_agency", "case"],
                name="clock_to_sort",
            ),
        ),
    ]
