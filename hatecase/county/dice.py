"""Chance that can be repeated: seeded generators, weighted tables, and references that never collide."""

from __future__ import annotations

import random
import uuid
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any, Generic, TypeVar

from kernel.references import SYMBOL_COUNT, SYMBOLS, reference_make

T = TypeVar("T")


class Table(Generic[T]):
    """Values with weights, to draw from in one step."""

    __slots__ = ("_sums", "values")

    def __init__(self, weights: Iterable[tuple[T, float]]) -> None:
        rows = [(value, weight) for value, weight in weights if weight > 0]
        self.values = tuple(value for value, _ in rows)
        self._sums = tuple(accumulate(weight for _, weight in rows))

    def __bool__(self) -> bool:
        return bool(self.values)

    def at(self, share: float) -> T:
        """The value at a share of the whole, from 0 up to 1."""
        return self.values[bisect(self._sums, share * self._sums[-1])]


class Dice(random.Random):
    """A generator of its own for one purpose: what is drawn for one case never shifts another."""

    def chance(self, share: float) -> bool:
        """Yes in that share of all calls."""
        return self.random() < share

    def pick(self, values: Sequence[T]) -> T:
        """One of some values, each as likely as the others."""
        return values[int(self.random() * len(values))]

    def draw(self, table: Table[T]) -> T:
        """One of a table's values, by their weights."""
        return table.at(self.random())

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self.random() * (high - low + 1))

    def uid(self) -> uuid.UUID:
        """A random key in the form that the tables keep."""
        return uuid.UUID(int=self.getrandbits(128), version=4)


def dice_for(*parts: Any) -> Dice:
    """The generator of a purpose, named by its parts: the same parts give the same numbers."""
    return Dice("|".join(str(part) for part in parts))


_SPACE = len(SYMBOLS) ** SYMBOL_COUNT
_BITS = _SPACE.bit_length() - 1
_STEPS = (0x2545F491, 0x1B873593)


class References:
    """References that look random and are all different, without remembering any.

    Each number of a counter is sent to another one by steps that can be undone, so that no two meet.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._counts: Counter[str] = Counter()
        self._starts: dict[str, int] = {}

    def next(self, prefix: str, year: int) -> str:
        """The next reference of a kind."""
        if prefix not in self._starts:
            self._starts[prefix] = dice_for("references", self._seed, prefix).randrange(_SPACE)
        number = (self._counts[prefix] + self._starts[prefix]) % _SPACE
        self._counts[prefix] += 1
        for step in _STEPS:
            number = (number * step) % _SPACE
            number ^= number >> (_BITS // 2)
        digits = iter(number >> shift & (len(SYMBOLS) - 1) for shift in range(0, _BITS, 5))
        return reference_make(prefix, year, lambda symbols: symbols[next(digits)])
