"""Figures are kept as they are published: small counts are no longer stored at all."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("strategy", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Figure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("window", models.PositiveSmallIntegerField()),
                (
                    "by",
                    models.CharField(
                        choices=[
                            ("all", "All incidents"),
                            ("strand", "Strand"),
                            ("district", "District"),
                            ("agency", "Lead agency"),
                            ("district_strand", "District and strand"),
                            ("crime", "Suspected or recorded crime"),
                            ("band", "Risk band of open cases"),
                            ("clock", "Clock and how it ended"),
                            ("victim", "Victims and whether they were targeted again"),
                        ],
                        max_length=16,
                    ),
                ),
                ("first", models.DateField()),
                ("last", models.DateField()),
                ("key", models.CharField(blank=True, max_length=16)),
                ("key2", models.CharField(blank=True, max_length=16)),
                ("count", models.PositiveIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Release",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("made_at", models.DateTimeField()),
                ("earliest", models.DateField(verbose_name="first month that there are figures for")),
                ("latest", models.DateField(verbose_name="last month that there are figures for")),
            ],
        ),
        migrations.DeleteModel(
            name="BandCount",
        ),
        migrations.DeleteModel(
            name="ClockCount",
        ),
        migrations.DeleteModel(
            name="FactsRun",
        ),
        migrations.DeleteModel(
            name="MonthlyCount",
        ),
        migrations.DeleteModel(
            name="VictimCount",
        ),
        migrations.AddConstraint(
            model_name="figure",
            constraint=models.UniqueConstraint(
                fields=("window", "by", "first", "last", "key", "key2"), name="figure_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="figure",
            constraint=models.CheckConstraint(
                condition=models.Q(("count", None), ("count__gte", 5), _connector="OR"), name="figure_never_small"
            ),
        ),
    ]
