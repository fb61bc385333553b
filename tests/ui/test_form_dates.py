"""Dates and times in parts: what is taken, what is refused and how, and that nothing typed is lost."""

from __future__ import annotations

import datetime as dt

import pytest
from bs4 import BeautifulSoup
from django.test import override_settings

from kernel.forms import GovDateField, GovDateTimeField, GovForm, GovTimeField
from kernel.forms.dates import time_from_text

# Half past midnight in London on 1 July is still 30 June in UTC.
pytestmark = pytest.mark.usefixtures("_frozen")


@pytest.fixture
def _frozen() -> object:
    with override_settings(HATECASE_NOW="2026-07-01T00:30:00+01:00"):
        yield


class DatesForm(GovForm):
    day = GovDateField(label="Date of birth", past_only=True)
    due = GovDateField(label="Due date", future_only=True, required=False)
    at = GovDateTimeField(label="When it happened", past_only=True, required=False)
    call = GovTimeField(label="Time of the call", required=False)


def typed(name: str, *parts: str) -> dict[str, str]:
    return dict(zip((f"{name}_{part}" for part in ("day", "month", "year", "time")), parts, strict=False))


def form_of(**parts: tuple[str, ...]) -> DatesForm:
    data = typed("day", "2", "3", "1990")
    for name, values in parts.items():
        data |= typed(name, *values)
    return DatesForm(data)


def error_of(name: str, *parts: str) -> str:
    form = form_of(**{name: parts})
    assert not form.is_valid()
    (message,) = form.errors[name]
    return str(message)


@pytest.mark.parametrize(
    ("parts", "date"),
    [
        (("24", "12", "1990"), dt.date(1990, 12, 24)),
        (("01", "02", "2024"), dt.date(2024, 2, 1)),
        ((" 29 ", "feb", "2024"), dt.date(2024, 2, 29)),
        (("3", "September", "2025"), dt.date(2025, 9, 3)),
        (("1", "7", "2026"), dt.date(2026, 7, 1)),
    ],
)
def test_dates_that_are_taken(parts: tuple[str, ...], date: dt.date) -> None:
    form = form_of(day=parts)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["day"] == date


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        (("", "", ""), "Enter date of birth"),
        (("24", "", "1990"), "Date of birth must include a month"),
        (("", "", "1990"), "Date of birth must include a day and month"),
        (("31", "2", "2020"), "Date of birth must be a real date"),
        (("x", "2", "2020"), "Date of birth must be a real date"),
        (("٣", "2", "2020"), "Date of birth must be a real date"),
        (("3", "13", "2020"), "Date of birth must be a real date"),
        (("3", "2", "20"), "Year must include 4 numbers"),
        (("3", "2", "0000"), "Date of birth must be a real date"),
        (("3", "2", "1802"), "Date of birth must be on or after 1 January 1900"),
        (("2", "7", "2026"), "Date of birth must be today or in the past"),
        (("\x00", "2", "2020"), "Date of birth must be a real date"),
    ],
)
def test_dates_that_are_refused(parts: tuple[str, ...], sentence: str) -> None:
    assert error_of("day", *parts) == sentence


def test_a_due_date_is_not_in_the_past() -> None:
    assert form_of(due=("1", "7", "2026")).is_valid()
    assert error_of("due", "30", "6", "2026") == "Due date must be today or in the future"


def test_everything_typed_is_shown_again_and_the_wrong_part_is_marked() -> None:
    form = form_of(day=("24", "", "90"))
    page = BeautifulSoup(str(form), "html.parser")
    values = [page.find("input", attrs={"name": f"day_{part}"}).get("value", "") for part in ("day", "month", "year")]
    assert values == ["24", "", "90"]
    marked = {tag["name"] for tag in page.select("input.govuk-input--error")}
    assert marked == {"day_month"}
    ((_, target),) = form.error_items()
    assert page.find("input", id=target)["name"] == "day_month"
    for part in ("day", "month", "year"):
        control = page.find("input", attrs={"name": f"day_{part}"})
        assert page.find("label", attrs={"for": control["id"]}).text.strip() == part.capitalize()


def test_a_stored_date_fills_its_parts_and_is_unchanged() -> None:
    stored = {"day": dt.date(1990, 3, 2), "at": dt.datetime(2026, 6, 30, 17, 40, tzinfo=dt.UTC), "call": dt.time(9, 5)}
    page = BeautifulSoup(str(DatesForm(initial=stored)), "html.parser")
    assert page.find("input", attrs={"name": "day_month"})["value"] == "3"
    assert page.find("input", attrs={"name": "at_time"})["value"] == "6:40pm"
    assert page.find("input", attrs={"name": "call"})["value"] == "9:05am"
    sent = typed("day", "2", "3", "1990") | typed("at", "30", "6", "2026", "18:40") | {"call": "09:05"}
    assert DatesForm(sent, initial=stored).changed_data == []


@pytest.mark.parametrize(
    ("parts", "moment"),
    [
        (("30", "6", "2026", "6:40pm"), dt.datetime(2026, 6, 30, 17, 40, tzinfo=dt.UTC)),
        (("1", "1", "2026", "18.40"), dt.datetime(2026, 1, 1, 18, 40, tzinfo=dt.UTC)),
        (("1", "1", "2026", "12am"), dt.datetime(2026, 1, 1, 0, 0, tzinfo=dt.UTC)),
        # The clocks go back at 2am: half past one comes twice, and the first is meant.
        (("26", "10", "2025", "1:30am"), dt.datetime(2025, 10, 26, 0, 30, tzinfo=dt.UTC)),
    ],
)
def test_moments_are_local_times(parts: tuple[str, ...], moment: dt.datetime) -> None:
    form = form_of(at=parts)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["at"] == moment


@pytest.mark.parametrize(
    ("parts", "sentence", "part"),
    [
        (("29", "3", "2026", "1:30am"), "When it happened must be a real time: the clocks went forward in that hour",
         "at_time"),
        (("30", "6", "2026", ""), "When it happened must include a time", "at_time"),
        (("30", "6", "2026", "25:00"), "When it happened must include a real time, like 6:40pm or 18:40", "at_time"),
        (("", "6", "2026", "18:40"), "When it happened must include a day", "at_day"),
        (("1", "7", "2026", "00:31"), "When it happened must not be later than the time now", "at_time"),
        (("2", "7", "2026", "00:01"), "When it happened must be today or in the past", "at_day"),
    ],
)  # fmt: skip
def test_moments_that_are_refused(parts: tuple[str, ...], sentence: str, part: str) -> None:
    form = form_of(at=parts)
    assert not form.is_valid()
    ((text, target),) = form.error_items()
    assert text == sentence
    assert BeautifulSoup(str(form), "html.parser").find("input", id=target)["name"] == part


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("6:40pm", dt.time(18, 40)), ("6.40 PM", dt.time(18, 40)), ("18:40", dt.time(18, 40)), ("6pm", dt.time(18)),
        ("12pm", dt.time(12)), ("midday", dt.time(12)), ("midnight", dt.time(0)), ("0:05", dt.time(0, 5)),
        ("18", None), ("13pm", None), ("0am", None), ("24:00", None), ("9:60", None), ("soon", None), ("", None),
    ],
)  # fmt: skip
def test_times_of_day(text: str, time: dt.time | None) -> None:
    assert time_from_text(text) == time


def test_a_time_alone() -> None:
    form = form_of()
    form.data = form.data | {"call": "25:00"}
    assert not form.is_valid()
    assert form.errors["call"] == ["Time of the call must be a real time, like 6:40pm or 18:40"]
