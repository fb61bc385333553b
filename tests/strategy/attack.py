"""An attacker: everything published as one system of equations, solved exactly.

Knows nothing of how the hidden counts were chosen. Besides the sums that hold by themselves the attacker is given what
disclosure control assumes to be known: how many strands there are altogether in any period.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from fractions import Fraction

Key = Hashable
Equation = Mapping[Key, int]
"""Counts with their factors; they add up to nought."""


def solved(equations: Iterable[Equation], shown: Mapping[Key, int | None]) -> dict[Key, Fraction]:
    """Every hidden count that follows from the published ones, by Gauss and Jordan over the rational numbers.

    What is not among the published ones is unknown too. The constant stands at the key ``None``.
    """
    pivots: dict[Key, dict[Key, Fraction]] = {}
    for equation in equations:
        row = _reduced(_row(equation, shown), pivots)
        pivot = next((key for key in row if key is not None), None)
        if pivot is None:
            assert not row, f"the published figures contradict each other: {equation}"
            continue
        factor = row[pivot]
        row = {key: value / factor for key, value in row.items()}
        for other, known in list(pivots.items()):
            if pivot in known:
                pivots[other] = _plus(known, row, -known[pivot])
        pivots[pivot] = row
    return {
        pivot: -row.get(None, Fraction(0)) for pivot, row in pivots.items() if all(key in (pivot, None) for key in row)
    }


def _row(equation: Equation, shown: Mapping[Key, int | None]) -> dict[Key, Fraction]:
    row: dict[Key, Fraction] = defaultdict(Fraction)
    for key, factor in equation.items():
        value = shown.get(key)
        row[key if value is None else None] += Fraction(factor if value is None else factor * value)
    return {key: value for key, value in row.items() if value}


def _reduced(row: dict[Key, Fraction], pivots: Mapping[Key, dict[Key, Fraction]]) -> dict[Key, Fraction]:
    for key in list(row):
        if key in pivots and key in row:
            row = _plus(row, pivots[key], -row[key])
    return row


def _plus(row: Mapping[Key, Fraction], other: Mapping[Key, Fraction], factor: Fraction) -> dict[Key, Fraction]:
    total = dict(row)
    for key, value in other.items():
        total[key] = total.get(key, Fraction(0)) + factor * value
    return {key: value for key, value in total.items() if value}


def sums(total: Key, parts: Iterable[Key]) -> dict[Key, int]:
    """The equation "the parts add up to the total"."""
    return {total: -1} | dict.fromkeys(parts, 1)
