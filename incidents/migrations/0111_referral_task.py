"""Which task a support referral was sent by, so that its outcome is the task's (docs/domain.md §3.1, K5)."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0110_priority_change")]

    operations = [
        migrations.AddField(
            model_name="supportreferral",
            name="task",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="support_referrals",
                to="incidents.task",
            ),
        ),
        migrations.AddConstraint(
            model_name="supportreferral",
            constraint=models.UniqueConstraint(
                condition=models.Q(("task__isnull", False)),
                fields=("task", "to_agency"),
                name="supportreferral_once_per_task",
            ),
        ),
    ]
