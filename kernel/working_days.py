"""Working-day arithmetic: when a report counts as received, and when something is due.

Time limits are in working days of England and Wales, in London time; an office day runs from 09:00 and ends at 17:00.
Everything here is pure: bank holidays are passed in as a set of dates, and instants as aware datetimes, which come
back in UTC. A naive datetime raises ``ValueError``. Rules: docs/domain.md §3.2, §3.3.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
OFFICE_OPENS = time(9, 0)
OFFICE_CLOSES = time(17, 0)
AMBER_FRACTION = 0.75

Holidays = AbstractSet[date]
"""Bank holidays as a set of dates."""

_DAY = timedelta(days=1)


def is_working_day(day: date, holidays: Holidays) -> bool:
    """Whether offices are open: Monday to Friday, and not a bank holiday."""
    return day.weekday() < 5 and day not in holidays


def add_working_days(day: date, n: int, holidays: Holidays) -> date:
    """The n-th working day after a day, which itself is day 0; with a negative n the n-th one before it."""
    step = _DAY if n > 0 else -_DAY
    for _ in range(abs(n)):
        day += step
        while not is_working_day(day, holidays):
            day += step
    return day


def working_days_between(start: date, end: date, holidays: Holidays) -> int:
    """How many working days lie after ``start`` up to and including ``end``; negative when ``end`` is earlier."""
    if end < start:
        return -working_days_between(end, start, holidays)
    return sum(is_working_day(start + _DAY * offset, holidays) for offset in range(1, (end - start).days + 1))


def local_date(instant: datetime) -> date:
    """The date in London at an instant."""
    return _local(instant).date()


def close_of(day: date) -> datetime:
    """17:00 in London on a day, as an instant in UTC."""
    return datetime.combine(day, OFFICE_CLOSES, LONDON).astimezone(UTC)


def deemed_date(received: datetime, holidays: Holidays) -> date:
    """The working day on which a report counts as received: the day itself before 17:00, otherwise the next one."""
    local = _local(received)
    day = local.date()
    if is_working_day(day, holidays) and local.time() < OFFICE_CLOSES:
        return day
    return add_working_days(day, 1, holidays)


def due_at(received: datetime, n_wd: int, holidays: Holidays) -> datetime:
    """17:00 in London on the n-th working day after the deemed date. Done at that instant is still on time."""
    return close_of(add_working_days(deemed_date(received, holidays), n_wd, holidays))


def add_hours(received: datetime, hours: float) -> datetime:
    """So many elapsed hours later, over weekends, holidays and clock changes."""
    return _utc(received) + timedelta(hours=hours)


def working_time(start: datetime, end: datetime, holidays: Holidays) -> timedelta:
    """The office hours between two instants; none when ``end`` is not later."""
    total = timedelta()
    for opens, closes in _office_days(start, end, holidays):
        total += closes - opens
    return total


def working_instant(start: datetime, end: datetime, fraction: float, holidays: Holidays) -> datetime:
    """The instant at which a fraction of the office hours between two instants has passed.

    Without any office hour between them it is ``end``.
    """
    stretches = _office_days(start, end, holidays)
    left = sum((closes - opens for opens, closes in stretches), timedelta()) * fraction
    for opens, closes in stretches:
        if left <= closes - opens:
            return opens + left
        left -= closes - opens
    return _utc(end)


def amber_at(start: datetime, due: datetime, n_wd: int, holidays: Holidays) -> datetime:
    """When a limit of n working days turns amber: at 75 % of its office hours or with one working day left,
    whichever is earlier; a limit of one working day at 75 % of its office hours only (docs/domain.md §3.3).
    """
    by_fraction = working_instant(start, due, AMBER_FRACTION, holidays)
    if n_wd <= 1:
        return by_fraction
    one_day_left = close_of(add_working_days(local_date(due), -1, holidays))
    return min(by_fraction, one_day_left)


def amber_at_elapsed(start: datetime, due: datetime) -> datetime:
    """When a limit in elapsed hours turns amber: at 75 % of the interval."""
    return _utc(start) + (due - start) * AMBER_FRACTION


def _office_days(start: datetime, end: datetime, holidays: Holidays) -> list[tuple[datetime, datetime]]:
    """The stretches of office hours between two instants, in UTC and in order."""
    first, last = local_date(start), local_date(end)
    start, end = _utc(start), _utc(end)
    stretches = []
    for offset in range((last - first).days + 1):
        day = first + _DAY * offset
        if not is_working_day(day, holidays):
            continue
        opens, closes = _office_hours(day)
        opens, closes = max(opens, start), min(closes, end)
        if opens < closes:
            stretches.append((opens, closes))
    return stretches


@lru_cache(maxsize=4096)
def _office_hours(day: date) -> tuple[datetime, datetime]:
    """When the office opens and closes on a day, in UTC. Kept, because a long limit asks for many days."""
    return datetime.combine(day, OFFICE_OPENS, LONDON).astimezone(UTC), close_of(day)


def _local(instant: datetime) -> datetime:
    return _utc(instant).astimezone(LONDON)


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("An instant needs a time zone.")
    return instant.astimezone(UTC)
