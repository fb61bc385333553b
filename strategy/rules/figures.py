"""Figures: how counts and shares are shown, and which months a period has. Rules: docs/domain.md §9.2, §9.5.

Hiding of small counts in whole tables stands in ``strategy/suppression/``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from strategy.suppression.table import suppress_series

SUPPRESSED = "[c]"
NOT_AVAILABLE = "[x]"
NOT_APPLICABLE = "[z]"

SMALLEST_BASE = 20
"""Below this denominator no percentage is shown."""


@dataclass(frozen=True)
class Share:
    """A part of a whole, as far as it may be shown; the percentage never stands without both counts."""

    part: int | None
    whole: int | None
    percent: int | None

    @property
    def text(self) -> str:
        """For example ``45 of 60 (75 %)``."""
        counts = f"{count_text(self.part)} of {count_text(self.whole)}"
        return counts if self.percent is None else f"{counts} ({self.percent} %)"


def count_text(count: int | None) -> str:
    """A count as it is shown: with commas in thousands, and ``[c]`` where it is hidden."""
    return SUPPRESSED if count is None else f"{count:,}"


def share(part: int, whole: int) -> Share:
    """A part of a whole: small counts hidden, also the small remainder that the other two would give back, and the
    percentage only from a whole of 20 on. Raises ``ValueError`` for a part that is larger than the whole.
    """
    shown = suppress_series([part, whole - part])
    return Share(shown.cells[0], shown.total, percent_of(shown.cells[0], shown.total))


def percent_of(part: int | None, whole: int | None) -> int | None:
    """The percentage of two published counts; none where one is hidden or the whole is below 20."""
    if part is None or whole is None or whole < SMALLEST_BASE:
        return None
    return round(100 * part / whole)


def month_start(day: date) -> date:
    """The first day of a day's month."""
    return day.replace(day=1)


def months_between(first: date, last: date) -> tuple[date, ...]:
    """The first days of every month from one day's month to another's, both included; none when they are reversed."""
    start, end = _month_number(first), _month_number(last)
    return tuple(_month_of(number) for number in range(start, end + 1))


def months_until(last: date, count: int = 24) -> tuple[date, ...]:
    """The first days of so many months, of which a day's month is the last."""
    end = _month_number(last)
    return tuple(_month_of(number) for number in range(end - count + 1, end + 1))


def month_parse(text: str) -> date:
    """The first day of a month written as ``2026-11`` or as any date in it.

    Raises ``ValueError`` with a clear sentence.
    """
    written = text.strip()
    try:
        return month_start(date.fromisoformat(f"{written}-01" if len(written) == 7 else written))
    except ValueError:
        raise ValueError(f"“{written[:20]}” is not a month. Use a month such as 2026-11.") from None


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _month_of(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)
