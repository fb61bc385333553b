"""Which counts of incidents are published, for disclosure control over all of them at once (docs/domain.md §9.5).

By month and by every longer period: all incidents, by strand, by district and by lead agency. For the whole window
also district by strand. Nothing else, and nothing by three things at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from agencies.choices import District
from incidents.choices import Strand
from strategy.choices import SEVERAL, By
from strategy.rules.periods import WHOLE, Span, Window
from strategy.suppression import Plan

MONTH, DISTRICT, AGENCY, STRANDS = range(4)


class Counted(NamedTuple):
    """What the tables count an incident by: the month's place in its window, and the codes of the rest."""

    month: int
    district: str
    agency: str
    strands: tuple[str, ...]


class Cell(NamedTuple):
    """One published count."""

    by: str
    span: Span
    key: str = ""
    key2: str = ""


_ORDER = {by.value: place for place, by in enumerate(By)}


_WITHOUT = "without"
"""The incidents of a window outside a district, or without a strand. "57 of 60" would give a small rest away, so a
small rest is protected like a small count."""

_STRANDS = frozenset(strand.value for strand in Strand)


def plan_of(window: Window) -> Plan:
    """The published counts of incidents in a window."""
    districts = frozenset(district.value for district in District)
    around = {month: tuple(s for s in window.spans if s[0] <= month <= s[1]) for month in range(len(window.months))}

    def cells(record: tuple[Any, ...]) -> frozenset[Any]:
        month, district, agency, strands = record
        keys = strand_keys(strands)
        found = {Cell(By.DISTRICT_STRAND, WHOLE, district, key) for key in keys}
        found.update(Cell(By.DISTRICT, WHOLE, other, _WITHOUT) for other in districts - {district})
        found.update(Cell(By.STRAND, WHOLE, other, _WITHOUT) for other in _STRANDS.difference(keys))
        for span in around[month]:
            found.add(Cell(By.ALL, span))
            found.add(Cell(By.DISTRICT, span, district))
            found.add(Cell(By.AGENCY, span, agency))
            found.update(Cell(By.STRAND, span, key) for key in keys)
        return frozenset(found)

    return Plan(cells=cells, tests=_tests, rank=_rank, weight=_weight, series=_series, known=_is_known)


_MANY = "many"
"""Incidents with three strands or more. With the others they tell by how much the strands exceed the total, so that a
single hidden strand would follow: a reader is taken to know them, though they are not published."""


def strand_keys(strands: tuple[str, ...]) -> tuple[str, ...]:
    """Where an incident with these strands is counted: at each of them, and at "more than one"."""
    several = (SEVERAL,) if len(strands) > 1 else ()
    return (*strands, *several, *(_MANY for _ in strands[2:3]))


def _is_known(cell: Any) -> bool:
    return _MANY in (cell.key, cell.key2)


def _rank(cell: Any) -> tuple[int, int]:
    return cell.span[0] - cell.span[1], _ORDER[cell.by]


def _series(cell: Any) -> tuple[str, int, str] | None:
    """One strand, district or agency over all months or both years; one strand over the districts."""
    if cell.by == By.DISTRICT_STRAND:
        return cell.by, 0, cell.key2
    return None if cell.span == WHOLE else (cell.by, cell.span[1] - cell.span[0] + 1, cell.key)


def _weight(cell: Any) -> int:
    """Longer periods matter more, and what everything is a share of matters most."""
    length: int = cell.span[1] - cell.span[0] + 1
    if cell.key2 == _WITHOUT:
        # It follows from the count itself and the total, which have weights of their own.
        return 0
    if _is_known(cell):
        return length * 1000
    return length * 4 if cell.by == By.ALL else length


def _tests(cell: Any) -> tuple[tuple[int, Callable[[Any], bool]], ...]:
    if cell.by == By.DISTRICT_STRAND:
        return (DISTRICT, _is(cell.key)), (STRANDS, _has(cell.key2))
    if cell.key2 == _WITHOUT:
        return ((DISTRICT, _not(_is(cell.key))) if cell.by == By.DISTRICT else (STRANDS, _not(_has(cell.key))),)
    first, last = cell.span
    in_period = (MONTH, lambda month: first <= month <= last)
    if cell.by == By.ALL:
        return (in_period,)
    position = {By.STRAND: STRANDS, By.DISTRICT: DISTRICT, By.AGENCY: AGENCY}[By(cell.by)]
    value = (position, _has(cell.key) if position == STRANDS else _is(cell.key))
    return (value,) if cell.span == WHOLE else (in_period, value)


def _is(wanted: str) -> Callable[[Any], bool]:
    return lambda value: value == wanted


def _not(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: not test(value)


def _has(key: str) -> Callable[[Any], bool]:
    return lambda strands: key in strand_keys(strands)
