"""Disclosure control: counts of 1 to 4 are hidden, and enough other cells that no total gives them back.

A table with its totals is a set of equations that every reader can solve. Hiding the small counts is therefore not
enough: another cell of the row and of the column has to go too, and even then small hidden counts can be forced (two
hidden cells that add up to 2 are both 1). So a hidden cell counts as protected only if the table could just as well
hold another value there: one unit moved round a closed path of hidden cells, alternately added and taken away, leaves
every published number as it is. Cells are added, the smallest first, until every hidden cell lies on such a path.
Rules: docs/domain.md §9.5.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass

SMALLEST_SHOWN = 5

Position = tuple[int, int]
Grid = list[list[int]]


@dataclass(frozen=True)
class Series:
    """Counts of one dimension with their total; ``None`` stands for a hidden count."""

    cells: tuple[int | None, ...]
    total: int | None


@dataclass(frozen=True)
class Table:
    """Counts of two dimensions with their totals; ``None`` stands for a hidden count."""

    cells: tuple[tuple[int | None, ...], ...]
    row_totals: tuple[int | None, ...]
    column_totals: tuple[int | None, ...]
    total: int | None


def suppress_series(counts: Sequence[int], *, hide: Collection[int] = ()) -> Series:
    """Hide what has to be hidden in one row of counts with their total.

    ``hide`` names cells that are hidden for another reason. Raises ``ValueError`` for a negative count.
    """
    _check([counts])
    total = sum(counts)
    # One row of a table of which the column totals are not published.
    grid = [[*counts, total], [*counts, total]]
    unpublished = {(1, column) for column in range(len(counts) + 1)}
    hidden = _protect(grid, unpublished, {(0, column) for column in hide})
    cells = tuple(None if (0, column) in hidden else count for column, count in enumerate(counts))
    return Series(cells, None if (0, len(counts)) in hidden else total)


def suppress_table(rows: Sequence[Sequence[int]], *, distinct_columns: Sequence[int] | None = None) -> Table:
    """Hide what has to be hidden in a table with its row, column and grand totals.

    Where an incident can stand in several rows, as with strands, the sum of a column counts it several times. Then the
    ``distinct_columns`` and their sum are shown in place of the column totals and the grand total; the cells are
    protected as if their sums were public too. Raises ``ValueError`` for rows of different lengths and for a negative
    count.
    """
    _check(rows)
    height, width = len(rows), len(rows[0]) if rows else 0
    grid = [[*row, sum(row)] for row in rows]
    grid.append([sum(row[column] for row in grid) for column in range(width + 1)])
    hidden = _protect(grid, set(), set())
    shown = [[None if (r, c) in hidden else grid[r][c] for c in range(width + 1)] for r in range(height + 1)]
    foot = Series(tuple(shown[height][:width]), shown[height][width])
    if distinct_columns is not None:
        foot = suppress_series(distinct_columns, hide=[c for c in range(width) if foot.cells[c] is None])
    return Table(
        cells=tuple(tuple(row[:width]) for row in shown[:height]),
        row_totals=tuple(row[width] for row in shown[:height]),
        column_totals=foot.cells,
        total=None if shown[height][width] is None else foot.total,
    )


def is_small(count: int) -> bool:
    """Whether a count is hidden for its own sake."""
    return 0 < count < SMALLEST_SHOWN


def _check(rows: Sequence[Sequence[int]]) -> None:
    if len({len(row) for row in rows}) > 1 or any(count < 0 for row in rows for count in row):
        raise ValueError("A table needs rows of one length and no negative count.")


def _protect(grid: Grid, unpublished: set[Position], also: set[Position]) -> set[Position]:
    """The positions to hide in a grid whose last row and last column are totals.

    ``also`` are positions that are hidden for another reason.
    """
    hidden = also | {(r, c) for r, row in enumerate(grid) for c, count in enumerate(row) if is_small(count)}
    hidden -= unpublished
    exposed = deque(sorted(hidden))
    while exposed:
        _pair(grid, hidden, unpublished, exposed)
        position = exposed[0]
        # One more hidden cell only adds freedom, so what is protected once stays protected.
        if _is_protected(grid, hidden | unpublished, position):
            exposed.popleft()
        else:
            _hide_one(grid, hidden, exposed, _wider(grid, hidden | unpublished, position))
    return hidden


def _pair(grid: Grid, hidden: set[Position], unpublished: set[Position], exposed: deque[Position]) -> None:
    """While a row or column has exactly one hidden cell, hide its smallest other one."""
    lines = _lines(grid)
    while True:
        unknown = hidden | unpublished
        lonely = next((line for line in lines if len(line & unknown) == 1 and line & hidden), None)
        if lonely is None:
            return
        _hide_one(grid, hidden, exposed, lonely - unknown)


def _lines(grid: Grid) -> list[set[Position]]:
    """Every row and every column of a grid, as positions."""
    height, width = len(grid), len(grid[0])
    rows = [{(r, c) for c in range(width)} for r in range(height)]
    return rows + [{(r, c) for r in range(height)} for c in range(width)]


def _wider(grid: Grid, unknown: set[Position], position: Position) -> set[Position]:
    """Where the next cell to hide for the sake of an exposed position is looked for: in its row and column, then among
    the totals. With all of these hidden the position is protected, so there always is one.
    """
    cross = {(r, c) for r, row in enumerate(grid) for c in range(len(row)) if r == position[0] or c == position[1]}
    height, width = len(grid), len(grid[0])
    totals = {(height - 1, c) for c in range(width)} | {(r, width - 1) for r in range(height)}
    return cross - unknown or totals - unknown


def _hide_one(grid: Grid, hidden: set[Position], exposed: deque[Position], candidates: set[Position]) -> None:
    """Hide the smallest count that is not nought; else a nought; a total only when nothing else is left."""
    chosen = min(candidates, key=lambda candidate: _reluctance(grid, candidate))
    hidden.add(chosen)
    exposed.append(chosen)


def _reluctance(grid: Grid, position: Position) -> tuple[int, bool, int, Position]:
    row, column = position
    totals = (row == len(grid) - 1) + (column == len(grid[0]) - 1)
    count = grid[row][column]
    return totals, count == 0, count, position


def _is_protected(grid: Grid, unknown: set[Position], position: Position) -> bool:
    """Whether another value would fit at a hidden position, every published number staying as it is.

    Rows and columns are the nodes of a graph. Raising a cell leads from its row to its column, lowering it leads back;
    a closed path through the position is another solution of the table.
    """
    row, column = position
    others = unknown - {position}
    may_rise, may_fall = _freedom(grid, position)
    return (may_rise and _leads(grid, others, ("c", column), ("r", row))) or (
        may_fall and _leads(grid, others, ("r", row), ("c", column))
    )


def _freedom(grid: Grid, position: Position) -> tuple[bool, bool]:
    """Whether a cell's part in its equations may rise, and fall. A reader knows that what is hidden is not nought
    wherever a nought would have been shown, so a count does not fall below 1. Totals stand on the other side of
    their equations, hence the other way round.
    """
    row, column = position
    may_lower = grid[row][column] > 1
    is_line_total = (row == len(grid) - 1) != (column == len(grid[0]) - 1)
    return (may_lower, True) if is_line_total else (True, may_lower)


def _leads(grid: Grid, unknown: set[Position], start: tuple[str, int], goal: tuple[str, int]) -> bool:
    """Whether a path of hidden cells leads from one row or column to another."""
    seen, waiting = {start}, deque([start])
    while waiting:
        node = waiting.popleft()
        if node == goal:
            return True
        for neighbour in _neighbours(grid, unknown, node):
            if neighbour not in seen:
                seen.add(neighbour)
                waiting.append(neighbour)
    return False


def _neighbours(grid: Grid, unknown: set[Position], node: tuple[str, int]) -> list[tuple[str, int]]:
    kind, index = node
    if kind == "r":
        return [("c", c) for c in range(len(grid[0])) if (index, c) in unknown and _freedom(grid, (index, c))[0]]
    return [("r", r) for r in range(len(grid)) if (r, index) in unknown and _freedom(grid, (r, index))[1]]
