"""Dates and times as people type them: day, month and year apart, a time in words or figures."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from kernel import clock
from kernel.clock import LONDON
from kernel.forms.text import literal
from kernel.plausible import birth_problem
from kernel.when import time_text

DATE_PARTS = ["day", "month", "year"]
EARLIEST = dt.date(1900, 1, 1)
_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
_SHORT_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
_TIME = re.compile(r"(?P<hour>[0-9]{1,2})(?:[:.](?P<minute>[0-9]{2}))?\s*(?P<half>am|pm)?", re.IGNORECASE)


class DatePartsWidget(forms.MultiWidget):
    """Three short inputs, `<name>_day`, `<name>_month` and `<name>_year`."""

    template_name = "gov/date_parts.html"
    use_fieldset = True
    labels: Mapping[str, str] = {"day": "Day", "month": "Month", "year": "Year"}

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({name: forms.TextInput() for name in self.labels}, attrs)

    def decompress(self, value: dt.date | None) -> list[str]:
        if not isinstance(value, dt.date):
            return ["", "", ""]
        return [str(value.day), str(value.month), str(value.year)]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        for part, sub in zip(self.labels, context["widget"]["subwidgets"], strict=True):
            sub.update(part=part, label=self.labels[part], wide=part == "year")
        return context


class DateTimePartsWidget(DatePartsWidget):
    """A date's three inputs and one for the time, `<name>_time`."""

    labels = {"day": "Day", "month": "Month", "year": "Year", "time": "Time"}

    def decompress(self, value: dt.date | None) -> list[str]:
        if not isinstance(value, dt.datetime):
            return [*super().decompress(value), ""]
        local = value.astimezone(LONDON)
        return [*super().decompress(local.date()), time_text(local)]


