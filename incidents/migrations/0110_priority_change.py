"""The history of a case's priority, with its reasons, for every reader of the case (docs/domain.md §2.6)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import kernel.clock
from kernel.rls import through_case, wall


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0067_case_carry"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PriorityChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("before", models.CharField(choices=[("P1", "Urgent (P1)"), ("P2", "Priority (P2)"), ("P3", "Routine (P3)")], max_length=2)),
                ("after", models.CharField(choices=[("P1", "Urgent (P1)"), ("P2", "Priority (P2)"), ("P3", "Routine (P3)")], max_length=2)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("at", models.DateTimeField(default=kernel.clock.now)),
                ("by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("case", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="priority_changes", to="incidents.case")),
            ],
            options={"ordering": ["-at", "-id"]},
        ),
        wall("incidents_prioritychange", through_case(), app_commands=("select", "insert")),
    ]
