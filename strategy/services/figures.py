"""Making the published figures. What disclosure control hides is not stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from django.db import transaction

from agencies.choices import District
from incidents.choices import Band, ClockKind, Strand
from kernel import audit, clock
from kernel.actors import Actor
from kernel.db import advisory_lock
from kernel.models import AuditOperation
from strategy.choices import CRIME, NOT_ASSESSED, NOT_CRIME, ONCE, REPEAT, SEVERAL, By, ClockResult
from strategy.models import Figure, Release
from strategy.rules.periods import WHOLE, Window, windows_on
from strategy.rules.plan import Cell, plan_of
from strategy.rules.shown import results_shown
from strategy.selectors import facts
from strategy.suppression import Protected, protect, suppress_series, suppress_table

DISTRICTS = tuple(district.value for district in District)
BANDS = (*(band.value for band in reversed(Band)), NOT_ASSESSED)
STRANDS = (*(strand.value for strand in Strand), SEVERAL)

Row = tuple[str, date, date, str, str, int | None]


def facts_refresh(*, actor: Actor) -> Release | None:
    """Make all figures anew from the cases as they are now; ``None`` where another process is making them.

    One transaction: readers see the old figures until the new ones are whole. Eight queries for two windows. Raises
    ``RuntimeError`` under a role that cannot see every case.
    """
    if not facts.role_sees_everything():
        raise RuntimeError("Figures are made by the worker: this role would count only what one person may see.")
    now = clock.now()
    windows = windows_on(clock.today())
    with transaction.atomic():
        if not advisory_lock("strategy-figures"):
            return None
        figures = [figure for window in windows for figure in _figures_of(window)]
        Figure.objects.all().delete()
        Figure.objects.bulk_create(figures, batch_size=2000)
        Release.objects.all().delete()
        release = Release.objects.create(
            made_at=now,
            earliest=min((figure.first for figure in figures), default=windows[0].first),
            latest=windows[0].last,
        )
        audit.record(actor, "figures.make", release, detail={"figures": len(figures)})
    return release


def figures_read(*, actor: Actor, action: str, shown: dict[str, str]) -> None:
    """Note that somebody read published figures, and which (docs/domain.md §9.5). One insert."""
    audit.record(actor, action, operation=AuditOperation.CONSULTATION, detail=shown)


def _figures_of(window: Window) -> Iterator[Figure]:
    records, crimes = facts.incidents_counted(window)
    protected = protect(records, plan_of(window))
    rows = [_incident_rows(window, protected, sorted({record.agency for record in records}))]
    rows.append(_crime_rows(window, crimes, sum(records.values())))
    rows.append(_clock_rows(window))
    rows.append(_victim_rows(window))
    if window.number == 0:
        rows.append(_band_rows(window))
    for part in rows:
        for by, first, last, key, key2, count in part:
            # A nought needs no row; a hidden count does.
            if count != 0:
                yield Figure(window=window.number, by=by, first=first, last=last, key=key, key2=key2, count=count)


def _incident_rows(window: Window, protected: Protected, agencies: Iterable[str]) -> Iterator[Row]:
    keys = {By.ALL: ("",), By.STRAND: STRANDS, By.DISTRICT: DISTRICTS, By.AGENCY: tuple(agencies)}
    for span in window.spans:
        for by, all_keys in keys.items():
            for key in all_keys:
                yield by, *window.dates(span), key, "", protected.shown(Cell(by, span, key))
    for district in DISTRICTS:
        for strand in STRANDS:
            cell = Cell(By.DISTRICT_STRAND, WHOLE, district, strand)
            yield By.DISTRICT_STRAND, *window.dates(WHOLE), district, strand, protected.shown(cell)


def _crime_rows(window: Window, crimes: int, total: int) -> Iterator[Row]:
    shown = suppress_series([crimes, total - crimes])
    for key, count in zip((CRIME, NOT_CRIME), shown.cells, strict=True):
        yield By.CRIME, window.first, window.last, key, "", count


def _band_rows(window: Window) -> Iterator[Row]:
    counted = facts.bands_counted()
    yield from _table_rows(window, By.BAND, BANDS, [[counted[d][band] for band in BANDS] for d in DISTRICTS])


def _victim_rows(window: Window) -> Iterator[Row]:
    counted = facts.victims_counted(window)
    yield from _table_rows(window, By.VICTIM, (REPEAT, ONCE), [counted.get(d, (0, 0)) for d in DISTRICTS])


def _table_rows(window: Window, by: By, columns: tuple[str, ...], counts: list[Iterable[int]]) -> Iterator[Row]:
    """A table by district with its totals, which have empty keys."""
    table = suppress_table([list(row) for row in counts])
    for district, cells, total in zip(DISTRICTS, table.cells, table.row_totals, strict=True):
        for column, count in zip((*columns, ""), (*cells, total), strict=True):
            yield by, window.first, window.last, district, column, count
    for column, count in zip((*columns, ""), (*table.column_totals, table.total), strict=True):
        yield by, window.first, window.last, "", column, count


def _clock_rows(window: Window) -> Iterator[Row]:
    counted = facts.clocks_counted(window, clock.now())
    for kind in ClockKind:
        shown = results_shown([counted[kind.value][result] for result in ClockResult])
        for key2, count in zip(
            (*(result.value for result in ClockResult), ""), (*shown.cells, shown.total), strict=True
        ):
            yield By.CLOCK, window.first, window.last, kind.value, key2, count
