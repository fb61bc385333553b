"""How instants and dates read on a page: Europe/London, GOV.UK style."""

from __future__ import annotations

import datetime as dt

from kernel.clock import LONDON


def date_text(value: dt.date | None) -> str:
    """A date in words: "24 December 2026". A moment gives its local date; nothing gives ""."""
    if value is None:
        return ""
    date = value.astimezone(LONDON) if isinstance(value, dt.datetime) else value
    return f"{date.day} {date:%B %Y}"


def time_text(value: dt.datetime | dt.time | None) -> str:
    """A time of day in words: "6:40pm", "5pm", "midday", "midnight"."""
    if value is None:
        return ""
    time = value.astimezone(LONDON).time() if isinstance(value, dt.datetime) else value
    if time.minute == 0 and time.hour in (0, 12):
        return "midday" if time.hour else "midnight"
    minutes = f":{time.minute:02}" if time.minute else ""
    return f"{time.hour % 12 or 12}{minutes}{'pm' if time.hour >= 12 else 'am'}"


def until_text(value: dt.datetime | dt.date | None) -> str:
    """The end of a time in words: midnight ends the day before, "the end of 1 March 2027"."""
    if isinstance(value, dt.datetime):
        local = value.astimezone(LONDON)
        if local.time() == dt.time():
            return f"the end of {date_text(local.date() - dt.timedelta(days=1))}"
    return moment_text(value)


def moment_text(value: dt.datetime | dt.date | None) -> str:
    """A moment in words: "24 December 2026 at 6:40pm". A plain date has no time; nothing gives ""."""
    if isinstance(value, dt.datetime):
        return f"{date_text(value)} at {time_text(value)}"
    return date_text(value)
