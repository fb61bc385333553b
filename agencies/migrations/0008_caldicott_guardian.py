"""Who answers in a health agency for what is shared about patients (docs/domain.md §8.4)."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0006_agreements"),
    ]

    operations = [
        migrations.AddField(
            model_name="agency",
            name="caldicott_guardian",
            field=models.CharField(
                blank=True,
                help_text="Of a health agency: who answers there for what is shared about patients.",
                max_length=120,
            ),
        ),
    ]
