"""Office time: when somebody gets round to something, by the working-day rules."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date, datetime, timedelta
from functools import lru_cache

from hatecase.county.calendar import at_time
from hatecase.county.dice import Dice
from kernel.working_days import Holidays, close_of, is_working_day, local_date

_OPENS, _CLOSES = 9, 17
_KEYED_FROM = 8
_AHEAD = timedelta(days=800)


class Office:
    """Times of work in a county, until the instant at which its story ends.

    The working days stand in a list, because a county of 100,000 cases asks for them some millions of times.
    """

    def __init__(self, holidays: Holidays, first: date, end: datetime) -> None:
        self.holidays = holidays
        self.end = end
        days = (local_date(end) + _AHEAD - first).days
        every = (first - timedelta(days=200) + timedelta(days=n) for n in range(days + 200))
        self._days = [day for day in every if is_working_day(day, holidays)]

    def day_after(self, day: date, working_days: int) -> date:
        """The n-th working day after a day; with 0 the day itself, or the next working day; with less, before it."""
        if working_days <= 0:
            return self._days[bisect_left(self._days, day) + working_days]
        return self._days[bisect_right(self._days, day) + working_days - 1]

    def between(self, start: datetime, due: datetime, dice: Dice, *, early: float = 1.0) -> datetime:
        """Some time in office hours after a start and not after a limit; `early` below 1 leans to the start."""
        if due <= start:
            return start
        low = bisect_left(self._days, local_date(start))
        high = bisect_right(self._days, local_date(due))
        if low >= high:
            return due
        day = self._days[low + int(dice.random() * early * (high - low))]
        opens, closes = _hours(day)
        opens, closes = max(opens, start), min(closes, due)
        share = max(0.02, dice.random())
        return opens + (closes - opens) * share if opens < closes else min(max(opens, start), due)

    def after(self, start: datetime, low: int, high: int, dice: Dice) -> datetime:
        """A time in office hours on a working day, from `low` up to `high` working days after a start."""
        day = self.day_after(local_date(start), dice.whole(low, high))
        moment = _hours(day)[0] + timedelta(minutes=dice.whole(0, 479))
        return moment if moment > start else start + timedelta(minutes=dice.whole(5, 40))

    def soon(self, moment: datetime, dice: Dice) -> datetime:
        """That moment if the office is open then, else on the next working morning."""
        day = local_date(moment)
        opens, closes = _hours(day)
        if self.day_after(day, 0) == day and moment < closes:
            return max(moment, opens)
        return _hours(self.day_after(day, 1))[0] + timedelta(minutes=dice.whole(5, 90))

    def late(self, due: datetime, dice: Dice) -> datetime:
        """A time one to four working days after a limit."""
        return self.after(due, 1, 4, dice)

    def by(self, start: datetime, due: datetime, on_time: float, dice: Dice, *, early: float = 1.0) -> datetime:
        """A time within the limit in that share of all cases, else after it."""
        return self.between(start, due, dice, early=early) if dice.chance(on_time) else self.late(due, dice)

    def close(self, start: datetime, working_days: int) -> datetime:
        """17:00 on a working day after a start."""
        return close_of(self.day_after(local_date(start), working_days))

    def last_hours(self, dice: Dice) -> datetime:
        """A time in the morning of the last working day before the story ends."""
        day = self.day_after(local_date(self.end), -1)
        return at_time(day, dice.whole(9, 12), dice.whole(0, 59))

    def keyed(self, received: datetime, dice: Dice, *, round_the_clock: bool) -> datetime:
        """When a report is keyed: soon, or on the next working morning where nobody is there."""
        day = local_date(received)
        opens, closes = at_time(day, _KEYED_FROM), at_time(day, _CLOSES)
        open_today = self.day_after(day, 0) == day
        if round_the_clock or (open_today and opens <= received < closes):
            return received + timedelta(minutes=dice.whole(6, 55))
        morning = day if open_today and received < opens else self.day_after(day, 1)
        return at_time(morning, _OPENS, dice.whole(0, 50))


@lru_cache(maxsize=8192)
def _hours(day: date) -> tuple[datetime, datetime]:
    return at_time(day, _OPENS), close_of(day)
