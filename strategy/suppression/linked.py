"""Disclosure control over tables that overlap: the same incidents by month, strand, district and agency at once.

Tables that are each safe alone can give a count away together. So a small count is hidden here only with a
**witness**: another set of incidents that gives every published number exactly as it is, and a different number there.
Whoever holds all the tables cannot tell the two sets apart, so no calculation whatever finds the count. A witness is a
small change of the true incidents: two of them exchange their month (or district), one takes another's strands, or
there is one more. Where a change would show in a published number, that number is hidden too; the change that hides
least is taken. A series in which most counts are small says nothing but what it gives away: it is withheld whole, its
noughts included. Rules: docs/domain.md §9.5; the reasoning: docs/decisions/0010-suppression.md.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, islice
from typing import Any

from strategy.suppression.table import is_small

Record = tuple[Any, ...]
"""The attributes of one incident that the tables count by."""

Cell = Hashable
"""One count of one table."""

Test = tuple[int, Callable[[Any], bool]]
"""An attribute's position, and whether a value of it makes a record stand in a count."""

TRIES = 300
"""How many changes of one kind are weighed for a small count. More would hide a little less, never protect better."""

NOUGHT_WEIGHT = 5
"""How dear it is to hide a nought: as a count of so many. A reader expects to see a nought."""


@dataclass(frozen=True)
class Plan:
    """What is published: the counts that a record stands in, and what makes it stand there.

    ``tests`` answers, for a count, the positions of the attributes that decide about it (one or two), each with its
    test. ``rank`` says in which order small counts get their witness: those of the widest periods first. ``weight``
    says how much it matters to a reader that a count is shown, beside its size. ``series`` names the row of counts
    that it is read in, one strand month by month for instance, and is ``None`` for a count that stands alone.
    ``known`` marks counts that are not published, but that a reader is taken to know.
    """

    cells: Callable[[Record], frozenset[Cell]]
    tests: Callable[[Cell], tuple[Test, ...]]
    rank: Callable[[Cell], Any]
    weight: Callable[[Cell], int]
    series: Callable[[Cell], Hashable | None]
    known: Callable[[Cell], bool] = lambda cell: False


@dataclass(frozen=True)
class Move:
    """A change of the true records: some are taken away, others stand in their place."""

    removed: tuple[Record, ...]
    added: tuple[Record, ...]


@dataclass(frozen=True)
class Protected:
    """What may be shown. ``witnesses`` holds, for each small count, the change that nobody can tell from the truth."""

    plan: Plan
    counts: Mapping[Cell, int]
    hidden: frozenset[Cell]
    withheld: frozenset[Hashable]
    witnesses: Mapping[Cell, Move]

    def is_hidden(self, cell: Cell) -> bool:
        """Whether a count is hidden, by itself or with its whole series."""
        return cell in self.hidden or self.plan.series(cell) in self.withheld

    def shown(self, cell: Cell) -> int | None:
        """The count as it is published, ``None`` where it is hidden."""
        return None if self.is_hidden(cell) else self.counts.get(cell, 0)


def protect(records: Mapping[Any, int], plan: Plan) -> Protected:
    """Hide every count of 1 to 4 and whatever else is needed that each of them has a witness.

    ``records`` says how many incidents have the same attributes. The result depends on nothing but the arguments.
    """
    return _Search(records, plan).run()


