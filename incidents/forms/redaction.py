"""Covering parts of a file, and choosing who sees the copy."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from incidents.choices import ReleasedTo
from incidents.forms.names import FILE_READ
from incidents.services.evidence import DESCRIPTION_LIMIT, REASON_LIMIT
from kernel.forms import GovForm, SingleSubmit
from kernel.pages import Box

_NUMBER = re.compile(r"\d{1,3}(?:\.\d{1,3})?")


class RedactForm(SingleSubmit, GovForm):
    """Which parts are covered, and what the copy shows."""

    boxes = forms.CharField(
        label="Parts to cover",
        widget=forms.Textarea(attrs={"rows": 4, "data-boxes": "", "spellcheck": "false"}),
        max_length=2000,
        help_text="Draw on the pages above; each part becomes a line here. Or write a line for each part: page, then left,"
        " top, width and height as hundredths of the page. For example, “1 10 20 35 5”.",
        error_messages={"required": "Cover at least one part"},
    )
    description = forms.CharField(
        label="What the copy shows",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=DESCRIPTION_LIMIT,
        help_text="For example, graffiti on a front door, the house number covered. Leave names out.",
    )

    names_out = {"description": FILE_READ}

    def clean_boxes(self) -> list[Box]:
        """The lines as boxes. A line that is none is named."""
        boxes = []
        for line in filter(None, (part.strip() for part in self.cleaned_data["boxes"].splitlines())):
            words = re.split(r"[\s,]+", line)
            if len(words) != 5 or not all(_NUMBER.fullmatch(word) for word in words) or "." in words[0]:
                raise forms.ValidationError(f"“{line[:40]}” must be five numbers: page, left, top, width, height")
            page, *sides = words
            boxes.append(Box(int(page), *(float(side) for side in sides)))
        return boxes


class ReleaseForm(GovForm):
    """Who may see a redacted copy, and why."""

    released_to = forms.ChoiceField(
        label="Who else may see the copy?",
        choices=ReleasedTo.choices,
        widget=forms.RadioSelect,
        required=False,
        help_text="Agencies that may know both sides of the case see it anyway.",
    )
    reason = forms.CharField(
        label="Reason",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=REASON_LIMIT,
        help_text="For example, Voice needs it to apply for home security. Say that you looked at every page.",
    )

    # Nobody else is an answer as well.
    mark_optional = False

    def __init__(self, *args: Any, released_to: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["released_to"].initial = released_to
