"""Charts: the drawing says what the table says, nothing suppressed is drawn, and no style is inline."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from kernel.charts import Chart, Series, bar_chart, figure, line_chart, ticks

WIDE = "svg.hc-chart__svg--wide"
MONTHS = ["Jan 2026", "Feb 2026", "Mar 2026", "Apr 2026"]


def draw(chart: Chart) -> BeautifulSoup:
    return BeautifulSoup(Template("{% load ui %}{% chart figure %}").render(Context({"figure": chart})), "html.parser")


def two_lines() -> Chart:
    return line_chart("By month", MONTHS, [Series("Race", [5, None, 9, 12]), Series("Faith <b>", [7, 8, 9, 10])])


def test_the_table_has_every_figure_and_marks_the_suppressed() -> None:
    page = draw(two_lines())
    rows = [[cell.text for cell in row.find_all(["th", "td"])] for row in page.find_all("tr")]
    assert rows == [
        ["Month", "Race", "Faith <b>"],
        ["Jan 2026", "5", "7"],
        ["Feb 2026", "[c]", "8"],
        ["Mar 2026", "9", "9"],
        ["Apr 2026", "12", "10"],
    ]
    assert "[c] means a count of 1 to 4" in page.text


def test_a_suppressed_point_breaks_the_line_and_is_not_drawn() -> None:
    page = draw(line_chart("By month", MONTHS, [Series("Race", [5, None, 9, 12])]))
    svg = page.find("svg", class_="hc-chart__svg")
    runs = [len(line["points"].split()) for line in svg.find_all("polyline")]
    assert runs == [1, 2]
    assert len(svg.find_all("circle")) == 3


def test_a_suppressed_bar_has_no_length() -> None:
    page = draw(bar_chart("By district", ["Corby", "Daventry"], [Series("Incidents", [8, None])], axis="District"))
    bars = [float(bar["width"]) for bar in page.select(f"{WIDE} > rect")]
    assert bars[0] > 0
    assert bars[1] == 0
    assert [text.text for text in page.select(f"{WIDE} .hc-chart__figure")] == ["8", "[c]"]


@pytest.mark.parametrize("chart", [two_lines(), bar_chart("B", ["x", "y"], [Series("One", [1, None])])])
def test_the_drawing_for_a_phone_says_the_same_and_shares_no_name(chart: Chart) -> None:
    page = draw(chart)
    wide, narrow = page.select(WIDE), page.select("svg.hc-chart__svg--narrow")
    said = [sorted(text.text for text in svg[0].select(".hc-chart__figure")) for svg in (wide, narrow)]
    assert said[0] == said[1]
    assert len(wide[0].find_all("circle")) == len(narrow[0].find_all("circle"))
    assert int(narrow[0]["viewbox"].split()[2]) <= 345, "a phone has 345 pixels for it"
    names = [tag["id"] for tag in page.find_all(id=True)]
    assert len(names) == len(set(names))


def test_bars_are_in_proportion() -> None:
    page = draw(bar_chart("By district", ["A", "B"], [Series("Incidents", [30, 60])]))
    short, long = (float(bar["width"]) for bar in page.select(f"{WIDE} > rect"))
    assert long == pytest.approx(short * 2, abs=0.2)


def test_the_drawing_is_named_and_described() -> None:
    page = draw(two_lines())
    svg = page.find("svg", attrs={"role": "img"})
    named = [page.find(id=part).text for part in svg["aria-labelledby"].split()]
    assert named[0] == "By month"
    assert named[1].startswith("Line chart of Race, Faith <b>, 4 points.")
    assert [item.get_text(strip=True) for item in page.select(".hc-chart__legend li")] == ["Race", "Faith <b>"]


def test_series_differ_by_more_than_colour() -> None:
    lines = draw(two_lines()).find("svg", class_="hc-chart__svg").find_all("polyline")
    assert len({line["stroke-dasharray"] for line in lines}) == 2
    bars = draw(bar_chart("B", ["x"], [Series("One", [1]), Series("Two", [2])]))
    patterns = [re.sub(r"#\w{6}", "", str(pattern.decode_contents())) for pattern in bars.find_all("pattern")]
    assert len(set(patterns)) == 2


@pytest.mark.parametrize("chart", [two_lines(), bar_chart("B", ["x"], [Series("One", [1]), Series("Two", [None])])])
def test_nothing_is_styled_or_scripted_inline(chart: Chart) -> None:
    page = draw(chart)
    assert not page.find_all(["style", "script"])
    assert not [
        tag for tag in page.find_all(True) if any(name == "style" or name.startswith("on") for name in tag.attrs)
    ]


def test_nothing_to_show_is_said() -> None:
    assert "There is nothing to show" in draw(line_chart("Empty", [], [])).text


def test_a_series_must_fit_its_labels() -> None:
    with pytest.raises(ValueError, match="Race has 1 values for 4 labels"):
        line_chart("By month", MONTHS, [Series("Race", [1])])


def test_the_same_chart_is_the_same_markup() -> None:
    assert str(two_lines().svg) == str(two_lines().svg)


@pytest.mark.parametrize(("value", "text"), [(None, "[c]"), (0, "0"), (1240, "1,240"), (12.25, "12.2"), (3.0, "3")])
def test_figures(value: float | None, text: str) -> None:
    assert figure(value) == text


@given(st.floats(min_value=0, max_value=1e9, allow_nan=False))
def test_ticks_are_few_even_and_reach_the_top(highest: float) -> None:
    marks = ticks(highest)
    assert marks[0] == 0
    assert marks[-1] >= highest
    assert 2 <= len(marks) <= 7
    steps = {round(b - a, 6) for a, b in pairwise(marks)}
    assert len(steps) == 1
    assert all(float(mark).is_integer() for mark in marks)
