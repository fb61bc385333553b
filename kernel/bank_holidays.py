"""Bank holidays of England and Wales, to seed the table that administrators keep.

The dates come from the ``holidays`` package, which computes them and knows past one-off days; nothing is fetched.
Rules: docs/domain.md §3.2.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import holidays

_SUBSTITUTE = " (observed)"


def bank_holidays_named(years: Iterable[int]) -> dict[date, str]:
    """The weekdays of the given years on which offices are closed, with their names, in order.

    A holiday on a Saturday or Sunday appears as its substitute day only.
    """
    known = holidays.country_holidays("GB", subdiv="ENG", years=sorted(set(years)))
    return {
        day: name.replace(_SUBSTITUTE, " (substitute day)") for day, name in sorted(known.items()) if _weekday(day)
    }


def bank_holidays(years: Iterable[int]) -> frozenset[date]:
    """The same days as a set, as working-day arithmetic takes them."""
    return frozenset(bank_holidays_named(years))


def _weekday(day: date) -> bool:
    return day.weekday() < 5
