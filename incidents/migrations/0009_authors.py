"""Who wrote the summary, and what an agency of one side wrote itself: shown to it, and found by it, as written.

Were names taken out of what the reader's own agency wrote, the gap would tell whether a guessed name is right.
"""

from __future__ import annotations

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

from kernel.rls import wall


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0003_notice_door"),
        ("incidents", "0008_quarantine_side"),
    ]

    operations = [
        migrations.AddField(
            model_name="case",
            name="summary_by_agency",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="agencies.agency",
            ),
        ),
        migrations.CreateModel(
            name="CaseWords",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("words", django.contrib.postgres.search.SearchVectorField(null=True)),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="agencies.agency"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="own_words", to="incidents.case"
                    ),
                ),
            ],
            options={
                "indexes": [django.contrib.postgres.indexes.GinIndex(fields=["words"], name="casewords_words")],
                "constraints": [models.UniqueConstraint(fields=("case", "agency"), name="casewords_case_agency")],
            },
        ),
        # Nobody reads it: only the narrow functions do.
        wall("incidents_casewords", "false", app_commands=()),
    ]
