"""Quiet hours and digests: when a mail leaves. Pure: values in, value out, all times in London."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from agencies.choices import Delivery
from kernel.working_days import LONDON

DIGEST_TIME = dt.time(8)
"""From then on a day's digest gathers what was written before; on a Monday a week's as well."""

_DAY = dt.timedelta(days=1)


def quiet_until(starts: dt.time, ends: dt.time, days: Collection[int], moment: dt.datetime) -> dt.datetime | None:
    """The end of the quiet hours in which a moment lies; None where it lies in none.

    What runs over midnight belongs to the day on which it begins; the end itself is outside. Days that follow each
    other without a gap between them end together, a week on at most. The same start and end mean the whole day.
    """
    end = None
    for _ in range(8):
        inside = _window_end(starts, ends, days, end or moment)
        if inside is None:
            break
        end = inside
    return end


def _window_end(starts: dt.time, ends: dt.time, days: Collection[int], moment: dt.datetime) -> dt.datetime | None:
    today = moment.astimezone(LONDON).date()
    for day in (today, today - _DAY):
        if day.weekday() not in days:
            continue
        last = day if starts < ends else day + _DAY
        begin, end = _at(day, starts), _at(last, ends)
        if begin <= moment < end:
            return end
    return None


def digest_period(delivery: str, moment: dt.datetime) -> tuple[dt.date, dt.datetime]:
    """Which digest is due at a moment: its day (of a week: its Monday), and the instant before which it gathers."""
    day = moment.astimezone(LONDON).date()
    if moment < _at(day, DIGEST_TIME):
        day -= _DAY
    if delivery == Delivery.WEEKLY:
        day -= dt.timedelta(days=day.weekday())
    return day, _at(day, DIGEST_TIME)


def _at(day: dt.date, time: dt.time) -> dt.datetime:
    return dt.datetime.combine(day, time, LONDON).astimezone(dt.UTC)
