"""A closing, a triage decision, a handover and a recorded crime can be taken back within a minute."""

from __future__ import annotations

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import kernel.clock
from kernel.rls import USER, through_case, wall

_KINDS = [("closed", "Closing"), ("triaged", "Triage decision"), ("handed", "Handover"), ("crime", "Recorded crime")]
_STEPS = [
    ("accepted", "Accepted"),
    ("started", "In progress"),
    ("given", "Given to a colleague"),
    ("reworded", "What it asks for was changed"),
    ("done", "Done"),
    ("declined", "Declined"),
    ("offered", "Offered again"),
    ("withdrawn", "Withdrawn"),
    ("commented", "Something was said about it"),
    ("reopened", "Open again"),
]


class Migration(migrations.Migration):
    dependencies = [("incidents", "0201_joined_status"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            name="JustDecided",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("kind", models.CharField(choices=_KINDS, max_length=8)),
                ("version", models.PositiveIntegerField()),
                ("kept", models.JSONField(default=dict)),
                ("at", models.DateTimeField(default=kernel.clock.now)),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="just_decided", to="incidents.case"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "just decided",
                "indexes": [models.Index(fields=["case", "-at"], name="justdecided_case_at")],
            },
        ),
        migrations.AlterField("taskstep", "kind", models.CharField(choices=_STEPS, max_length=10)),
        wall(
            "incidents_justdecided",
            f"{through_case()} and by_id = {USER}",
            app_commands=("select", "insert", "update"),
            worker=None,
            gate=None,
        ),
    ]
