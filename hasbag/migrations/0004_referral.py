"""Referrals to the next meeting of an area, behind the wall of their case."""

from __future__ import annotations

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import kernel.clock
from kernel.rls import through_case, wall


class Migration(migrations.Migration):
    dependencies = [
        ("hasbag", "0003_walls"),
        ("incidents", "0005_casework"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Referral",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("submission_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "area",
                    models.CharField(
                        choices=[("north", "North Northamptonshire"), ("west", "West Northamptonshire")], max_length=8
                    ),
                ),
                ("reason", models.CharField(max_length=300)),
                ("created_at", models.DateTimeField(default=kernel.clock.now)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="referrals", to="incidents.case"
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="referrals",
                        to="hasbag.meeting",
                    ),
                ),
                (
                    "referred_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("meeting", None)), fields=("case", "area"), name="referral_one_waiting"
                    )
                ],
            },
        ),
        wall("hasbag_referral", through_case(), gate=None),
    ]
