"""The published figures, read as the role `hatecase_stats`, which can read nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q

from kernel import clock
from strategy.choices import By
from strategy.models import Figure, Release
from strategy.rules.periods import Period, release_due


@dataclass(frozen=True)
class Figures:
    """Published counts at hand. What has no row is nought, what is hidden is ``None``."""

    counts: dict[tuple[int, str, Period, str, str], int | None]

    def get(self, window: int, by: By, period: Period, key: str = "", key2: str = "") -> int | None:
        """One count as it is published."""
        return self.counts.get((window, by.value, period, key, key2), 0)

    def keys_of(self, by: By) -> tuple[str, ...]:
        """The keys for which anything was published, in order."""
        return tuple(sorted({key[3] for key in self.counts if key[1] == by}))


def release_get() -> Release | None:
    """The figures' making, or ``None`` before the first. One query."""
    return Release.objects.using(settings.STATS_DATABASE).order_by("-made_at").first()


def release_is_due() -> bool:
    """Whether figures are to be made: there are none of today yet. One query."""
    release = Release.objects.order_by("-made_at").first()
    made_on = release.made_at.astimezone(clock.LONDON).date() if release else None
    return release_due(made_on, clock.today())


def figures_of_window(window: int) -> Figures:
    """All that is published of one window, and the open cases, which have no period. One query."""
    return _figures(Q(window=window) | Q(by=By.BAND))


def figures_of_months(first: dt.date, last: dt.date, by: Iterable[By]) -> Figures:
    """What is published of the periods that lie wholly in these months. One query."""
    return _figures(Q(first__gte=first, last__lte=last, by__in=list(by)))


def _figures(wanted: Q) -> Figures:
    rows = (
        Figure.objects.using(settings.STATS_DATABASE)
        .filter(wanted)
        .values_list("window", "by", "first", "last", "key", "key2", "count")
    )
    return Figures({(window, by, (first, last), key, key2): n for window, by, first, last, key, key2, n in rows})
