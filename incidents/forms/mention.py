"""A text in which colleagues are mentioned."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from incidents.forms.names import FIELD
from kernel.forms import GovForm, SingleSubmit


class MentionForm(SingleSubmit, GovForm):
    """One text, once however often it is sent, and whom it mentions. `people` are those who may read it.

    Who takes it up adds the field `text`.
    """

    field_order = ("text", "mentioned")
    mentioned = forms.TypedMultipleChoiceField(
        label="Mention",
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
        help_text="They get a notice. Only people who may read this are listed",
    )

    def __init__(self, *args: Any, people: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(one.pk, f"{one.name}, {one.agency_name}") for one in people]
        self.fields["mentioned"].choices = choices  # type: ignore[attr-defined]
        if not choices:
            del self.fields["mentioned"]

    def values(self) -> dict[str, Any]:
        """What was entered, of a valid form, as the services take it."""
        entered = {name: value for name, value in self.cleaned_data.items() if name != FIELD}
        return {"mentioned": [], **entered}