class _Search:
    """The counts, what is hidden so far, and the witnesses found."""

    def __init__(self, records: Mapping[Any, int], plan: Plan) -> None:
        self.plan = plan
        self.records = sorted((record for record, number in records.items() if number > 0), key=repr)
        self.numbers = [Counter(values) for values in zip(*self.records, strict=True)]
        self._cells: dict[Record, frozenset[Cell]] = {}
        self.counts: Counter[Cell] = Counter()
        for record in self.records:
            for cell in self.cells(record):
                self.counts[cell] += records[record]
        self.small = {cell for cell, count in self.counts.items() if is_small(count) and not plan.known(cell)}
        self.withheld = self._mostly_small()
        self.hidden = set(self.small)
        self.witnesses: dict[Cell, Move] = {}

    def _mostly_small(self) -> frozenset[Hashable]:
        """The series of which, noughts apart, at least half of the counts are small."""
        every = Counter(self.plan.series(cell) for cell in self.counts)
        small = Counter(self.plan.series(cell) for cell in self.small)
        return frozenset(series for series in small if series is not None and 2 * small[series] >= every[series])

    def run(self) -> Protected:
        for target in sorted(self.small, key=lambda cell: (self.plan.rank(cell), repr(cell))):
            if target not in self.witnesses:
                self._witness(target)
        return Protected(self.plan, dict(self.counts), frozenset(self.hidden), self.withheld, dict(self.witnesses))

    def _witness(self, target: Cell) -> None:
        """Find the change that hides least, hide what it needs, and note it for every small count that it moves."""
        best: tuple[int, Move, dict[Cell, int]] | None = None
        for move in self._moves(target):
            moved = self._moved(move)
            cost = self._cost(moved, best[0] if best else None) if target in moved else None
            if cost is not None:
                best = (cost, move, moved)
                if cost == 0:
                    break
        if best is None:
            raise AssertionError("One more incident is always a possible change.")
        self.hidden.update(best[2])
        for cell in best[2]:
            if cell in self.small:
                self.witnesses.setdefault(cell, best[1])

    # --- what a change does -------------------------------------------------------------------------------------

    def cells(self, record: Record) -> frozenset[Cell]:
        found = self._cells.get(record)
        if found is None:
            found = self._cells[record] = self.plan.cells(record)
        return found

    def _moved(self, move: Move) -> dict[Cell, int]:
        """The counts that a change alters, each with by how much."""
        moved: dict[Cell, int] = defaultdict(int)
        for record in move.added:
            for cell in self.cells(record):
                moved[cell] += 1
        for record in move.removed:
            for cell in self.cells(record):
                moved[cell] -= 1
        return {cell: by for cell, by in moved.items() if by}

    def _cost(self, moved: Mapping[Cell, int], least: int | None) -> int | None:
        """How much would have to be hidden for a change; ``None`` where that is not less than the least so far, or
        where the change could be told from the truth.

        A reader knows that what is hidden is not nought wherever a nought would have been shown.
        """
        cost = 0
        for cell, by in moved.items():
            count = self.counts[cell]
            if self.plan.series(cell) in self.withheld:
                continue
            if count + by < min(count, 1):
                return None
            if cell not in self.hidden:
                cost += (count or NOUGHT_WEIGHT) * self.plan.weight(cell)
        return cost if least is None or cost < least else None

    # --- the changes that are weighed ---------------------------------------------------------------------------

    def _moves(self, target: Cell) -> Iterator[Move]:
        tests = self.plan.tests(target)
        if len(tests) == 2:
            yield from self._exchanges(tests)
        for position, test in tests:
            yield from self._copies(position, test, [other for other in tests if other[0] != position])
        yield from self._one_more_or_less(target)

    def _exchanges(self, tests: tuple[Test, Test]) -> Iterator[Move]:
        """Two records exchange one attribute, so that one of them begins, or ceases, to be counted.

        First records that are alike in all else: then only tables of these two attributes change.
        """
        (first, fits_first), (second, fits_second) = tests
        groups: dict[tuple[bool, bool], list[Record]] = defaultdict(list)
        for record in self.records:
            groups[fits_first(record[first]), fits_second(record[second])].append(record)
        sides = ((groups[True, False], groups[False, True]), (groups[True, True], groups[False, False]))
        rest = [place for place in range(len(self.records[0])) if place not in (first, second)]
        for number in range(len(rest), -1, -1):
            for alike in combinations(rest, number):
                for ones, others in sides:
                    pairs = islice(self._alike(ones, others, alike, (first, second)), TRIES)
                    yield from _swaps(pairs, (first,) if number == len(rest) else (first, second))

    def _alike(
        self, ones: list[Record], others: list[Record], alike: tuple[int, ...], differ: tuple[int, int]
    ) -> Iterator[tuple[Record, Record]]:
        """Pairs that are alike in some attributes, one for each combination of the other ones.

        Rare attributes come first: their counts are hidden already, or small.
        """
        left, right = self._shapes(ones, alike, differ), self._shapes(others, alike, differ)
        first, second = differ
        for one in left.values():
            for other in right.values():
                common = next((values for values in one if values in other), None)
                if common is not None:
                    pair = one[common], other[common]
                    if pair[0][first] != pair[1][first] and pair[0][second] != pair[1][second]:
                        yield pair

    def _shapes(
        self, records: list[Record], alike: tuple[int, ...], differ: tuple[int, int]
    ) -> dict[Record, dict[Record, Record]]:
        """Records by their other attributes, and among those by the ones in which a pair is to be alike."""
        others = [place for place in range(len(self.records[0])) if place not in alike]
        shapes: dict[Record, dict[Record, Record]] = defaultdict(dict)
        for record in sorted(records, key=lambda one: self._rarity(one, differ)):
            shape = tuple(record[place] for place in others)
            shapes[shape].setdefault(tuple(record[place] for place in alike), record)
        return shapes

    def _rarity(self, record: Record, places: tuple[int, ...]) -> int:
        return sum(self.numbers[place][record[place]] for place in places)

    def _copies(self, position: int, test: Callable[[Any], bool], others: Iterable[Test]) -> Iterator[Move]:
        """One record takes over another's attribute and begins, or ceases, to be counted."""
        numbers = self.numbers[position]
        values = sorted(numbers, key=lambda value: (numbers[value], repr(value)))
        fitting = [record for record in self.records if all(fits(record[place]) for place, fits in others)]
        fitting.sort(key=lambda record: numbers[record[position]])
        changes = (
            Move((record,), (_with(record, position, value),))
            for record in fitting
            for value in values
            if test(value) != test(record[position])
        )
        yield from islice(changes, TRIES)

    def _one_more_or_less(self, target: Cell) -> Iterator[Move]:
        """The last resort, for which every count of one incident has to be hidden."""
        for record in self.records:
            if target in self.cells(record):
                yield Move((), (record,))
                yield Move((record,), ())


def _swaps(pairs: Iterable[tuple[Record, Record]], positions: tuple[int, ...]) -> Iterator[Move]:
    for one, other in pairs:
        for place in positions:
            yield Move((one, other), (_with(one, place, other[place]), _with(other, place, one[place])))


def _with(record: Record, position: int, value: Any) -> Record:
    return (*record[:position], value, *record[position + 1 :])
