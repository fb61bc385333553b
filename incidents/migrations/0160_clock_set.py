"""When a deadline was set, by which the ladder looks back; and when the lead agency first looked at a report."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0155_kept_out_elsewhere")]

    operations = [
        migrations.AddField(
            model_name="clock",
            name="set_at",
            field=models.DateTimeField(null=True, verbose_name="when this due time was set"),
        ),
        migrations.AddIndex(
            model_name="clock",
            index=models.Index(condition=models.Q(("closed_at", None)), fields=["set_at"], name="clock_open_set"),
        ),
        migrations.AddField(
            model_name="incident",
            name="looked_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
