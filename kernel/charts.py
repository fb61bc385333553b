"""Charts as inline SVG, drawn on the server: attributes only (no style, no script), and the same figures as a table.

Each is drawn twice, for a desk and for a phone; the style sheet shows one of them. Series differ by pattern as well as
colour, so that a grey print can be read. A suppressed count is
`None`: it is a gap in the drawing and `[c]` in the table (docs/domain.md §9.5), never a nought.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import groupby

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

SUPPRESSED = "[c]"
_RIGHT, _TOP, _BOTTOM = 12, 14, 46
_BAR_STEP, _NAME_HIGH = 30, 20
# Dark enough for 3:1 against white, and far enough apart in grey.
COLOURS = ("#12343b", "#2f8f83", "#b4540a", "#6b4ea0", "#5b6670", "#99203f")
_DASHES = ("", "8 4", "2 3", "10 3 2 3", "5 5", "14 4")


@dataclass(frozen=True)
class _Sheet:
    """What a chart is drawn on: its size, where its bars and lines begin, and how many labels stand under a line."""

    name: str
    width: int
    height: int
    bar_left: int
    line_left: int
    labels: int

    @property
    def names_above(self) -> bool:
        """Whether a name stands above its bars, for want of room beside them."""
        return self.bar_left < 100


_WIDE = _Sheet("wide", 720, 300, bar_left=230, line_left=52, labels=8)
_NARROW = _Sheet("narrow", 340, 260, bar_left=8, line_left=40, labels=4)


@dataclass(frozen=True)
class Series:
    """One line or one set of bars: a name, and a number (or None, suppressed) for each label."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class Chart:
    """A drawing with its figures. `kind` is bar or line; `unit` is what is counted."""

    kind: str
    title: str
    labels: Sequence[str]
    series: Sequence[Series]
    axis: str = "Month"
    unit: str = ""
    note: str = ""

    @property
    def id(self) -> str:
        """The same for the same title, so that a page fetched twice is the same page."""
        return "chart-" + sha256(self.title.encode()).hexdigest()[:8]

    @property
    def description(self) -> str:
        """What the drawing says, for who cannot see it; the figures are in the table."""
        names = ", ".join(series.name for series in self.series)
        shape = "Line" if self.kind == "line" else "Bar"
        hidden = f" Counts that are too small to show are marked {SUPPRESSED} in the table." if self.has_gaps else ""
        return f"{shape} chart of {names}, {len(self.labels)} points. The figures are in the table below.{hidden}"

    @property
    def has_gaps(self) -> bool:
        return any(value is None for series in self.series for value in series.values)

    @property
    def is_empty(self) -> bool:
        return not self.labels or not self.series

    @property
    def head(self) -> list[str]:
        return [self.axis, *(series.name for series in self.series)]

    @property
    def rows(self) -> list[list[str]]:
        """The table's rows: a label and each series' figure as text."""
        return [
            [label, *(figure(series.values[index]) for series in self.series)]
            for index, label in enumerate(self.labels)
        ]

    @property
    def many(self) -> bool:
        return len(self.series) > 1

    @cached_property
    def svg(self) -> SafeString:
        """The drawing, for a desk and for a phone."""
        draw = _lines if self.kind == "line" else _bars
        return format_html("{}{}", draw(self, _WIDE), draw(self, _NARROW))

    @property
    def legend(self) -> list[tuple[str, SafeString]]:
        """Name and swatch of each series, where there is more than one."""
        return [(series.name, _swatch(self, index)) for index, series in enumerate(self.series)]


def bar_chart(
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    axis: str = "Category",
    unit: str = "",
    note: str = "",
) -> Chart:
    """Horizontal bars, one group for each label. Raises ValueError when a series' length differs from the labels'."""
    return _checked(Chart("bar", title, list(labels), list(series), axis, unit, note))


def line_chart(
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    axis: str = "Month",
    unit: str = "",
    note: str = "",
) -> Chart:
    """Lines over time, one point for each label. Raises ValueError when a series' length differs from the labels'."""
    return _checked(Chart("line", title, list(labels), list(series), axis, unit, note))


def figure(value: float | None) -> str:
    """A number as the table has it: thousands apart, at most one decimal, `[c]` where it is suppressed."""
    if value is None:
        return SUPPRESSED
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def ticks(highest: float, most: int = 5) -> list[float]:
    """Round steps from nought to at least the highest value: 1, 2 or 5 times a power of ten, whole numbers."""
    if highest <= 1:
        return [0, 1]
    rough = highest / most
    power = 10 ** math.floor(math.log10(rough))
    step = max(1, next(m * power for m in (1, 2, 5, 10) if m * power >= rough))
    return [step * n for n in range(math.ceil(highest / step) + 1)]


