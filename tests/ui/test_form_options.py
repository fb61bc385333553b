"""Radios and checkboxes: hints, groups, "or none", and questions that an option reveals."""

from __future__ import annotations

from bs4 import BeautifulSoup
from django import forms

from kernel.forms import GovForm, YesNoField


class ReportForm(GovForm):
    channel = forms.ChoiceField(
        label="How was it reported?",
        choices=[("phone", "Phone"), ("centre", "Reporting centre"), ("agency", "Another agency")],
        widget=forms.RadioSelect,
    )
    agency_name = forms.CharField(label="Agency’s name", max_length=40)
    needs = forms.MultipleChoiceField(
        label="Needs",
        required=False,
        choices=[("interpreter", "Interpreter"), ("other", "Other"), ("none", "None of these")],
        widget=forms.CheckboxSelectMultiple,
    )
    other_need = forms.CharField(label="Which need", max_length=40)
    told = YesNoField(label="Does the person know?", required=False)
    agreed = forms.BooleanField(label="Agreed", required=False, help_text="Ask first")
    subs = forms.MultipleChoiceField(
        label="Sub-categories",
        required=False,
        choices=[("Race", [("a", "Roma"), ("b", "Arab")]), ("Religion", [("c", "Sikh")])],
        widget=forms.CheckboxSelectMultiple,
    )

    reveals = {"channel": {"agency": ["agency_name"]}, "needs": {"other": ["other_need"]}}
    option_hints = {"channel": {"centre": "Such as Harbour Community Centre"}}
    exclusive = {"needs": ["none"]}


def soup(form: GovForm) -> BeautifulSoup:
    return BeautifulSoup(str(form), "html.parser")


def test_a_revealed_field_is_not_asked_for_unless_its_option_is_chosen() -> None:
    form = ReportForm({"channel": "phone", "agency_name": "x" * 99, "needs": ["interpreter"], "other_need": "kept?"})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["agency_name"] == ""
    assert form.cleaned_data["other_need"] == ""


def test_a_revealed_field_is_asked_for_when_its_option_is_chosen() -> None:
    form = ReportForm({"channel": "agency", "needs": ["other", "interpreter"]})
    assert not form.is_valid()
    assert set(form.errors) == {"agency_name", "other_need"}
    assert form.error_items() == [
        ("Enter agency’s name", "id_agency_name"),
        ("Enter which need", "id_other_need"),
    ]


def test_a_revealed_field_is_drawn_once_under_its_option() -> None:
    page = soup(ReportForm({"channel": "agency"}))
    drawn = page.find_all("input", attrs={"name": "agency_name"})
    assert len(drawn) == 1
    revealed = drawn[0].find_parent(class_="govuk-radios__conditional")
    assert "govuk-radios__conditional--hidden" not in revealed["class"]
    assert page.find("input", value="agency")["data-reveals"] == revealed["id"]
    hidden = page.find("input", attrs={"name": "other_need"}).find_parent(class_="govuk-checkboxes__conditional")
    assert "govuk-checkboxes__conditional--hidden" in hidden["class"]


def test_options_have_hints_groups_and_an_exclusive_one() -> None:
    page = soup(ReportForm())
    centre = page.find("input", value="centre")
    assert page.find(id=centre["aria-describedby"]).text == "Such as Harbour Community Centre"
    assert page.find("input", value="none")["data-behaviour"] == "exclusive"
    assert page.find(class_="govuk-checkboxes__divider").text == "or"
    assert [group.text for group in page.select(".hc-options-group")] == ["Race", "Religion"]


def test_what_was_chosen_stays_chosen() -> None:
    page = soup(ReportForm({"needs": ["interpreter", "none"], "told": "no", "agreed": "on", "subs": ["b"]}))
    assert {tag["value"] for tag in page.select("input[checked][value]")} == {"interpreter", "none", "no", "b"}
    assert page.find("input", id="id_agreed").has_attr("checked")


def test_an_error_links_to_the_first_option_and_stands_in_the_fieldset() -> None:
    form = ReportForm({})
    assert not form.is_valid()
    page = soup(form)
    text, target = form.error_items()[0]
    assert text == "Select an answer to “How was it reported?”"
    assert page.find("input", id=target)["value"] == "phone"
    fieldset = page.find("input", id=target).find_parent("fieldset")
    assert fieldset["aria-describedby"] == "id_channel_error"
    assert fieldset.find("legend").text == "How was it reported?"


def test_yes_and_no_clean_to_truth() -> None:
    def told(value: str) -> object:
        form = ReportForm({"channel": "phone", "told": value})
        assert form.is_valid(), form.errors
        return form.cleaned_data["told"]

    assert told("yes") is True
    assert told("no") is False
    assert told("") is None
    page = soup(ReportForm(initial={"told": False}))
    assert page.select_one("input[name=told][checked]")["value"] == "no"
    assert "told" not in ReportForm({"channel": "phone", "told": "no"}, initial={"told": False}).changed_data
    assert "told" in ReportForm({"channel": "phone", "told": "yes"}, initial={"told": False}).changed_data
