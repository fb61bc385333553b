"""Adding a note."""

from __future__ import annotations

from django import forms

from incidents.forms.mention import MentionForm
from incidents.services.note import NOTE_LIMIT


class NoteForm(MentionForm):
    """What was done or learned."""

    text = forms.CharField(
        label="Note",
        widget=forms.Textarea(attrs={"rows": 10}),
        max_length=NOTE_LIMIT,
        help_text="Say what was done or learned, and keep what you saw apart from what you think. Notes cannot be"
        " changed later. Write @ and a name to mention somebody who may read it: they are told.",
    )
