"""The published figures, made from the cases by the worker. What is hidden is not stored: no row tells a small count.

These are the only tables that the role `hatecase_stats` may read: dashboards run as that role.
"""

from __future__ import annotations

from django.db import models

from strategy.choices import By


class Release(models.Model):
    """One making of the figures. The latest replaces all before it."""

    made_at = models.DateTimeField()
    earliest = models.DateField("first month that there are figures for")
    latest = models.DateField("last month that there are figures for")

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d %H:%M}"


class Figure(models.Model):
    """One published count; `count` is null where it is hidden (docs/domain.md §9.5). A nought has no row.

    `window` is 0 for the latest 24 months, 1 for the 24 before; `first` and `last` are the first days of the
    period's first and last month. What `key` and `key2` are follows from `by`.
    """

    window = models.PositiveSmallIntegerField()
    by = models.CharField(max_length=16, choices=By)
    first = models.DateField()
    last = models.DateField()
    key = models.CharField(max_length=16, blank=True)
    key2 = models.CharField(max_length=16, blank=True)
    count = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["window", "by", "first", "last", "key", "key2"], name="figure_one"),
            models.CheckConstraint(condition=models.Q(count=None) | models.Q(count__gte=5), name="figure_never_small"),
        ]

    def __str__(self) -> str:
        return f"{self.by} {self.first:%Y-%m} {self.key} {self.key2}".strip()
