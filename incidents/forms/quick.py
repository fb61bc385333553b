"""Which case something is to be added to."""

from __future__ import annotations

from django import forms

from kernel.forms import GovForm


class QuickAddForm(GovForm):
    """One reference, as it was read out."""

    ref = forms.CharField(
        label="Reference of the case",
        max_length=20,
        help_text="For example, HC-26-7KQ4M2. The reference of an incident or a task in it does as well.",
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Enter the reference of the case"},
    )

    def not_found(self) -> None:
        """Say that there is no such case for the asker: whether there is one for others is not told."""
        self.add_error("ref", "You have no case with this reference. Check it and enter it again.")
