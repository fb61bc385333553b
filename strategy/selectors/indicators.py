"""Published counts of a period for machines: the same figures as the page's, never worked out anew.

A period is put together from the published ones (24 months, 12 months, single months). Its sum is shown only where
each part is: so asking for other periods tells nothing that is not published already (docs/domain.md §9.5).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from agencies.choices import District
from incidents.choices import Strand
from kernel.actors import Actor
from kernel.errors import RuleError
from strategy.choices import By
from strategy.rules import NOT_AVAILABLE, SUPPRESSED, months_between
from strategy.rules.periods import Period, periods_of, windows_until
from strategy.scoping import require_reader
from strategy.selectors.dashboard import agency_names
from strategy.selectors.published import Figures, figures_of_months, release_get

MONTH = "month"
BY = {"strand": By.STRAND, "district": By.DISTRICT, MONTH: By.ALL, "agency": By.AGENCY}

Value = int | str


@dataclass(frozen=True)
class Indicator:
    """One count: what it is of, and the number, ``[c]`` (hidden) or ``[x]`` (not available)."""

    key: str
    label: str
    value: Value


@dataclass(frozen=True)
class Indicators:
    """The counts of a period. Without figures for any of its months, the period is empty and every value ``[x]``."""

    by: str
    period: Period | None
    as_at: dt.datetime | None
    results: tuple[Indicator, ...]
    total: Value


def indicators(
    *, actor: Actor, by: str, period_from: dt.date | None = None, period_to: dt.date | None = None
) -> Indicators:
    """Incidents of whole months by strand, district, month or lead agency; the latest 24 months unless given.

    Days stand for their months. Months without figures are left out: the answer says which it covers. Two queries,
    three by agency. Raises ``ForbiddenError`` for somebody who may not see figures, ``RuleError`` for months the
    wrong way round.
    """
    require_reader(actor)
    if period_from and period_to and period_from > period_to:
        raise RuleError("The last month must not lie before the first.", "period_to")
    release = release_get()
    if release is None:
        return _nothing(by, None)
    latest = windows_until(release.latest)[0]
    first = max(period_from or latest.first, release.earliest)
    last = min(period_to or latest.last, release.latest)
    if first > last:
        return _nothing(by, release.made_at)
    reader = _Reader(figures_of_months(first, last, {By.ALL, BY[by]}), release.latest)
    if by == MONTH:
        rows = [
            Indicator(f"{month:%Y-%m}", f"{month:%B %Y}", reader.value(By.ALL, "", (month, month)))
            for month in months_between(first, last)
        ]
    else:
        keys = _keys(by, reader.figures)
        rows = [Indicator(key, label, reader.value(BY[by], key, (first, last))) for key, label in keys]
    return Indicators(by, (first, last), release.made_at, tuple(rows), reader.value(By.ALL, "", (first, last)))


def _nothing(by: str, as_at: dt.datetime | None) -> Indicators:
    rows = tuple(Indicator(key, label, NOT_AVAILABLE) for key, label in _keys(by, None))
    return Indicators(by, None, as_at, rows, NOT_AVAILABLE)


def _keys(by: str, figures: Figures | None) -> Iterable[tuple[str, str]]:
    """What is counted by, in a fixed order: hidden counts must not show by their place."""
    if by == "strand":
        return Strand.choices
    if by == "district":
        return District.choices
    if figures is None:
        return ()
    codes = figures.keys_of(BY[by])
    names = agency_names(codes)
    return [(code, names.get(code, code)) for code in codes]


class _Reader:
    """Adds up published counts."""

    def __init__(self, figures: Figures, latest: dt.date) -> None:
        self.figures = figures
        self.window_of = {
            window.dates(span): window.number for window in windows_until(latest) for span in window.spans
        }

    def value(self, by: By, key: str, period: Period) -> Value:
        parts = periods_of(*period, self.window_of.keys())
        if parts is None:
            return NOT_AVAILABLE
        counts = [self.figures.get(self.window_of[part], by, part, key) for part in parts]
        shown = [count for count in counts if count is not None]
        return sum(shown) if len(shown) == len(counts) else SUPPRESSED