def _checked(chart: Chart) -> Chart:
    for series in chart.series:
        if len(series.values) != len(chart.labels):
            raise ValueError(f"{series.name} has {len(series.values)} values for {len(chart.labels)} labels.")
    return chart


def _highest(chart: Chart) -> float:
    return max((value for series in chart.series for value in series.values if value is not None), default=0)


def _frame(chart: Chart, sheet: _Sheet, height: int, inner: SafeString) -> SafeString:
    name = f"{chart.id}-{sheet.name}"
    return format_html(
        '<svg class="hc-chart__svg hc-chart__svg--{}" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img" '
        'aria-labelledby="{}-title {}-desc"><title id="{}-title">{}</title><desc id="{}-desc">{}</desc>{}{}</svg>',
        sheet.name, sheet.width, height, name, name,
        name, chart.title, name, chart.description, _patterns(name, range(len(chart.series))), inner,
    )  # fmt: skip


def _patterns(name: str, series: Iterable[int]) -> SafeString:
    """Fills of the bars: plain for the first series, then lines and dots over its colour."""
    marks = (
        "",
        '<path d="M0 8 8 0" stroke="#fff" stroke-width="2"/>',
        '<circle cx="4" cy="4" r="1.8" fill="#fff"/>',
        '<path d="M0 0 8 8" stroke="#fff" stroke-width="2"/>',
        '<path d="M0 4H8" stroke="#fff" stroke-width="2"/>',
        '<path d="M4 0V8" stroke="#fff" stroke-width="2"/>',
    )
    drawn = ((name, index, COLOURS[index % 6], SafeString(marks[index % 6])) for index in series)
    return format_html(
        "<defs>{}</defs>",
        format_html_join(
            "",
            '<pattern id="{}-fill-{}" width="8" height="8" patternUnits="userSpaceOnUse">'
            '<rect width="8" height="8" fill="{}"/>{}</pattern>',
            drawn,
        ),
    )


def _bars(chart: Chart, sheet: _Sheet) -> SafeString:
    count = max(1, len(chart.series))
    thick = 18 if count == 1 else 14
    above = _NAME_HIGH if sheet.names_above else 0
    step = max(_BAR_STEP, thick * count + 14) + above
    height = _TOP + step * len(chart.labels) + 30
    marks = ticks(_highest(chart), 3 if above else 5)
    across = (sheet.width - sheet.bar_left - 56) / marks[-1]
    tops = [_TOP + row * step + above + 4 for row in range(len(chart.labels))]
    bars = (
        _bar(chart, sheet, row, index, top + index * thick, thick - 2, across)
        for row, top in enumerate(tops)
        for index in range(len(chart.series))
    )
    names = (_bar_name(sheet, label, top, thick * count) for label, top in zip(chart.labels, tops, strict=True))
    inner = format_html(
        "{}{}{}",
        _upright_grid(sheet, marks, across, height),
        format_html_join("", "{}", ((name,) for name in names)),
        format_html_join("", "{}", ((bar,) for bar in bars)),
    )
    return _frame(chart, sheet, height, inner)


def _bar_name(sheet: _Sheet, label: str, top: float, high: float) -> SafeString:
    """What a group of bars is: beside them, or above them."""
    if sheet.names_above:
        return format_html('<text x="{}" y="{}">{}</text>', sheet.bar_left, top - 5, _short(label, 44))
    return format_html(
        '<text x="{}" y="{}" text-anchor="end" dominant-baseline="middle">{}</text>',
        sheet.bar_left - 10, top + high / 2, _short(label, 30),
    )  # fmt: skip


def _bar(chart: Chart, sheet: _Sheet, row: int, index: int, y: float, thick: float, across: float) -> SafeString:
    value = chart.series[index].values[row]
    width = 0 if value is None else round(value * across, 1)
    return format_html(
        '<rect x="{}" y="{}" width="{}" height="{}" fill="url(#{}-{}-fill-{})"/>'
        '<text class="hc-chart__figure" x="{}" y="{}" dominant-baseline="middle">{}</text>',
        sheet.bar_left, y, width, thick, chart.id, sheet.name, index,
        sheet.bar_left + width + 6, y + thick / 2 + 1, figure(value),
    )  # fmt: skip


