"""A sign-in in which a RESTRICTED case was opened ends sooner when it is not used (docs/domain.md §8.6)."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0008_caldicott_guardian"),
    ]

    operations = [
        migrations.AddField(
            model_name="signin",
            name="short_idle",
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name="signin",
            name="ended_because",
            field=models.CharField(
                blank=True,
                choices=[
                    ("signed_out", "Signed out"),
                    ("idle", "Not used for too long"),
                    ("idle_short", "Not used for too long, with a restricted case open"),
                    ("absolute", "Lasted too long"),
                    ("replaced", "Signed in somewhere else"),
                    ("closed", "Closed by an administrator"),
                ],
                max_length=12,
            ),
        ),
    ]
