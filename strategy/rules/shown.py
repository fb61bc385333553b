"""How the results of the clocks are shown: none small, and no small rest that the others would give away."""

from __future__ import annotations

from collections.abc import Sequence

from strategy.suppression import SMALLEST_SHOWN, Series, suppress_series


def results_shown(counts: Sequence[int]) -> Series:
    """Counts of one whole with what must be hidden hidden, and never so few hidden that together they are small.

    "57 of 60" is a small rest of 3, whatever it is made of (docs/domain.md §9.5).
    """
    shown = suppress_series(counts)
    while shown.total is not None and 0 < _rest(counts, shown) < SMALLEST_SHOWN:
        hidden = [place for place, cell in enumerate(shown.cells) if cell is None]
        left = [place for place, cell in enumerate(shown.cells) if cell]
        smallest = min(left, key=lambda place: (counts[place], place))
        shown = suppress_series(counts, hide=[*hidden, smallest])
    return shown


def _rest(counts: Sequence[int], shown: Series) -> int:
    return sum(count for count, cell in zip(counts, shown.cells, strict=True) if cell is None)
