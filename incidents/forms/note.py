"""Adding a note."""

from __future__ import annotations

from django import forms

from incidents.services.note import NOTE_LIMIT
from kernel.forms import GovForm, SingleSubmit


class NoteForm(SingleSubmit, GovForm):
    """One text, once however often it is sent."""

    text = forms.CharField(
        label="Note",
        widget=forms.Textarea(attrs={"rows": 10}),
        max_length=NOTE_LIMIT,
        help_text="Say what was done or learned, and keep what you saw apart from what you think. Notes cannot be"
        " changed later.",
    )
