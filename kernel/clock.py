"""The only source of "now" for clocks, deadlines and pages.

`HATECASE_NOW` freezes it in the demo and in tests. It never moves access: both walls compare grants
with the database's own clock.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime

LONDON = ZoneInfo("Europe/London")


def now() -> dt.datetime:
    """The present instant, aware, in UTC; the frozen one where `HATECASE_NOW` is set."""
    if settings.HATECASE_NOW:
        frozen = parse_datetime(settings.HATECASE_NOW)
        if frozen is None:
            raise ValueError("HATECASE_NOW is not an ISO date and time.")
        if timezone.is_naive(frozen):
            frozen = frozen.replace(tzinfo=LONDON)
        return frozen.astimezone(dt.UTC)
    return timezone.now()


def today() -> dt.date:
    """Today's date in Europe/London."""
    return now().astimezone(LONDON).date()


def now_real() -> dt.datetime:
    """The real instant in UTC, for access and the audit: a frozen demo clock never moves it."""
    return dt.datetime.now(dt.UTC)


def today_real() -> dt.date:
    """The real date in Europe/London, for access: a frozen demo clock never moves it."""
    return now_real().astimezone(LONDON).date()
