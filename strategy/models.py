"""De-identified figures, rebuilt from the cases by the worker. No row can be led back to a person.

These are the only tables that the role `hatecase_stats` may read: dashboards run as that role.
"""

from __future__ import annotations

from django.db import models


class FactsRun(models.Model):
    """One rebuild of the figures: the page says as at when they stand."""

    made_at = models.DateTimeField()
    incidents = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d %H:%M}"


class MonthlyCount(models.Model):
    """Incidents by month, district and lead agency; `strand` is '' for the count of distinct incidents,
    else the count of those with that strand (their sum exceeds the total: docs/domain.md §9.2 I3)."""

    month = models.DateField()
    district = models.CharField(max_length=9)
    agency_code = models.CharField(max_length=12)
    strand = models.CharField(max_length=3, blank=True)
    incidents = models.PositiveIntegerField()
    crimes = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["month", "strand", "district", "agency_code"], name="monthlycount_cell"
            )
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.strand or 'all'}"


class BandCount(models.Model):
    """Open cases by district and latest band ('' where not yet assessed)."""

    district = models.CharField(max_length=9)
    band = models.CharField(max_length=8, blank=True)
    cases = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "band"], name="bandcount_cell")]

    def __str__(self) -> str:
        return f"{self.district} {self.band}"


class ClockCount(models.Model):
    """Clocks by the month of receipt, kind and how they ended."""

    month = models.DateField()
    kind = models.CharField(max_length=4)
    result = models.CharField(max_length=14)
    clocks = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["month", "kind", "result"], name="clockcount_cell")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.kind} {self.result}"


class VictimCount(models.Model):
    """Distinct victims of the month's incidents by district, and how many of them were repeat victims (§9.3)."""

    month = models.DateField()
    district = models.CharField(max_length=9)
    victims = models.PositiveIntegerField()
    repeat_victims = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["month", "district"], name="victimcount_cell")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.district}"
