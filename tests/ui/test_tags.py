"""The tags that pages are built from."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django import forms
from django.db.models import TextChoices
from django.template import Context, Template
from django.utils.safestring import mark_safe

from kernel.forms import GovForm
from kernel.templatetags import ui
from kernel.when import date_text, moment_text, time_text, until_text

WINTER = dt.datetime(2026, 12, 24, 18, 40, tzinfo=dt.UTC)
SUMMER = dt.datetime(2026, 7, 1, 11, 0, tzinfo=dt.UTC)


class Status(TextChoices):
    NOT_STARTED = "not_started", "Not begun"
    OVERDUE = "overdue", "Late"


def draw(source: str, **values: Any) -> BeautifulSoup:
    return BeautifulSoup(Template("{% load ui %}" + source).render(Context(values)), "html.parser")


class TestReferences:
    def test_each_stays_on_one_line(self):
        page = draw("{{ text|refs }}", text="Join HC-26-7KQ4M2 to HC-26-4QPVHD & <b>")
        assert [one.get_text() for one in page.select("span.hc-nowrap")] == ["HC-26-7KQ4M2", "HC-26-4QPVHD"]
        assert page.get_text() == "Join HC-26-7KQ4M2 to HC-26-4QPVHD & <b>"

    def test_markup_and_other_codes_stay_as_they_are(self):
        link = mark_safe('<a href="/cases/HC-26-7KQ4M2/">Undo</a>')
        assert str(ui.refs(link)) == str(link)
        assert str(ui.refs("XHC-26-7KQ4M2, HC-26-7KQ4M23, None")) == "XHC-26-7KQ4M2, HC-26-7KQ4M23, None"

    def test_a_breadcrumb_has_them(self):
        page = draw('{% breadcrumbs "Cases" "/cases/" "HC-26-7KQ4M2" "" %}')
        assert page.select_one("li span.hc-nowrap").get_text() == "HC-26-7KQ4M2"


class TestTimes:
    def test_moments_are_local(self) -> None:
        assert moment_text(WINTER) == "24 December 2026 at 6:40pm"
        assert moment_text(SUMMER) == "1 July 2026 at midday"

    def test_midnight_ends_the_day_before(self):
        assert until_text(dt.datetime(2027, 3, 2, tzinfo=dt.UTC)) == "the end of 1 March 2027"
        assert until_text(dt.datetime(2026, 6, 30, 23, tzinfo=dt.UTC)) == "the end of 30 June 2026"
        assert until_text(SUMMER) == "1 July 2026 at midday"
        assert date_text(dt.datetime(2026, 6, 30, 23, 30, tzinfo=dt.UTC)) == "1 July 2026"

    @pytest.mark.parametrize(
        ("time", "text"),
        [(dt.time(0), "midnight"), (dt.time(0, 5), "12:05am"), (dt.time(12, 30), "12:30pm"), (dt.time(17), "5pm")],
    )
    def test_times_of_day(self, time: dt.time, text: str) -> None:
        assert time_text(time) == text

    def test_nothing_is_nothing(self) -> None:
        assert moment_text(None) == date_text(None) == time_text(None) == ui.time_element(None) == ""

    def test_the_filters_and_the_element(self) -> None:
        source = "{{ at|local_dt }}/{{ day|local_dt }}/{{ at|local_date }}/{{ at|local_time }}{% time_element at %}"
        page = draw(source, at=WINTER, day=dt.date(2026, 1, 2))
        assert page.text.startswith("24 December 2026 at 6:40pm/2 January 2026/24 December 2026/6:40pm")
        assert page.find("time")["datetime"] == "2026-12-24T18:40:00+00:00"


class TestColouredTags:
    @pytest.mark.parametrize(
        ("value", "text", "colour"),
        [
            (Status.OVERDUE, "Late", "red"),
            (Status.NOT_STARTED, "Not begun", "grey"),
            ("open", "Open", "blue"),
            ("not_applicable", "Not applicable", "grey"),
        ],
    )
    def test_a_status_has_its_label_and_colour(self, value: object, text: str, colour: str) -> None:
        tag = draw("{% status_tag value %}", value=value).find(class_="govuk-tag")
        assert tag.text == text
        assert f"govuk-tag--{colour}" in tag["class"]

    def test_no_status_is_no_tag(self) -> None:
        assert not draw("{% status_tag value %}", value=None).find(class_="govuk-tag")

    def test_bands(self) -> None:
        assert draw("{% band_tag 'high' %}").text == "High risk"
        assert draw("{% band_tag band %}", band=None).text == "Not assessed"

    def test_strands_are_escaped_names(self) -> None:
        page = draw("{% strand_tags strands %}", strands=["Race or ethnicity", "<b>", Status.OVERDUE])
        assert [tag.text for tag in page.select(".hc-strand")] == ["Race or ethnicity", "<b>", "Late"]
        assert draw("{% strand_tags strands %}", strands=[]).text == ""

    @pytest.mark.parametrize(
        ("source", "text"),
        [
            ("{% clock_tag 'running' at %}", "Running due 24 December 2026 at 6:40pm"),
            ("{% clock_tag 'running' at light='amber' %}", "Due soon due 24 December 2026 at 6:40pm"),
            ("{% clock_tag 'running' at light='red' %}", "Due very soon due 24 December 2026 at 6:40pm"),
            ("{% clock_tag 'missed' at %}", "Missed was due 24 December 2026 at 6:40pm"),
            ("{% clock_tag 'met' at light='red' %}", "Met"),
        ],
    )
    def test_clocks_say_their_state_and_when_they_are_due(self, source: str, text: str) -> None:
        assert draw(source, at=WINTER).text == text


class TestBlocks:
    def test_breadcrumbs_end_at_the_page_itself(self) -> None:
        page = draw('{% breadcrumbs "Cases" "/cases/" ref "" %}', ref="HC-26-7KQ4M2")
        assert page.find("a")["href"] == "/cases/"
        assert page.find(attrs={"aria-current": "page"}).text == "HC-26-7KQ4M2"

    def test_breadcrumbs_come_in_pairs(self) -> None:
        with pytest.raises(ValueError, match="shorter"):
            draw('{% breadcrumbs "Cases" "/cases/" "Odd" %}')

    def test_a_summary_list_says_what_is_missing_and_what_its_links_change(self) -> None:
        page = draw(
            "{% summary_list rows %}",
            rows=[("Name", ""), ("Count", 0), {"label": "Place", "value": "A\nB", "href": "/x/", "action": "Correct"}],
        )
        values = [tag.get_text("|", strip=True) for tag in page.select("dd.govuk-summary-list__value")]
        assert values == ["Not given", "0", "A|B"]
        assert page.find("a").text == "Correct Place"

    def test_a_table_has_headings_for_rows_and_columns(self) -> None:
        page = draw("{% data_table 'Counts' head rows numeric=1 %}", head=["Strand", "Count"], rows=[["<Race>", 4]])
        assert page.find("caption").text == "Counts"
        assert [tag["scope"] for tag in page.find_all("th")] == ["col", "col", "row"]
        assert page.find("td", class_="govuk-table__cell--numeric").text == "4"
        assert page.find("th", scope="row").text == "<Race>"

    def test_pages_link_only_where_there_is_more(self) -> None:
        assert not draw("{% keyset_pagination %}").find("nav")
        page = draw("{% keyset_pagination older=older %}", older="?before=1&q=a")
        assert [a["href"] for a in page.find_all("a")] == ["?before=1&q=a"]

    def test_a_chronology(self) -> None:
        page = draw(
            "{% timeline entries level=2 %}",
            entries=[{"title": "Note added", "at": WINTER, "by": "Alice", "text": "One\n\nTwo <b>", "tag": "open"}],
        )
        assert page.find("h2").text == "Note added"
        assert [p.text for p in page.select(".moj-timeline__description p")] == ["One", "Two <b>"]
        assert "24 December 2026 at 6:40pm" in page.text

    def test_an_empty_list_says_what_to_do_next(self) -> None:
        page = draw('{% empty_state "No tasks" "None yet." "/tasks/" "Add one" %}')
        assert page.find("a")["href"] == "/tasks/"
        assert "No tasks" in page.text

    def test_the_parts_of_a_record(self) -> None:
        page = draw(
            "{% sub_navigation 'Case' items %}", items=[{"text": "Notes", "href": "/n/", "current": True, "count": 2}]
        )
        assert page.find("nav")["aria-label"] == "Case"
        assert page.find("a", attrs={"aria-current": "page"}).get_text(" ", strip=True) == "Notes 2"


class Short(GovForm):
    name = forms.CharField(label="Name")


class TestErrors:
    def test_a_page_in_error_says_so_in_its_title_and_at_its_top(self) -> None:
        page = draw("{% error_prefix %}|{% error_summary %}", form=Short({}))
        assert page.text.startswith("Error: |")
        assert page.find("a")["href"] == "#id_name"
        assert page.find("h2").text == "There is a problem"

    @pytest.mark.parametrize("form", [Short(), Short({"name": "x"}), None])
    def test_a_page_without_errors_does_not(self, form: Short | None) -> None:
        page = draw("{% error_prefix %}|{% error_summary %}", form=form)
        assert page.text.strip() == "|"

    def test_each_form_is_listed_once_and_in_order(self) -> None:
        first, second = Short({}, prefix="a"), Short({}, prefix="b")
        page = draw("{% error_summary %}", one=first, two=second, again=first)
        assert [a["href"] for a in page.find_all("a")] == ["#id_a-name", "#id_b-name"]

    def test_one_field_can_be_the_pages_heading(self) -> None:
        page = draw("{% field form.name heading=True hint='As they say it' %}", form=Short())
        assert page.find("h1").find("label")["for"] == "id_name"
        assert page.find(id="id_name_helptext").text == "As they say it"
        assert page.find("input")["aria-describedby"] == "id_name_helptext"