class GovDateField(forms.Field):
    """A date in three parts; cleans to `datetime.date`.

    `past_only` refuses tomorrow and later, `future_only` refuses yesterday and earlier, both by
    `kernel.clock.now()` in local time. `earliest` refuses slips such as the year 202.
    """

    widget: DatePartsWidget
    widget_class: type[DatePartsWidget] = DatePartsWidget

    def __init__(
        self,
        *,
        past_only: bool = False,
        future_only: bool = False,
        earliest: dt.date = EARLIEST,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("widget", self.widget_class)
        super().__init__(**kwargs)
        self.past_only, self.future_only, self.earliest = past_only, future_only, earliest

    @property
    def said(self) -> str:
        return literal(self.label or "Date")

    def to_python(self, value: Any) -> dt.date | None:
        if value in self.empty_values or isinstance(value, dt.date):
            return value or None
        parts = [str(part or "").strip() for part in value]
        return self.parse(parts[:3]) if any(parts) else None

    def parse(self, parts: list[str]) -> dt.date:
        """The three parts as a date; raises ValidationError naming the parts that are wrong."""
        missing = [name for name, part in zip(DATE_PARTS, parts, strict=True) if not part]
        if missing:
            joined = " and ".join(missing)
            raise ValidationError(f"{self.said} must include a {joined}", code="incomplete", params={"parts": missing})
        if not re.fullmatch(r"[0-9]{4}", parts[2]):
            raise ValidationError("Year must include 4 numbers", code="year", params={"parts": ["year"]})
        try:
            date = dt.date(int(parts[2]), _month(parts[1]), _number(parts[0]))
        except ValueError as error:
            raise ValidationError(
                f"{self.said} must be a real date", code="unreal", params={"parts": DATE_PARTS}
            ) from error
        if date < self.earliest:
            raise ValidationError(
                f"{self.said} must be on or after {in_words(self.earliest)}",
                code="too_early",
                params={"parts": DATE_PARTS},
            )
        return date

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is not None:
            self.check_side(value)

    def check_side(self, value: dt.date) -> None:
        """Refuse a date on the wrong side of today."""
        today = clock.today()
        if self.past_only and value > today:
            raise ValidationError(
                f"{self.said} must be today or in the past", code="future", params={"parts": DATE_PARTS}
            )
        if self.future_only and value < today:
            raise ValidationError(
                f"{self.said} must be today or in the future", code="past", params={"parts": DATE_PARTS}
            )

    def has_changed(self, initial: Any, data: Any) -> bool:
        typed = [str(part or "").strip() for part in (data or ["", "", ""])]
        return typed != self.widget.decompress(initial)


class GovBirthField(GovDateField):
    """Somebody's date of birth: of a person who can be alive."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"label": "Date of birth", "required": False, "past_only": True, **kwargs})

    def check_side(self, value: dt.date) -> None:
        """Refuse a day on which nobody alive was born."""
        if problem := birth_problem(value, clock.today()):
            raise ValidationError(problem, code="birth", params={"parts": DATE_PARTS})


class GovDateTimeField(GovDateField):
    """A date and a time of day in Europe/London; cleans to the instant, an aware `datetime.datetime` in UTC.

    A time that the clocks skip in March is refused; one that comes twice in October is the first.
    """

    widget_class = DateTimePartsWidget

    def to_python(self, value: Any) -> dt.datetime | None:
        if value in self.empty_values or isinstance(value, dt.datetime):
            return value or None
        parts = [str(part or "").strip() for part in value]
        if not any(parts):
            return None
        date, time = self.parse(parts[:3]), self.parse_time(parts[3])
        moment = dt.datetime.combine(date, time, tzinfo=LONDON)
        if moment.astimezone(dt.UTC).astimezone(LONDON).replace(tzinfo=None) != moment.replace(tzinfo=None):
            raise ValidationError(
                f"{self.said} must be a real time: the clocks went forward in that hour",
                code="skipped",
                params={"parts": ["time"]},
            )
        return moment.astimezone(dt.UTC)

    def has_changed(self, initial: Any, data: Any) -> bool:
        typed = [str(part or "").strip() for part in (data or ["", "", "", ""])]
        shown = self.widget.decompress(initial)
        return typed[:3] != shown[:3] or _same_time(typed[3]) != _same_time(shown[3])

    def parse_time(self, text: str) -> dt.time:
        """A time of day; raises ValidationError that names the time part."""
        if not text:
            raise ValidationError(f"{self.said} must include a time", code="incomplete", params={"parts": ["time"]})
        time = time_from_text(text)
        if time is None:
            raise ValidationError(
                f"{self.said} must include a real time, like 6:40pm or 18:40", code="time", params={"parts": ["time"]}
            )
        return time

    def check_side(self, value: dt.date) -> None:
        """Refuse a moment on the wrong side of now."""
        now = clock.now()
        if self.past_only and value > now:
            sentence, parts = self._too_late(value, now)
            raise ValidationError(sentence, code="future", params={"parts": parts})
        if self.future_only and value < now:
            raise ValidationError(f"{self.said} must be in the future", code="past", params={"parts": DATE_PARTS})

    def _too_late(self, value: Any, now: dt.datetime) -> tuple[str, list[str]]:
        if value.astimezone(LONDON).date() == now.astimezone(LONDON).date():
            return f"{self.said} must not be later than the time now", ["time"]
        return f"{self.said} must be today or in the past", DATE_PARTS


class GovTimeField(forms.CharField):
    """A time of day alone; cleans to `datetime.time` or None."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"class": "govuk-input--width-5"}
        super().__init__(max_length=20, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> dt.time | None:
        if isinstance(value, dt.time):
            return value
        text = super().clean(value)
        if not text:
            return None
        time = time_from_text(text)
        if time is None:
            raise ValidationError(f"{self.label or 'Time'} must be a real time, like 6:40pm or 18:40", code="time")
        return time

    def prepare_value(self, value: Any) -> Any:
        return time_text(value) if isinstance(value, dt.time) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        typed = str(data or "").strip()
        return (time_from_text(typed) or typed) != (initial or "")


def _same_time(text: str) -> dt.time | str:
    return time_from_text(text) or text


def time_from_text(text: str) -> dt.time | None:
    """A time of day from "6:40pm", "18.40", "6pm", "midday" or "midnight"; None when it is none."""
    words = {"midday": dt.time(12), "noon": dt.time(12), "midnight": dt.time(0)}
    text = text.strip().lower()
    if text in words:
        return words[text]
    match = _TIME.fullmatch(text)
    if not match or not (match["minute"] or match["half"]):
        return None
    hour, minute, half = int(match["hour"]), int(match["minute"] or 0), match["half"]
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return dt.time(hour, minute) if hour < 24 and minute < 60 else None


def in_words(date: dt.date) -> str:
    """A date as sentences have it: "24 December 2026"."""
    return f"{date.day} {date:%B %Y}"


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,2}", text):
        raise ValueError(text)
    return int(text)


def _month(text: str) -> int:
    lowered = text.lower()
    return _MONTHS.get(lowered) or _SHORT_MONTHS.get(lowered) or _number(text)
