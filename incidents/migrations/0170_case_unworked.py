"""An index of the cases past triage that nobody works: few, among many that somebody does."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0166_letters_struck_walls")]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(status__in=("open", "on_hold", "monitoring", "reopened"), lead_worker=None),
                fields=["lead_agency", "priority", "received_at", "id"],
                name="case_unworked",
            ),
        ),
    ]
