"""Fields that several forms of incidents share."""

from __future__ import annotations

import datetime as dt
from typing import Any

from kernel import clock
from kernel.clock import LONDON
from kernel.forms import GovDateTimeField

DAY_STARTS = dt.time(0, 0)
DAY_ENDS = dt.time(23, 59)


class DayOrMomentField(GovDateTimeField):
    """A date, and a time where it is known. Without one it is the first minute of the day or, with `last`, the last
    one that has passed. It is never in the future."""

    def __init__(self, *, last: bool = False, **kwargs: Any) -> None:
        super().__init__(past_only=True, **kwargs)
        self.last = last

    def to_python(self, value: Any) -> dt.datetime | None:
        moment = super().to_python(value)
        if moment is None or isinstance(value, dt.datetime) or not self.last or time_typed(value):
            return moment
        now = clock.now().astimezone(LONDON)
        return min(moment, now) if moment.date() == now.date() else moment

    def parse_time(self, text: str) -> dt.time:
        if text:
            return super().parse_time(text)
        return DAY_ENDS if self.last else DAY_STARTS


def time_typed(parts: Any) -> bool:
    """Whether the time of a date and time was given, from the four parts as they were sent."""
    return bool(parts) and len(parts) == 4 and bool(str(parts[3] or "").strip())


def end_of_day(moment: dt.datetime) -> dt.datetime:
    """The last minute of a moment's local day, or now if that is earlier."""
    local = moment.astimezone(LONDON)
    return min(dt.datetime.combine(local.date(), DAY_ENDS, tzinfo=LONDON), clock.now())
