"""The first service standards, to fill their table; from then on the table is edited, with dates and a new version.

Rules: docs/domain.md §3.1. K0 to K4 are by priority from receipt, K9 by review band from the assessment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class StandardRow:
    """How long a clock of one kind runs for one priority or band, between two dates."""

    version: str
    kind: str
    level: str
    amount: int
    unit: str
    effective_from: date
    effective_to: date | None = None


VERSION = "2016-1"
EFFECTIVE_FROM = date(2016, 4, 1)

_PRIORITIES = ("P1", "P2", "P3")
_BANDS = ("high", "medium", "standard")
_WORKING_DAYS: tuple[tuple[str, tuple[str, ...], tuple[int, ...]], ...] = (
    ("K1", _PRIORITIES, (1, 1, 1)),
    ("K2", _PRIORITIES, (1, 1, 1)),
    ("K3", _PRIORITIES, (1, 3, 5)),
    ("K4", _PRIORITIES, (2, 5, 7)),
    ("K9", _BANDS, (10, 20, 40)),
)

STANDARDS: tuple[StandardRow, ...] = (
    StandardRow(VERSION, "K0", "P1", 24, "hours", EFFECTIVE_FROM),
    *(
        StandardRow(VERSION, kind, level, amount, "working_days", EFFECTIVE_FROM)
        for kind, levels, amounts in _WORKING_DAYS
        for level, amount in zip(levels, amounts, strict=True)
    ),
)
"""The county's standards as first published."""
