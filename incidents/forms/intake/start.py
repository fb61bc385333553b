"""Beside the steps: for which agency a report begins, and looking up a victim."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms

from agencies.models import Agency
from incidents.rules.name_match import name_words
from kernel.forms import GovDateField, GovForm, SingleSubmit

SHORTEST = 2
"""A single letter looks nobody up: it lists people."""


class StartForm(SingleSubmit, GovForm):
    """The agency, for those who work for several; and what makes a double click one draft."""

    def __init__(self, *args: Any, agencies: Sequence[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agencies = agencies
        if len(agencies) > 1:
            self.fields["agency_id"] = _agency_field(agencies)

    @property
    def agency(self) -> Agency:
        """The agency that was chosen, or the only one."""
        chosen = self.cleaned_data.get("agency_id")
        return next((agency for agency in self.agencies if str(agency.pk) == chosen), self.agencies[0])

    @property
    def uid(self) -> uuid.UUID:
        """What becomes the draft's identity, and in the end the submission's."""
        return self.cleaned_data["submission_id"]


def _agency_field(agencies: Sequence[Agency]) -> forms.ChoiceField:
    return forms.ChoiceField(
        label="For which agency are you logging it?",
        choices=[(agency.pk, agency.name) for agency in agencies],
        widget=forms.RadioSelect,
        error_messages={"required": "Select the agency"},
    )


class VictimSearchForm(GovForm):
    """By reference, or by names, narrowed by a date of birth."""

    mark_optional = False
    family_name = forms.CharField(
        label="Last name, or organisation",
        help_text="The beginning is enough. Accents, capitals and small misspellings do not matter.",
        required=False,
        max_length=120,
    )
    given_name = forms.CharField(label="First name", required=False, max_length=80)
    born = GovDateField(label="Date of birth", required=False, past_only=True)
    ref = forms.CharField(
        label="Or their reference",
        help_text="Like HV-26-7KQ4M2.",
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and not data.get("family_name") and not data.get("ref"):
            self.add_error("family_name", "Enter a last name or a reference")
        elif not self.errors and not data.get("ref") and len("".join(name_words(data["family_name"]))) < SHORTEST:
            self.add_error("family_name", f"Enter at least {SHORTEST} letters of the last name")
        return data

    @property
    def criteria(self) -> dict[str, Any]:
        """What to search by."""
        data = self.cleaned_data
        return {
            "family_name": data["family_name"],
            "given_name": data["given_name"],
            "date_of_birth": data["born"],
            "ref": data["ref"],
        }
