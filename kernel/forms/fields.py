"""Fields for what people are asked most: phone numbers, postcodes, files, yes or no."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from kernel.forms.text import has_hidden_characters
from kernel.plausible import is_postcode_area

_POSTCODE = re.compile(r"(?P<out>[A-Z]{1,2}[0-9][0-9A-Z]?)(?P<in>[0-9][ABD-HJLNP-UW-Z]{2})")
_OUTWARD = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]?")
_PHONE_MARKS = re.compile(r"[\s()./\-–]+")


class PhoneField(forms.CharField):
    """A telephone number as typed, spaces made single; UK numbers in any spacing, others with +."""

    widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "off", "class": "govuk-input--width-20"})

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 40)
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        text = " ".join((super().to_python(value) or "").split())
        if text and not has_hidden_characters(text) and not _is_phone(text):
            raise ValidationError(
                "Enter a phone number, like 01632 960 001, 07700 900 982 or +44 808 157 0192", code="invalid"
            )
        return text


class PostcodeField(forms.CharField):
    """A United Kingdom postcode, cleaned to capitals with one space; `partial` also takes "NN1"."""

    widget = forms.TextInput(attrs={"autocomplete": "off", "class": "govuk-input--width-10"})

    def __init__(self, *, partial: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 20)
        super().__init__(**kwargs)
        self.partial = partial

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        if not text or has_hidden_characters(text):
            return text
        bare = re.sub(r"[\s\-.]+", "", text).upper()
        if (match := _POSTCODE.fullmatch(bare)) and is_postcode_area(bare):
            return f"{match['out']} {match['in']}"
        if self.partial and _OUTWARD.fullmatch(bare) and is_postcode_area(bare):
            return bare
        example = "NN1 1AA or NN1" if self.partial else "NN1 1AA"
        raise ValidationError(f"Enter a full UK postcode, like {example}", code="invalid")


class YesNoField(forms.TypedChoiceField):
    """Two radios; cleans to True or False, or to None when it may be left."""

    widget = forms.RadioSelect(attrs={"class": "govuk-radios--inline"})

    def __init__(self, *, yes: str = "Yes", no: str = "No", **kwargs: Any) -> None:
        super().__init__(
            choices=[("yes", yes), ("no", no)], coerce=lambda value: value == "yes", empty_value=None, **kwargs
        )

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (self.prepare_value(initial) or "") != (data or "")


class GovFileField(forms.FileField):
    """One file of the named kinds (by its name's ending) and at most so many megabytes."""

    def __init__(self, *, endings: Sequence[str], max_mb: int = 10, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.endings = tuple(ending.lower() for ending in endings)
        self.max_mb = max_mb
        self.widget.attrs.setdefault("accept", ",".join(f".{ending}" for ending in self.endings))
        self.error_messages["empty"] = "The selected file is empty"
        self.error_messages["max_length"] = "The selected file’s name must be %(max)d characters or fewer"

    def to_python(self, data: Any) -> Any:
        file = super().to_python(data)
        if file is None:
            return None
        if file.size > self.max_mb * 1024 * 1024:
            raise ValidationError(f"The selected file must be smaller than {self.max_mb}MB", code="too_big")
        if PurePath(file.name or "").suffix.lower().lstrip(".") not in self.endings:
            kinds = ", ".join(ending.upper() for ending in self.endings)
            raise ValidationError(f"The selected file must be one of these kinds: {kinds}", code="kind")
        return file


class _SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class GovFilesField(GovFileField):
    """Several files of the named kinds, each at most so many megabytes, so many at once. Cleans to a list."""

    def __init__(self, *, most: int = 10, **kwargs: Any) -> None:
        kwargs.setdefault("widget", _SeveralFiles())
        super().__init__(**kwargs)
        self.most = most

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Every file by itself; with several a sentence begins with the name of its file."""
        files = data if isinstance(data, (list, tuple)) else [data]
        if len(files) > self.most:
            raise ValidationError(f"You can only select up to {self.most} files at the same time", code="many")
        return [self._one(file, len(files)) for file in files]

    def _one(self, file: Any, together: int) -> Any:
        try:
            return super().clean(file, None)
        except ValidationError as error:
            if together == 1:
                raise
            raise ValidationError([f"{file.name}: {sentence}" for sentence in error.messages]) from None


def _is_phone(text: str) -> bool:
    digits = _PHONE_MARKS.sub("", text)
    if digits.startswith("+"):
        return bool(re.fullmatch(r"\+[0-9]{8,15}", digits))
    return bool(re.fullmatch(r"0[0-9]{9,10}|00[0-9]{8,15}", digits))
