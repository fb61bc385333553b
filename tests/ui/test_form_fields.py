"""Telephone numbers, postcodes and files."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kernel.forms import GovFileField, GovForm, PhoneField, PostcodeField


class ContactForm(GovForm):
    phone = PhoneField(label="Phone number", required=False)
    postcode = PostcodeField(label="Postcode", required=False)
    area = PostcodeField(label="Area", partial=True, required=False)
    photo = GovFileField(label="Photograph", endings=["jpg", "png"], max_mb=1, required=False)


def cleaned(name: str, value: str) -> str:
    form = ContactForm({name: value})
    assert form.is_valid(), form.errors
    return form.cleaned_data[name]


@pytest.mark.parametrize(
    "number",
    ["01632 960001", "(01632) 960 001", "07700900982", "07700-900-982", "+44 808 157 0192", "0044 7700 900982"],
)
def test_numbers_that_are_taken(number: str) -> None:
    assert cleaned("phone", number) == number


def test_spaces_are_made_single() -> None:
    assert cleaned("phone", "  07700   900 982 ") == "07700 900 982"


@pytest.mark.parametrize("number", ["12", "ring me", "01632 96000x", "7700 900982 7700 900982", "+1", "٠١٦٣٢٩٦٠٠٠١"])
def test_numbers_that_are_refused(number: str) -> None:
    form = ContactForm({"phone": number})
    assert form.errors["phone"] == ["Enter a phone number, like 01632 960 001, 07700 900 982 or +44 808 157 0192"]
    assert form["phone"].value() == number


@pytest.mark.parametrize(
    ("typed", "kept"), [("nn1 1aa", "NN1 1AA"), ("NN160AA", "NN16 0AA"), (" sw1a-1aa ", "SW1A 1AA"), ("", "")]
)
def test_postcodes_are_made_uniform(typed: str, kept: str) -> None:
    assert cleaned("postcode", typed) == kept


@pytest.mark.parametrize("typed", ["NN1", "NN1 1A", "1NN 1AA", "NN1 1AV", "hello"])
def test_postcodes_that_are_refused(typed: str) -> None:
    form = ContactForm({"postcode": typed})
    assert form.errors["postcode"] == ["Enter a full UK postcode, like NN1 1AA"]


def test_the_first_half_does_where_an_area_is_meant() -> None:
    assert cleaned("area", "nn16") == "NN16"
    assert ContactForm({"area": "Kettering"}).errors["area"] == ["Enter a full UK postcode, like NN1 1AA or NN1"]


def test_hidden_characters_in_a_number_or_postcode_are_named_as_such() -> None:
    form = ContactForm({"phone": "07700\u202e900982", "postcode": "NN1\x001AA"})
    assert "hidden characters" in str(form.errors["phone"])
    assert "hidden characters" in str(form.errors["postcode"])


@pytest.mark.parametrize(
    ("name", "size", "sentence"),
    [
        ("a.pdf", 10, "The selected file must be one of these kinds: JPG, PNG"),
        ("a", 10, "The selected file must be one of these kinds: JPG, PNG"),
        ("a.jpg", 1024 * 1024 + 1, "The selected file must be smaller than 1MB"),
        ("a.jpg", 0, "The selected file is empty"),
    ],
)
def test_files_that_are_refused(name: str, size: int, sentence: str) -> None:
    form = ContactForm({}, {"photo": SimpleUploadedFile(name, b"x" * size)})
    assert form.errors["photo"] == [sentence]


def test_a_file_that_is_taken() -> None:
    form = ContactForm({}, {"photo": SimpleUploadedFile("a.JPG", b"x")})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["photo"].name == "a.JPG"
