"""How figures are drawn: charts with their tables, and tables of two dimensions. Nothing is worked out here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from incidents.choices import ClockKind
from kernel.charts import Chart, Series, bar_chart, line_chart
from strategy.choices import ClockResult
from strategy.rules import Share, count_text, percent_of
from strategy.selectors.dashboard import ClockLine, Dashboard, Grid, Line

_MULTI = "An incident with more than one strand counts at each of them, so the strands add up to more than the total."
_SEVERAL = f"{_MULTI} “Several” counts it once more."


@dataclass(frozen=True)
class TableView:
    """A table as the page has it: the first cell of a row is its heading, the last row may be the total."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    nothing: bool = False
    has_total: bool = False

    @property
    def numeric(self) -> int:
        """How many of the columns are numbers."""
        return len(self.head) - 1


@dataclass(frozen=True)
class Headline:
    """One number at the head of the page, with what it is out of."""

    label: str
    number: str
    text: str = ""


@dataclass(frozen=True)
class Panels:
    """The parts of the page in their order; a part that the choice leaves out is ``None``."""

    headlines: tuple[Headline, ...]
    by_month: Chart
    by_strand: Chart | None
    by_district: Chart | None
    by_agency: Chart | None
    month_strand: TableView | None
    district_strand: TableView | None
    bands_chart: Chart | None
    bands: TableView | None
    clocks_chart: Chart | None
    clocks: TableView | None
    victims_chart: Chart | None
    victims: TableView | None


def panels_of(page: Dashboard) -> Panels:
    """Every chart and table of a page. No query."""
    choice, bands, victims = page.choice, page.bands, page.victims
    of = "" if choice.label.startswith("The") else f": {choice.label}"
    return Panels(
        headlines=tuple(_headlines(page)),
        by_month=line_chart(f"Incidents by month{of}", *_drawn(page.by_month), unit="Incidents, by month of incident"),
        by_strand=_bars(f"Incidents by strand{of}", page.by_strand, "Strand", note=_MULTI),
        by_district=_bars(f"Incidents by district{of}", page.by_district, "District"),
        by_agency=_bars("Incidents by lead agency", page.by_agency, "Lead agency"),
        month_strand=_table("Incidents by month and strand", "Month", page.month_strand, _SEVERAL),
        district_strand=_table("Incidents by district and strand", "District", page.district_strand, _SEVERAL),
        bands_chart=_grid_chart("Open cases by risk band", bands, "Risk band", choice.district),
        bands=_table("Open cases by district and risk band", "District", bands, total="Open cases"),
        clocks_chart=_clocks_chart(page.clocks),
        clocks=_clocks_table(page.clocks),
        victims_chart=_victims_chart(victims) if victims and not choice.district else None,
        victims=_table("Victims targeted again, by district", "District", victims, total="Victims"),
    )


def _headlines(page: Dashboard) -> Iterator[Headline]:
    narrowed = bool(page.choice.strand or page.choice.district)
    yield (
        _headline("Incidents", page.incidents, "all incidents")
        if narrowed
        else Headline("Incidents", count_text(page.incidents.whole))
    )
    yield Headline(
        "Last 12 of these months", count_text(page.latest_year), f"{count_text(page.year_before)} in the 12 before"
    )
    if page.crimes:
        yield _headline("Suspected or recorded crimes", page.crimes, "incidents")
    if page.victims:
        line = page.victims.lines[0] if page.choice.district else page.victims.foot
        yield _headline("Victims targeted again", _share(line, 0), "victims")
    if page.bands:
        line = page.bands.lines[0] if page.choice.district else page.bands.foot
        yield Headline("Open cases", count_text(line.total), f"{count_text(line.counts[0])} of them at high risk")
    for clock in page.clocks:
        if clock.code == ClockKind.K3:
            yield _headline("Victims contacted on time", clock.on_time, "first contacts due")


def _headline(label: str, share: Share, whole: str) -> Headline:
    percent = "" if share.percent is None else f" ({share.percent} %)"
    return Headline(label, count_text(share.part), f"of {count_text(share.whole)} {whole}{percent}")


def _share(line: Line, place: int) -> Share:
    return Share(line.counts[place], line.total, percent_of(line.counts[place], line.total))


def _drawn(lines: Sequence[Line], name: str = "Incidents") -> tuple[list[str], list[Series]]:
    return [line.label for line in lines], [Series(name, [line.counts[0] for line in lines])]


def _bars(title: str, lines: Sequence[Line], axis: str, note: str = "") -> Chart | None:
    if not lines:
        return None
    labels, series = _drawn(lines)
    return bar_chart(title, labels, series, axis=axis, unit="Incidents", note=note)


def _table(
    caption: str, first: str, grid: Grid | None, note: str = "", total: str = "All incidents"
) -> TableView | None:
    if grid is None:
        return None
    rows = tuple(
        (line.label, *(count_text(count) for count in line.counts), count_text(line.total))
        for line in (*grid.lines, grid.foot)
    )
    return TableView(caption, (first, *grid.columns, total), rows, note, grid.is_hidden, has_total=True)


def _grid_chart(title: str, grid: Grid | None, axis: str, district: str) -> Chart | None:
    """The bands of the county, or of the one district that is chosen."""
    if grid is None:
        return None
    line = grid.lines[0] if district else grid.foot
    title = f"{title}: {line.label}" if district else title
    return bar_chart(title, list(grid.columns), [Series("Open cases", list(line.counts))], axis=axis, unit="Cases")


def _victims_chart(grid: Grid) -> Chart:
    labels = [line.label for line in grid.lines]
    series = [Series(name, [line.counts[place] for line in grid.lines]) for place, name in enumerate(grid.columns)]
    return bar_chart("Victims by district", labels, series, axis="District", unit="Victims")


_SHOWN = (ClockResult.MET, ClockResult.ATTEMPTED, ClockResult.MISSED, ClockResult.RUNNING)


def _clocks_chart(clocks: Sequence[ClockLine]) -> Chart | None:
    if not clocks:
        return None
    order = list(ClockResult)
    series = [Series(result.label, [line.results[order.index(result)] for line in clocks]) for result in _SHOWN]
    labels = [f"{line.code} {line.label}" for line in clocks]
    return bar_chart("Service standards", labels, series, axis="Standard", unit="Clocks that started in the period")


def _clocks_table(clocks: Sequence[ClockLine]) -> TableView | None:
    if not clocks:
        return None
    rows = tuple(
        (
            f"{line.code} {line.label}",
            line.on_time.text,
            *(count_text(count) for count in line.results[1:]),
            count_text(line.total),
        )
        for line in clocks
    )
    head = ("Standard", "Met on time", *(result.label for result in list(ClockResult)[1:]), "All clocks")
    return TableView("Service standards: how the clocks ended", head, rows)
