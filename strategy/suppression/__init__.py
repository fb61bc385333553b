"""Disclosure control: which counts may be shown so that no small one can be found (docs/domain.md §9.5).

One table by itself is in ``table``, tables that overlap are in ``linked``.
"""

from __future__ import annotations

from strategy.suppression.linked import Move, Plan, Protected, protect
from strategy.suppression.table import SMALLEST_SHOWN, Series, Table, is_small, suppress_series, suppress_table

__all__ = [
    "SMALLEST_SHOWN",
    "Move",
    "Plan",
    "Protected",
    "Series",
    "Table",
    "is_small",
    "protect",
    "suppress_series",
    "suppress_table",
]
