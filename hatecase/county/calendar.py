"""When things are reported: seasons, weekdays, hours, the growth of reporting, and the planted spikes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from agencies.choices import District
from hatecase.county.dice import Dice, Table
from incidents.choices import Strand
from kernel.working_days import LONDON

DAYS_IN_YEAR = 365.25

# More in summer, and in October, when hate crime awareness week brings reports in (docs/domain.md §9.4).
_MONTHS = (0.88, 0.86, 0.93, 0.97, 1.03, 1.08, 1.18, 1.14, 1.02, 1.12, 0.95, 0.84)
_WEEKDAYS = (1.08, 1.0, 0.98, 0.98, 1.06, 1.02, 0.88)
_HOURS = Table(enumerate((2, 1, 1, 0.5, 0.3, 0.5, 1, 2, 5, 8, 9, 8, 7, 7, 8, 9, 9, 8, 7, 6, 6, 5, 4, 3)))
_START_OF_REPORTING, _END_OF_REPORTING = 0.55, 1.45
_LIVELY_SHARE, _LIVELY_MOST, _LIVELY_DAYS = 0.08, 40, 16
_GRAVE_EVERY = 2
# Whom the cases of the last days come to, in turn, so that every kind of partner has fresh work.
_LIVELY_AGENCIES = ("POL", "NNC", "POL", "WNC", "POL", "RSL1", "NNC", "TPRC1", "NREC", "WNC", "VSS", "NNC")
_SPIKE_SHARE = 0.2


@dataclass(frozen=True)
class Spike:
    """A planted rise: what, where, from when, and how many times the usual number."""

    name: str
    strand: Strand
    subs: tuple[str, ...]
    district: District
    days_before_end: int
    days: int
    factor: float
    share: float

    def starts(self, until: date) -> date:
        """Its first day."""
        return until - timedelta(days=self.days_before_end)


# `share` is the part of a district's usual reports that has this strand and these sub-categories.
SPIKES = (
    Spike(
        "Anti-Muslim abuse after an attack abroad",
        Strand.RELIGION,
        ("muslim",),
        District.NORTHAMPTON,
        27,
        14,
        4.0,
        0.05,
    ),
    Spike(
        "Abuse outside a hotel that houses people seeking asylum",
        Strand.RACE,
        ("asylum-seeker-or-refugee-perceived",),
        District.KETTERING,
        455,
        14,
        5.0,
        0.06,
    ),
    Spike(
        "Attacks on Travellers after a roadside encampment",
        Strand.RACE,
        ("irish-traveller",),
        District.DAVENTRY,
        620,
        21,
        5.0,
        0.06,
    ),
    Spike(
        "Homophobic abuse in the weeks around a Pride march",
        Strand.ORIENTATION,
        ("gay-men", "lesbian"),
        District.NORTHAMPTON,
        520,
        14,
        3.0,
        0.06,
    ),
)


@dataclass(slots=True)
class Arrival:
    """One case to come: when it is received; and, where that is settled, by whom, how grave, of which spike."""

    at: datetime
    spike: int | None = None
    agency: str = ""
    grave: bool = False


@dataclass
class Calendar:
    """The span of a county: from some years before a day up to the beginning of that day, London time."""

    until: date
    years: float
    first: date = field(init=False)
    end: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.first = self.until - timedelta(days=max(30, round(self.years * DAYS_IN_YEAR)))
        self.end = midnight(self.until)

    @property
    def days(self) -> int:
        """How many days the span has."""
        return (self.until - self.first).days

    def weight(self, day: date) -> float:
        """How much is reported on a day, against an average one."""
        growth = (day - self.first).days / self.days
        reporting = _START_OF_REPORTING + growth * (_END_OF_REPORTING - _START_OF_REPORTING)
        return _MONTHS[day.month - 1] * _WEEKDAYS[day.weekday()] * reporting

    def spikes(self) -> list[tuple[int, Spike]]:
        """The planted spikes that lie wholly inside the span."""
        return [(i, s) for i, s in enumerate(SPIKES) if self.first + timedelta(days=56) <= s.starts(self.until)]

    def arrivals(self, cases: int, dice: Dice, district_shares: dict[str, float]) -> list[Arrival]:
        """The cases to come, in order. Their number is exactly what was asked for."""
        planted = self._planted(cases, dice, district_shares)
        lively = min(_LIVELY_MOST, int(cases * _LIVELY_SHARE), cases - len(planted))
        recent = [self.until - timedelta(days=n) for n in range(1, _LIVELY_DAYS + 1)]
        every = [self.first + timedelta(days=n) for n in range(self.days)]
        usual = Table((day, self.weight(day)) for day in every)
        rest = cases - len(planted) - lively
        found = planted + [
            Arrival(
                _moment(dice, dice.pick(recent)),
                agency=_LIVELY_AGENCIES[n % len(_LIVELY_AGENCIES)],
                grave=n % _GRAVE_EVERY == 0,
            )
            for n in range(lively)
        ]
        found += [Arrival(_moment(dice, dice.draw(usual))) for _ in range(rest)]
        return sorted(found, key=lambda arrival: (arrival.at, arrival.spike is None))

    def _planted(self, cases: int, dice: Dice, district_shares: dict[str, float]) -> list[Arrival]:
        found: list[Arrival] = []
        for index, spike in self.spikes():
            usual = cases / self.days * spike.days * district_shares[spike.district] * spike.share
            extra = max(5, round(usual * (spike.factor - 1)))
            for _ in range(extra):
                # Most at the beginning, then dying away.
                offset = min(int(dice.random() ** 1.6 * spike.days), spike.days - 1)
                day = spike.starts(self.until) + timedelta(days=offset)
                found.append(Arrival(_moment(dice, day), index))
        return found[: int(cases * _SPIKE_SHARE)]


def midnight(day: date) -> datetime:
    """The beginning of a day in London, in UTC."""
    return datetime.combine(day, time(), LONDON).astimezone(UTC)


def at_time(day: date, hour: int, minute: int = 0) -> datetime:
    """A time of a day in London, in UTC."""
    return datetime.combine(day, time(hour, minute), LONDON).astimezone(UTC)


def _moment(dice: Dice, day: date) -> datetime:
    return at_time(day, dice.draw(_HOURS), dice.whole(0, 59))
