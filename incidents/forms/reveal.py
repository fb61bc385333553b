"""Asking for a hidden group of fields."""

from __future__ import annotations

from django import forms

from incidents.choices import RevealReason
from incidents.services.fields import REASON_LIMIT
from kernel.forms import GovForm


class RevealForm(GovForm):
    """Why somebody needs what is hidden: one of the usual reasons, or another in words."""

    why = forms.ChoiceField(label="Why do you need it?", choices=RevealReason.choices, widget=forms.RadioSelect)
    words = forms.CharField(label="The reason in a few words", max_length=REASON_LIMIT)

    reveals = {"why": {RevealReason.OTHER: ["words"]}}

    def reason(self) -> str:
        """The reason as it goes on record, of a valid form."""
        why = RevealReason(self.cleaned_data["why"])
        return self.cleaned_data["words"] if why == RevealReason.OTHER else str(why.label)
