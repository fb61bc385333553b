"""Disclosure control, tried by attackers who know nothing of how the cells were chosen (docs/domain.md §9.5).

One solves the published equations exactly, one narrows intervals, one tries every solution of small tables.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategy.suppression import Series, Table, is_small, suppress_series, suppress_table

# --- the attackers ----------------------------------------------------------------------------------------------


def equations(table):
    """What a reader knows: for each row and column its cells, with the total as one more, sum to nought.

    Every position of the table with totals is a key; the coefficient of a total is -1.
    """
    height, width = len(table.cells), len(table.column_totals)
    lines = [[((r, c), 1) for c in range(width)] + [((r, width), -1)] for r in range(height)]
    lines += [[((r, c), 1) for r in range(height)] + [((height, c), -1)] for c in range(width)]
    lines.append([((height, c), 1) for c in range(width)] + [((height, width), -1)])
    lines.append([((r, width), 1) for r in range(height)] + [((height, width), -1)])
    return lines


def published(table):
    """Every position with what is shown there."""
    height, width = len(table.cells), len(table.column_totals)
    shown = {(r, c): table.cells[r][c] for r in range(height) for c in range(width)}
    shown |= {(r, width): table.row_totals[r] for r in range(height)}
    shown |= {(height, c): table.column_totals[c] for c in range(width)}
    return shown | {(height, width): table.total}


def unknowns_only(lines, shown):
    """The equations with every published number moved to the right-hand side."""
    reduced = []
    for line in lines:
        left = {key: factor for key, factor in line if shown[key] is None}
        right = -sum(factor * shown[key] for key, factor in line if shown[key] is not None)
        if left:
            reduced.append((left, right))
    return reduced


def solved_by_elimination(lines, shown):
    """The hidden positions that the equations alone determine (Gauss-Jordan with fractions)."""
    hidden = sorted(key for key, value in shown.items() if value is None)
    matrix = [[Fraction(left.get(key, 0)) for key in hidden] for left, _ in unknowns_only(lines, shown)]
    pivot_row = 0
    for column in range(len(hidden)):
        pivot = next((r for r in range(pivot_row, len(matrix)) if matrix[r][column]), None)
        if pivot is None:
            continue
        matrix[pivot_row], matrix[pivot] = matrix[pivot], matrix[pivot_row]
        matrix[pivot_row] = [value / matrix[pivot_row][column] for value in matrix[pivot_row]]
        for r, row in enumerate(matrix):
            if r != pivot_row and row[column]:
                factor = row[column]
                matrix[r] = [a - factor * b for a, b in zip(row, matrix[pivot_row], strict=True)]
        pivot_row += 1
    return {hidden[row.index(1)] for row in matrix if sum(map(bool, row)) == 1}


def solved_by_intervals(lines, shown, least):
    """The hidden positions whose bounds meet, when every equation narrows the bounds of its members in turn."""
    low = {key: least(key) for key, value in shown.items() if value is None}
    high = dict.fromkeys(low, 10_000)
    reduced = unknowns_only(lines, shown)
    changed = True
    while changed:
        changed = False
        for left, right in reduced:
            for key, factor in left.items():
                others = [(k, f) for k, f in left.items() if k != key]
                most = right - sum(f * (low[k] if f > 0 else high[k]) for k, f in others)
                fewest = right - sum(f * (high[k] if f > 0 else low[k]) for k, f in others)
                bottom, top = sorted((factor * fewest, factor * most))
                narrowed = (max(low[key], bottom), min(high[key], top))
                changed |= narrowed != (low[key], high[key])
                low[key], high[key] = narrowed
    return {key for key in low if low[key] == high[key]}


def truth_of(rows):
    """Every position of a table with its totals, as it really is."""
    width = len(rows[0])
    full = [[*row, sum(row)] for row in rows]
    full.append([sum(row[c] for row in full) for c in range(width + 1)])
    return {(r, c): value for r, row in enumerate(full) for c, value in enumerate(row)}


def assert_safe(rows, table):
    truth, shown, lines = truth_of(rows), published(table), equations(table)
    assert all(value is None or value == truth[key] for key, value in shown.items())
    assert not any(value is not None and is_small(value) for value in shown.values())
    assert solved_by_elimination(lines, shown) == set()
    assert solved_by_intervals(lines, shown, lambda key: 0) == set()
    # A reader who knows for certain which of the hidden cells are not nought.
    assert solved_by_intervals(lines, shown, lambda key: min(truth[key], 1)) == set()


# --- series -----------------------------------------------------------------------------------------------------


def test_nothing_small_hides_nothing():
    assert suppress_series([5, 0, 90]) == Series((5, 0, 90), 95)


def test_one_small_count_takes_the_smallest_other_with_it():
    assert suppress_series([3, 40, 6, 0]) == Series((None, 40, None, 0), 49)


def test_two_small_counts_protect_each_other():
    assert suppress_series([3, 4, 50]) == Series((None, None, 50), 57)


def test_two_ones_would_be_forced_by_their_sum():
    assert suppress_series([1, 1, 50, 60]) == Series((None, None, None, 60), 112)


def test_a_small_count_among_noughts_hides_the_total_only():
    assert suppress_series([0, 0, 3]) == Series((0, 0, None), None)


def test_ones_that_only_their_total_would_force_lose_the_total():
    found = suppress_series([1, 1, 1, 1, 1])
    assert found == Series((None,) * 5, None)


def test_a_cell_hidden_for_another_reason_is_protected_too():
    assert suppress_series([10, 20, 30], hide=[1]) == Series((None, None, 30), 60)


def test_no_counts_and_one_count():
    assert suppress_series([]) == Series((), 0)
    assert suppress_series([7]) == Series((7,), 7)
    assert suppress_series([3]) == Series((None,), None)


@given(st.lists(st.integers(min_value=0, max_value=9), min_size=2, max_size=7))
def test_no_series_gives_a_hidden_count_back(counts):
    found = suppress_series(counts)
    shown = {(0, c): value for c, value in enumerate(found.cells)} | {(0, len(counts)): found.total}
    lines = [[((0, c), 1) for c in range(len(counts))] + [((0, len(counts)), -1)]]
    truth = {(0, c): value for c, value in enumerate([*counts, sum(counts)])}
    assert not any(value is not None and is_small(value) for value in shown.values())
    assert all(value is None or value == truth[key] for key, value in shown.items())
    assert solved_by_elimination(lines, shown) == set()
    assert solved_by_intervals(lines, shown, lambda key: min(truth[key], 1)) == set()


# --- tables -----------------------------------------------------------------------------------------------------


def test_one_small_cell_takes_a_rectangle():
    found = suppress_table([[3, 20, 30], [40, 50, 60], [70, 80, 90]])
    assert found.cells == ((None, None, 30), (None, None, 60), (70, 80, 90))
    assert found.row_totals == (53, 150, 240)
    assert found.column_totals == (113, 150, 180)
    assert found.total == 443


def test_a_table_without_small_counts_is_shown_whole():
    assert suppress_table([[5, 6], [0, 8]]) == Table(((5, 6), (0, 8)), (11, 8), (5, 14), 19)


def test_two_hidden_in_every_line_can_still_be_solved_and_are_not_left_so():
    # Two rectangles joined by one cell: every line has two or three hidden cells, and that cell follows from them all.
    rows = [
        [1, 2, 90, 90, 90],
        [2, 1, 3, 90, 90],
        [90, 90, 90, 90, 90],
        [90, 90, 2, 3, 90],
        [90, 90, 3, 2, 90],
    ]
    joint = (1, 2)
    naive = suppress_rule_of_two(rows)
    assert naive.cells[joint[0]][joint[1]] is None
    assert joint in solved_by_elimination(equations(naive), published(naive))
    assert_safe(rows, suppress_table(rows))


def suppress_rule_of_two(rows):
    """Only the small counts hidden: in that table every line with one hidden cell has another one already."""
    hidden = [[None if is_small(value) else value for value in row] for row in rows]
    return Table(
        tuple(map(tuple, hidden)),
        tuple(map(sum, rows)),
        tuple(map(sum, zip(*rows, strict=True))),
        sum(map(sum, rows)),
    )


def test_the_attackers_find_what_is_badly_hidden():
    rows = [[3, 20], [40, 50]]
    alone = Table(((None, 20), (40, 50)), (23, 90), (43, 70), 113)
    assert solved_by_elimination(equations(alone), published(alone)) == {(0, 0)}
    assert solved_by_intervals(equations(alone), published(alone), lambda key: 0) == {(0, 0)}
    with pytest.raises(AssertionError):
        assert_safe(rows, alone)


def test_distinct_column_totals_hide_where_the_sums_hide():
    found = suppress_table([[9, 1], [8, 2]], distinct_columns=[15, 2])
    assert (found.column_totals, found.total) == ((None, None), 17)


def test_distinct_column_totals_are_shown_in_place_of_sums():
    found = suppress_table([[9, 30], [8, 40]], distinct_columns=[15, 66])
    assert (found.column_totals, found.total, found.row_totals) == ((15, 66), 81, (39, 48))


def test_an_empty_table():
    assert suppress_table([]) == Table((), (), (), 0)
    assert suppress_table([[], []]) == Table(((), ()), (0, 0), (), 0)


@pytest.mark.parametrize("rows", [[[1, 2], [3]], [[-1, 5], [5, 5]]])
def test_what_is_no_table_of_counts_is_refused(rows):
    with pytest.raises(ValueError, match="rows of one length"):
        suppress_table(rows)


counts = st.one_of(st.integers(0, 5), st.integers(0, 5), st.integers(5, 60))
tables = st.tuples(st.integers(1, 5), st.integers(1, 5)).flatmap(
    lambda size: st.lists(st.lists(counts, min_size=size[1], max_size=size[1]), min_size=size[0], max_size=size[0])
)


@given(tables)
@settings(max_examples=150, deadline=None)
def test_no_table_gives_a_hidden_count_back(rows):
    assert_safe(rows, suppress_table(rows))


def test_every_small_table_has_another_solution_for_every_hidden_cell():
    for values in product((0, 1, 2, 5), repeat=4):
        rows = [values[:2], values[2:]]
        table = suppress_table(rows)
        shown = published(table)
        if None not in shown.values():
            continue
        possible = {key: set() for key, value in shown.items() if value is None}
        for guess in solutions(shown, truth_of(rows)):
            for key in possible:
                possible[key].add(guess[key])
        assert all(len(values) > 1 for values in possible.values()), rows


def solutions(shown, truth):
    """Every table of two by two that has the published numbers, up to one more than the truth in any cell."""
    cells = [(0, 0), (0, 1), (1, 0), (1, 1)]
    ranges = [[shown[key]] if shown[key] is not None else range(min(truth[key], 1), truth[key] + 3) for key in cells]
    for a, b, c, d in product(*ranges):
        guess = truth_of([[a, b], [c, d]])
        if all(value is None or guess[key] == value for key, value in shown.items()):
            yield guess
