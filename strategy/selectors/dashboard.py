"""The page of the strategic group: what was published of one window, whole or narrowed by one strand or one district.

Narrowing only picks from what is published: no count is worked out for a choice, so choices cannot be played off
against one another (docs/domain.md §9.5).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from agencies.choices import District
from agencies.models import Agency
from incidents.choices import Band, ClockKind, Strand
from kernel.actors import Actor
from kernel.errors import ForbiddenError
from strategy.choices import CRIME, DUE_RESULTS, NOT_ASSESSED, ONCE, REPEAT, SEVERAL, By, ClockResult
from strategy.models import Release
from strategy.rules import Share, months_between, percent_of
from strategy.rules.periods import Period, windows_until
from strategy.scoping import may_see_figures
from strategy.selectors.published import Figures, figures_of_window

CLOCKS = (ClockKind.K0, ClockKind.K1, ClockKind.K2, ClockKind.K3, ClockKind.K4, ClockKind.K9)
BANDS = ((Band.HIGH.value, "High"), (Band.MEDIUM.value, "Medium"), (Band.STANDARD.value, "Standard"))
ALL_BANDS = (*BANDS, (NOT_ASSESSED, "Not assessed"))
STRANDS = (*((strand.value, strand.label) for strand in Strand), (SEVERAL, "More than one strand"))

HEADS = (
    "Race",
    "Religion",
    "Orientation",
    "Disability",
    "Transgender",
    "Alternative",
    "Sex",
    "Age",
    "Other",
    "Several",
)
"""The strands as heads of narrow columns, in the same order."""

Count = int | None


@dataclass(frozen=True)
class Choice:
    """What the page is narrowed by: at most one strand or one district."""

    window: int = 0
    strand: str = ""
    district: str = ""

    @property
    def label(self) -> str:
        """In words."""
        if self.strand:
            return Strand(self.strand).label
        return District(self.district).label if self.district else "The whole county"


@dataclass(frozen=True)
class Line:
    """One row of counts: what they are of, each count, and what they are out of where there is a total."""

    label: str
    counts: tuple[Count, ...]
    total: Count = None


@dataclass(frozen=True)
class Grid:
    """A table of counts by two things, with its totals."""

    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    foot: Line

    @property
    def is_hidden(self) -> bool:
        """Whether no cell of it says anything: every one is hidden or nought."""
        return not any(count for line in self.lines for count in line.counts)


@dataclass(frozen=True)
class ClockLine:
    """One service standard: how its clocks ended; ``on_time`` out of those of which it is known."""

    code: str
    label: str
    on_time: Share
    results: tuple[Count, ...]
    total: Count


@dataclass(frozen=True)
class Dashboard:
    """Everything that the page shows, as it is published; ``None`` is a hidden count."""

    choice: Choice
    made_at: dt.datetime
    period: Period
    incidents: Share
    latest_year: Count
    year_before: Count
    crimes: Share | None
    by_month: tuple[Line, ...]
    by_strand: tuple[Line, ...]
    by_district: tuple[Line, ...]
    by_agency: tuple[Line, ...]
    month_strand: Grid | None
    district_strand: Grid | None
    bands: Grid | None
    clocks: tuple[ClockLine, ...]
    victims: Grid | None


def windows_of(release: Release) -> tuple[Period, ...]:
    """The published windows, the latest first; older ones only as far back as there are figures. No query."""
    windows = windows_until(release.latest)
    return tuple((w.first, w.last) for w in windows if w.number == 0 or w.last >= release.earliest)


def dashboard_get(*, actor: Actor, release: Release, choice: Choice) -> Dashboard:
    """The page's figures. Two queries: the window, and the names of the agencies where they are shown.

    Raises ``ForbiddenError`` for somebody who may not see figures.
    """
    if not may_see_figures(actor):
        raise ForbiddenError("Your role does not see the county’s figures.")
    reader = _Reader(figures_of_window(choice.window), choice, windows_of(release)[choice.window])
    return Dashboard(
        choice=choice,
        made_at=release.made_at,
        period=reader.period,
        incidents=reader.incidents(),
        latest_year=reader.narrowed(reader.halves[1]),
        year_before=reader.narrowed(reader.halves[0]),
        crimes=reader.crimes(),
        by_month=tuple(Line(f"{m:%b %Y}", (reader.narrowed((m, m)),)) for m in reader.months),
        by_strand=() if choice.strand else reader.by_strand(),
        by_district=() if choice.district else reader.by_district(),
        by_agency=() if choice.strand or choice.district else reader.by_agency(),
        month_strand=None if choice.strand or choice.district else reader.month_strand(),
        district_strand=None if choice.strand or choice.district else reader.district_strand(),
        bands=None if choice.strand or choice.window else reader.bands(),
        clocks=() if choice.strand or choice.district else reader.clocks(),
        victims=None if choice.strand else reader.victims(),
    )


def agency_names(codes: Iterable[str]) -> dict[str, str]:
    """The names of agencies by code. One query."""
    return dict(Agency.objects.filter(code__in=list(codes)).values_list("code", "name"))


class _Reader:
    """Picks counts of one window, narrowed by the choice."""

    def __init__(self, figures: Figures, choice: Choice, period: Period) -> None:
        self.figures, self.choice, self.period = figures, choice, period
        self.months = months_between(*period)
        middle = len(self.months) // 2
        self.halves = ((period[0], self.months[middle - 1]), (self.months[middle], period[1]))

    def count(self, by: By, key: str = "", key2: str = "", period: Period | None = None) -> Count:
        return self.figures.get(self.choice.window, by, period or self.period, key, key2)

    def narrowed(self, period: Period) -> Count:
        """The incidents of a period as far as the choice goes."""
        if self.choice.strand:
            return self.count(By.STRAND, self.choice.strand, period=period)
        if self.choice.district:
            return self.count(By.DISTRICT, self.choice.district, period=period)
        return self.count(By.ALL, period=period)

    def incidents(self) -> Share:
        part, whole = self.narrowed(self.period), self.count(By.ALL)
        return Share(part, whole, percent_of(part, whole))

    def crimes(self) -> Share | None:
        if self.choice.strand or self.choice.district:
            return None
        part, whole = self.count(By.CRIME, CRIME), self.count(By.ALL)
        return Share(part, whole, percent_of(part, whole))

    def by_strand(self) -> tuple[Line, ...]:
        district = self.choice.district
        return tuple(
            Line(label, (self.count(By.DISTRICT_STRAND, district, key) if district else self.count(By.STRAND, key),))
            for key, label in STRANDS
        )

    def by_district(self) -> tuple[Line, ...]:
        strand = self.choice.strand
        return tuple(
            Line(
                place.label,
                (self.count(By.DISTRICT_STRAND, place, strand) if strand else self.count(By.DISTRICT, place),),
            )
            for place in District
        )

    def by_agency(self) -> tuple[Line, ...]:
        codes = self.figures.keys_of(By.AGENCY)
        names = agency_names(codes)
        lines = [Line(names.get(code, code), (self.count(By.AGENCY, code),)) for code in codes]
        # Hidden ones last and by name, so that their order says nothing about them.
        return tuple(sorted(lines, key=lambda line: (-(line.counts[0] or 0), line.label)))

    def month_strand(self) -> Grid:
        lines = tuple(
            Line(
                f"{month:%b %Y}",
                tuple(self.count(By.STRAND, key, period=(month, month)) for key, _ in STRANDS),
                self.count(By.ALL, period=(month, month)),
            )
            for month in self.months
        )
        return Grid(HEADS, lines, self._strand_foot())

    def district_strand(self) -> Grid:
        lines = tuple(
            Line(
                place.label,
                tuple(self.count(By.DISTRICT_STRAND, place, key) for key, _ in STRANDS),
                self.count(By.DISTRICT, place),
            )
            for place in District
        )
        return Grid(HEADS, lines, self._strand_foot())

    def _strand_foot(self) -> Line:
        return Line("The whole county", tuple(self.count(By.STRAND, key) for key, _ in STRANDS), self.count(By.ALL))

    def bands(self) -> Grid:
        return self._by_place(By.BAND, ALL_BANDS)

    def victims(self) -> Grid:
        return self._by_place(By.VICTIM, ((REPEAT, "Targeted again"), (ONCE, "Targeted once")))

    def _by_place(self, by: By, columns: tuple[tuple[str, str], ...]) -> Grid:
        keys = [key for key, _ in columns]
        places = [place for place in District if self.choice.district in ("", place.value)]
        lines = tuple(
            Line(place.label, tuple(self.count(by, place, key) for key in keys), self.count(by, place))
            for place in places
        )
        foot = Line("The whole county", tuple(self.count(by, "", key) for key in keys), self.count(by))
        return Grid(tuple(label for _, label in columns), lines, foot)

    def clocks(self) -> tuple[ClockLine, ...]:
        return tuple(self._clock(kind) for kind in CLOCKS)

    def _clock(self, kind: ClockKind) -> ClockLine:
        counts = {result: self.count(By.CLOCK, kind, result) for result in ClockResult}
        total = self.count(By.CLOCK, kind)
        met, due = counts[ClockResult.MET], _less(total, *(counts[r] for r in ClockResult if r not in DUE_RESULTS))
        return ClockLine(kind.value, kind.label, Share(met, due, percent_of(met, due)), tuple(counts.values()), total)


def _less(total: Count, *others: Count) -> Count:
    """What is left of a published total; hidden where any of it is."""
    known = [other for other in others if other is not None]
    return None if total is None or len(known) < len(others) else total - sum(known)
