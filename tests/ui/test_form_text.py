"""Text that people type: limits, hidden characters, sentences, and everything kept."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django import forms

from kernel.errors import RuleError
from kernel.forms import GovForm, GovFormMixin, SingleSubmit, gov_formset
from kernel.forms.base import error_items
from kernel.forms.text import in_sentence, without_hidden_characters


class NoteForm(SingleSubmit, GovForm):
    title = forms.CharField(label="Title")
    note = forms.CharField(label="Note 100% true", widget=forms.Textarea, max_length=20)
    email = forms.EmailField(label="Email address", required=False)
    count = forms.IntegerField(label="How many", required=False)
    strand = forms.ChoiceField(label="Strand", choices=[("RAC", "Race or ethnicity")])


def valid(**changes: str) -> dict[str, str]:
    return {"title": "A title", "note": "A note", "strand": "RAC", **changes}


def errors_of(form: forms.BaseForm, name: str) -> list[str]:
    assert not form.is_valid()
    return [str(message) for message in form.errors[name]]


def soup(form: forms.BaseForm) -> BeautifulSoup:
    return BeautifulSoup(str(form), "html.parser")


@pytest.mark.parametrize("bad", ["\x00", "\x07", "\x1b", "\x9f", "\u202e", "\u202a", "\u2066", "\u2069"])
def test_hidden_characters_are_refused_and_taken_out_of_what_is_shown(bad: str) -> None:
    form = NoteForm(valid(note=f"abc{bad}def"))
    assert errors_of(form, "note")[0].startswith("Note 100% true had hidden characters that cannot be kept. They have")
    shown = soup(form).find("textarea").text.strip()
    assert shown == "abcdef"
    assert NoteForm(valid(note=shown)).is_valid()


@pytest.mark.parametrize("good", ["\n", "\t", "\u200f", "é", "ع", "𐍈", "👩‍👧"])
def test_ordinary_marks_and_letters_of_any_script_are_kept(good: str) -> None:
    form = NoteForm(valid(note=f"ab{good}c"))
    assert form.is_valid(), form.errors
    assert form.cleaned_data["note"] == f"ab{good}c"


def test_too_long_a_text_is_refused_whole_and_kept_whole() -> None:
    long = "x" * 1_048_576
    form = NoteForm(valid(note=long))
    assert errors_of(form, "note") == ["Note 100% true must be 20 characters or fewer"]
    assert soup(form).find("textarea").text.strip() == long


def test_a_line_end_counts_as_one_character() -> None:
    form = NoteForm(valid(note="1234567890\r\n123456789"))
    assert form.is_valid(), form.errors
    assert form.cleaned_data["note"] == "1234567890\n123456789"


def test_a_line_of_text_is_limited_though_nobody_said_so() -> None:
    assert errors_of(NoteForm(valid(title="x" * 201)), "title") == ["Title must be 200 characters or fewer"]
    assert NoteForm(valid(title="x" * 200)).is_valid()


def test_no_field_is_cut_by_the_browser() -> None:
    assert not soup(NoteForm()).find_all(maxlength=True)


def test_missing_and_wrong_values_get_sentences() -> None:
    form = NoteForm({"email": "x", "count": "two", "strand": "ZZZ"})
    assert errors_of(form, "title") == ["Enter title"]
    assert errors_of(form, "email") == ["Enter an email address in the correct format, like name@example.com"]
    assert errors_of(form, "count") == ["How many must be a number, like 12"]
    assert errors_of(form, "strand") == ["Select strand: choose one of the options shown"]


def test_the_authors_own_sentence_wins() -> None:
    class Form(GovForm):
        why = forms.CharField(error_messages={"required": "Tell us why"}, max_length=5)

    assert errors_of(Form({}), "why") == ["Tell us why"]
    assert errors_of(Form({"why": "123456"}), "why") == ["Why must be 5 characters or fewer"]


def test_a_question_is_quoted_in_its_sentence() -> None:
    class Form(GovForm):
        known = forms.ChoiceField(label="Is it known?", choices=[("y", "Yes")], widget=forms.RadioSelect)

    assert errors_of(Form({}), "known") == ["Select an answer to “Is it known?”"]


@pytest.mark.parametrize(
    ("label", "said"), [("Given name", "given name"), ("UPRN", "UPRN"), ("K3 clock", "K3 clock"), ("A", "a")]
)
def test_labels_read_well_inside_a_sentence(label: str, said: str) -> None:
    assert in_sentence(label) == said


def test_every_control_has_its_label_hint_and_error() -> None:
    page = soup(NoteForm({}))
    for control in page.select("input:not([type=hidden]), textarea, select"):
        assert page.find("label", attrs={"for": control["id"]}), control
        for described in control.get("aria-describedby", "").split():
            assert page.find(id=described), described
    bad = page.find("input", id="id_title")
    assert bad["aria-invalid"] == "true"
    assert "govuk-input--error" in bad["class"]
    assert "Error: Enter title" in page.find(id="id_title_error").text


def test_optional_fields_say_so() -> None:
    page = soup(NoteForm())
    assert page.find("label", attrs={"for": "id_email"}).text == "Email address (optional)"
    assert page.find("label", attrs={"for": "id_title"}).text == "Title"


def test_a_refusal_goes_beside_its_field_or_to_the_top() -> None:
    form = NoteForm(valid())
    assert form.is_valid()
    form.add_rule_error(RuleError("That title is taken", "title"))
    form.add_rule_error(RuleError("The case is closed", "no_such_field"))
    assert form.error_items() == [("The case is closed", ""), ("That title is taken", "id_title")]


def test_errors_of_formsets_are_listed_with_their_controls() -> None:
    formset = gov_formset(NoteForm, extra=2)(
        {
            "form-TOTAL_FORMS": "2",
            "form-INITIAL_FORMS": "0",
            "form-0-title": "A",
            "form-0-note": "B",
            "form-0-strand": "RAC",
            "form-1-title": "",
            "form-1-note": "B",
            "form-1-strand": "RAC",
        }
    )
    assert not formset.is_valid()
    assert error_items([formset]) == [("Enter title", "id_form-1-title")]
    assert "govuk-input" in str(formset)


class TestSingleSubmit:
    def test_a_page_carries_a_token_and_keeps_it_when_shown_again(self) -> None:
        token = soup(NoteForm()).find("input", attrs={"name": "submission_id"})["value"]
        again = soup(NoteForm(valid(title="", submission_id=token)))
        assert again.find("input", attrs={"name": "submission_id"})["value"] == token
        form = NoteForm(valid(submission_id=token))
        assert form.is_valid()
        assert str(form.cleaned_data["submission_id"]) == token

    def test_two_pages_have_two_tokens(self) -> None:
        assert NoteForm()["submission_id"].value() != NoteForm()["submission_id"].value()

    @pytest.mark.parametrize("sent", ["", "nonsense", "x" * 90])
    def test_none_or_nonsense_gets_a_fresh_one(self, sent: str) -> None:
        first, second = NoteForm(valid(submission_id=sent)), NoteForm(valid(submission_id=sent))
        assert first.is_valid()
        assert second.is_valid()
        assert first.cleaned_data["submission_id"] != second.cleaned_data["submission_id"]


def test_the_mixin_serves_forms_of_other_libraries() -> None:
    class Theirs(forms.Form):
        name = forms.CharField()

    class Ours(GovFormMixin, Theirs):
        pass

    assert "govuk-input" in str(Ours())
    assert "govuk-input" not in str(Theirs())


def test_text_is_shown_without_hidden_characters_only() -> None:
    assert without_hidden_characters("a\x00\u202eb\n\tc") == "ab\n\tc"
