"""The periods that figures are published for: fixed ones, in whole months, so that no two differ by a few days.

A window has 24 whole months; there are two, one after the other. Within a window its halves (12 months) and its months
are published. Each period lies wholly inside the next longer one: the more periods overlap, the more has to be hidden.
Rules: docs/domain.md §9.5.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from strategy.rules.figures import month_start, months_until

MONTHS = 24
WINDOWS = 2

Period = tuple[date, date]
"""The first days of a period's first and last month."""

Span = tuple[int, int]
"""The first and last month of a period within its window, counted from 0."""

WHOLE: Span = (0, MONTHS - 1)
HALVES: tuple[Span, Span] = ((0, MONTHS // 2 - 1), (MONTHS // 2, MONTHS - 1))


@dataclass(frozen=True)
class Window:
    """Twenty-four whole months. Number 0 is the latest, 1 the one before."""

    number: int
    months: tuple[date, ...]

    @property
    def first(self) -> date:
        """The first day of its first month."""
        return self.months[0]

    @property
    def last(self) -> date:
        """The first day of its last month."""
        return self.months[-1]

    @property
    def end(self) -> date:
        """The first day after it."""
        return _next_month(self.last)

    @property
    def spans(self) -> tuple[Span, ...]:
        """Every published period, the longest first."""
        return WHOLE, *HALVES, *((place, place) for place in range(MONTHS))

    def dates(self, span: Span) -> Period:
        """The first days of a period's first and last month."""
        return self.months[span[0]], self.months[span[1]]


def windows_on(today: date) -> tuple[Window, ...]:
    """The windows that are published on a day: up to the month before, because a month begun is not whole."""
    return windows_until(months_back(month_start(today), 1))


def windows_until(last: date) -> tuple[Window, ...]:
    """The windows of which a month is the last, the latest first."""
    ends = (months_back(last, MONTHS * number) for number in range(WINDOWS))
    return tuple(Window(number, months_until(end, MONTHS)) for number, end in enumerate(ends))


def periods_of(first: date, last: date, published: Collection[Period]) -> tuple[Period, ...] | None:
    """A period put together from published ones, the longest first from its beginning; ``None`` if it cannot be."""
    parts: list[Period] = []
    at = first
    while at <= last:
        fitting = [period for period in published if period[0] == at and period[1] <= last]
        if not fitting:
            return None
        parts.append(max(fitting))
        at = _next_month(parts[-1][1])
    return tuple(parts)


def release_due(made_on: date | None, today: date) -> bool:
    """Whether new figures are to be made: once a day, so that nobody can watch single reports arrive (§9.5)."""
    return made_on is None or made_on < today


def months_back(month: date, number: int) -> date:
    """The first day of the month so many months before."""
    return months_until(month, number + 1)[0]


def _next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
