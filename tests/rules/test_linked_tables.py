"""Disclosure control over tables that overlap, tried with witnesses and by an attacker (docs/domain.md §9.5)."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date
from functools import cache

import pytest

from agencies.choices import District
from incidents.choices import Strand
from strategy.choices import SEVERAL, By
from strategy.rules.periods import HALVES, WHOLE, windows_until
from strategy.rules.plan import Cell, Counted, plan_of
from strategy.suppression import Protected, is_small, protect
from tests.strategy.attack import solved, sums

WINDOW = windows_until(date(2026, 10, 1))[0]
PLAN = plan_of(WINDOW)
STRANDS = tuple(strand.value for strand in Strand)
DISTRICTS = tuple(district.value for district in District)
AGENCIES = ("POL", "WNC", "NNC", "VSS", "RSL1", "NREC", "TPRC1", "EDU1", "FIRE")


def county(number: int, seed: int) -> Counter[Counted]:
    """So many invented incidents: some strands, districts and agencies are common, some rare, some strands meet."""
    dice = random.Random(seed)  # noqa: S311 - the same county for the same seed
    records: Counter[Counted] = Counter()
    for _ in range(number):
        strands = set(dice.choices(STRANDS, (70, 6, 9, 10, 1.5, 0.5, 1, 1, 1)))
        if dice.random() < 0.08:
            strands |= set(dice.choices(STRANDS, (30, 20, 10, 10, 5, 1, 2, 2, 1), k=dice.choice((1, 1, 1, 2))))
        district = dice.choices(DISTRICTS, (5, 8, 9, 12, 35, 8, 9))[0]
        agency = dice.choices(AGENCIES, (60, 14, 12, 3, 3, 2, 1, 0.5, 0.3))[0]
        records[Counted(dice.randrange(24), district, agency, tuple(sorted(strands)))] += 1
    return records


def counts_of(records: Counter[Counted]) -> Counter[Cell]:
    """Every count, counted plainly."""
    found: Counter[Cell] = Counter()
    for record, number in records.items():
        for cell in PLAN.cells(record):
            found[cell] += number
    return found


def published(protected: Protected) -> dict[Cell, int | None]:
    """Every count that is published, noughts included, with what is shown."""
    agencies = {cell.key for cell in protected.counts if cell.by == By.AGENCY}
    cells = [Cell(By.ALL, span) for span in WINDOW.spans]
    for span in WINDOW.spans:
        cells += [Cell(By.STRAND, span, key) for key in (*STRANDS, SEVERAL)]
        cells += [Cell(By.DISTRICT, span, key) for key in DISTRICTS]
        cells += [Cell(By.AGENCY, span, key) for key in agencies]
    cells += [Cell(By.DISTRICT_STRAND, WHOLE, place, key) for place in DISTRICTS for key in (*STRANDS, SEVERAL)]
    return {cell: protected.shown(cell) for cell in cells}


def equations(shown: dict[Cell, int | None], records: Counter[Counted]):
    """What anybody knows: months make years, years make the window, districts and agencies make the total; and how
    many strands there are altogether, which disclosure control takes to be known."""
    keys = {(cell.by, cell.key) for cell in shown if cell.by != By.DISTRICT_STRAND}
    for by, key in keys:
        yield sums(Cell(by, WHOLE, key), [Cell(by, half, key) for half in HALVES])
        for half in HALVES:
            yield sums(Cell(by, half, key), [Cell(by, (m, m), key) for m in range(half[0], half[1] + 1)])
    for span in WINDOW.spans:
        for by in (By.DISTRICT, By.AGENCY):
            yield sums(Cell(by.ALL, span), [Cell(by, span, key) for each, key in keys if each == by])
        mentions = sum(n * len(r.strands) for r, n in records.items() if span[0] <= r.month <= span[1])
        if shown[Cell(By.STRAND, span, SEVERAL)] is not None:
            shown["mentions", span] = mentions
            yield sums(("mentions", span), [Cell(By.STRAND, span, key) for key in STRANDS])
    for key in (*STRANDS, SEVERAL):
        yield sums(Cell(By.STRAND, WHOLE, key), [Cell(By.DISTRICT_STRAND, WHOLE, place, key) for place in DISTRICTS])


COUNTIES = [(3, 1), (12, 2), (40, 3), (150, 4), (150, 5), (500, 6)]


@cache
def protected_county(number: int, seed: int) -> Protected:
    """Worked out once for all tests that look at it."""
    return protect(county(number, seed), PLAN)


@pytest.mark.parametrize(("number", "seed"), COUNTIES)
def test_every_small_count_has_a_witness(number, seed):
    records = county(number, seed)
    protected = protected_county(number, seed)
    truth, shown = counts_of(records), published(protected)
    small = {cell for cell in truth if is_small(truth[cell]) and not PLAN.known(cell)}
    assert small == protected.witnesses.keys()
    for cell, move in protected.witnesses.items():
        taken, given = (Counter(Counted(*record) for record in side) for side in (move.removed, move.added))
        assert taken <= records, "the witness takes away an incident that is not there"
        changed = truth.copy()
        changed.subtract(counts_of(taken))
        changed.update(counts_of(given))
        assert changed[cell] != truth[cell]
        assert all(changed[each] == value for each, value in shown.items() if value is not None)


@pytest.mark.parametrize(("number", "seed"), COUNTIES)
def test_nothing_small_is_shown_and_what_is_shown_is_true(number, seed):
    records = county(number, seed)
    truth = counts_of(records)
    shown = {cell: value for cell, value in published(protected_county(number, seed)).items() if value is not None}
    assert all(value == truth[cell] for cell, value in shown.items())
    assert not any(is_small(value) for value in shown.values())


@pytest.mark.parametrize(("number", "seed"), COUNTIES)
def test_no_small_count_follows_from_all_tables_together(number, seed):
    records = county(number, seed)
    truth, shown = counts_of(records), published(protected_county(number, seed))
    found = solved(equations(shown, records), shown)
    assert all(truth[cell] == value for cell, value in found.items())
    assert [cell for cell, value in found.items() if is_small(int(value))] == []


@pytest.mark.parametrize(("number", "seed"), [(150, 5), (500, 6)])
def test_the_attacker_would_win_if_only_small_counts_were_hidden(number, seed):
    records = county(number, seed)
    truth = counts_of(records)
    shown = {
        cell: None if is_small(truth[cell]) else truth[cell] for cell in published(protected_county(number, seed))
    }
    found = solved(equations(shown, records), shown)
    assert any(is_small(int(value)) for value in found.values())


def test_a_large_county_loses_little():
    shown = published(protect(county(8_000, 8), PLAN))
    assert None not in {value for cell, value in shown.items() if cell.span == WHOLE and cell.by != By.DISTRICT_STRAND}
    assert list(shown.values()).count(None) < len(shown) / 4


def test_the_totals_are_shown_while_they_can_be():
    shown = published(protected_county(40, 3))
    assert shown[Cell(By.ALL, WHOLE)] == 40


def test_a_small_rest_is_protected_like_a_small_count():
    records = Counter({Counted(0, "E07000150", "POL", ("RAC",)): 57, Counted(0, "E07000154", "WNC", ("DIS",)): 3})
    shown = published(protect(records, PLAN))
    assert shown[Cell(By.ALL, WHOLE)] == 60
    assert shown[Cell(By.STRAND, WHOLE, "RAC")] is None
    assert shown[Cell(By.DISTRICT, WHOLE, "E07000150")] is None


def test_the_same_incidents_in_another_order_give_the_same_figures():
    records = county(150, 4)
    other = Counter(dict(sorted(records.items(), key=lambda entry: hash(entry[0]))))
    first, second = protected_county(150, 4), protect(other, PLAN)
    assert (first.hidden, first.withheld) == (second.hidden, second.withheld)


def test_no_incidents():
    assert set(published(protect(Counter(), PLAN)).values()) == {0}