def _upright_grid(sheet: _Sheet, marks: Sequence[float], across: float, height: int) -> SafeString:
    places = ((round(sheet.bar_left + mark * across, 1), figure(mark)) for mark in marks)
    bottom = height - 26
    return format_html_join(
        "",
        '<line class="hc-chart__grid" x1="{0}" x2="{0}" y1="{2}" y2="{3}"/>'
        '<text x="{0}" y="{4}" text-anchor="middle">{1}</text>',
        ((x, text, _TOP, bottom, bottom + 18) for x, text in places),
    )


def _lines(chart: Chart, sheet: _Sheet) -> SafeString:
    marks, left = ticks(_highest(chart)), sheet.line_left
    high, wide = sheet.height - _TOP - _BOTTOM, sheet.width - left - _RIGHT
    step = wide / max(1, len(chart.labels) - 1)

    def place(index: int, value: float) -> tuple[float, float]:
        return round(left + index * step, 1), round(_TOP + high - value / marks[-1] * high, 1)

    grid = ((left, sheet.width - _RIGHT, place(0, mark)[1], left - 8, figure(mark)) for mark in marks)
    every = max(1, math.ceil(len(chart.labels) / sheet.labels))
    below = (
        (place(index, 0)[0], sheet.height - _BOTTOM + 22, _anchor(index, len(chart.labels)), _short(label, 14))
        for index, label in enumerate(chart.labels)
        if index % every == 0
    )
    paths = (
        part
        for index, series in enumerate(chart.series)
        for part in _path(index, [None if v is None else place(i, v) for i, v in enumerate(series.values)])
    )
    inner = format_html(
        "{}{}{}",
        format_html_join(
            "",
            '<line class="hc-chart__grid" x1="{0}" x2="{1}" y1="{2}" y2="{2}"/>'
            '<text x="{3}" y="{2}" text-anchor="end" dominant-baseline="middle">{4}</text>',
            grid,
        ),
        format_html_join("", '<text x="{}" y="{}" text-anchor="{}">{}</text>', below),
        format_html_join("", "{}", ((part,) for part in paths)),
    )
    return _frame(chart, sheet, sheet.height, inner)


def _anchor(index: int, count: int) -> str:
    return "end" if count > 1 and index == count - 1 else "middle"


def _path(index: int, points: Sequence[tuple[float, float] | None]) -> list[SafeString]:
    """One series as unbroken runs; a suppressed point breaks the line, a lone one is a dot."""
    colour, dash = COLOURS[index % 6], _DASHES[index % 6]
    runs = [list(run) for known, run in groupby(points, key=lambda point: point is not None) if known]
    drawn = []
    for run in runs:
        joined = " ".join(f"{x},{y}" for x, y in run)  # type: ignore[misc]
        drawn.append(
            format_html(
                '<polyline points="{}" fill="none" stroke="{}" stroke-width="2.5" stroke-dasharray="{}" '
                'stroke-linejoin="round"/>',
                joined,
                colour,
                dash or "none",
            )
        )
        drawn.extend(_marker(index, colour, point) for point in run if point)
    return drawn


def _marker(index: int, colour: str, point: tuple[float, float]) -> SafeString:
    """A round, square or pointed dot: the third way, after colour and dashes, to tell series apart."""
    x, y = point
    if index % 3 == 0:
        return format_html('<circle cx="{}" cy="{}" r="3" fill="{}"/>', x, y, colour)
    if index % 3 == 1:
        return format_html('<rect x="{}" y="{}" width="6" height="6" fill="{}"/>', x - 3, y - 3, colour)
    return format_html('<path d="M{} {}l4 7h-8z" fill="{}"/>', x, y - 4, colour)


def _swatch(chart: Chart, index: int) -> SafeString:
    """A little picture of the series for the legend."""
    if chart.kind == "line":
        inner = format_html("{}{}", *_path(index, [(2, 8), (30, 8)])[:2])
    else:
        name = f"{chart.id}-key"
        bar = format_html('<rect width="32" height="16" fill="url(#{}-fill-{})"/>', name, index)
        inner = format_html("{}{}", _patterns(name, [index]), bar)
    return format_html(
        '<svg class="hc-chart__swatch" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 16" aria-hidden="true" '
        'focusable="false">{}</svg>',
        inner,
    )


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
