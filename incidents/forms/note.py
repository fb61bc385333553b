"""Adding a note."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from incidents.services.note import NOTE_LIMIT
from kernel.forms import GovForm, SingleSubmit


class NoteForm(SingleSubmit, GovForm):
    """One text, once however often it is sent, and whom it mentions. `people` are those who may read it."""

    text = forms.CharField(
        label="Note",
        widget=forms.Textarea(attrs={"rows": 10}),
        max_length=NOTE_LIMIT,
        help_text="Say what was done or learned, and keep what you saw apart from what you think. Notes cannot be"
        " changed later. Write @ and a name to mention somebody who may read it: they are told.",
    )
    mentioned = forms.TypedMultipleChoiceField(
        label="Mention",
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
        help_text="They get a notice. Only people who can read this note are listed",
    )

    def __init__(self, *args: Any, people: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(one.pk, f"{one.name}, {one.agency_name}") for one in people]
        self.fields["mentioned"].choices = choices  # type: ignore[attr-defined]
        if not choices:
            del self.fields["mentioned"]

    def note(self) -> dict[str, Any]:
        """What was entered, of a valid form, as the service takes it."""
        data = self.cleaned_data
        chosen = data.get("mentioned", [])
        return {"text": data["text"], "submission_id": data["submission_id"], "mentioned": chosen}
