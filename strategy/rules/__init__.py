"""Pure decisions about figures: how they are shown, which periods there are, which counts are published."""

from __future__ import annotations

from strategy.rules.figures import (
    NOT_APPLICABLE,
    NOT_AVAILABLE,
    SMALLEST_BASE,
    SUPPRESSED,
    Share,
    count_text,
    month_parse,
    month_start,
    months_between,
    months_until,
    percent_of,
    share,
)

__all__ = [
    "NOT_APPLICABLE",
    "NOT_AVAILABLE",
    "SMALLEST_BASE",
    "SUPPRESSED",
    "Share",
    "count_text",
    "month_parse",
    "month_start",
    "months_between",
    "months_until",
    "percent_of",
    "share",
]
