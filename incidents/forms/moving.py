"""Moving incidents between cases: which case, which incidents, and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict

from incidents.forms.case import VersionedForm
from incidents.models import Case, Incident
from incidents.rules.titles import done_words, small
from incidents.services.move_rows import REASON_LIMIT
from kernel.forms import GovForm, SingleSubmit
from kernel.references import reference_normalise
from kernel.when import moment_text

BY_REFERENCE = "by_reference"


def reason_field(label: str = "Reason", hint: str = "Kept with the history of both cases") -> forms.CharField:
    """Why it is moved."""
    return forms.CharField(
        label=label,
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=hint,
        error_messages={"required": "Enter a reason"},
    )


class TargetForm(SingleSubmit, VersionedForm):
    """The case to which something goes: one of those that share a victim, or any other by its reference."""

    to_version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)
    case_choice = forms.ChoiceField(
        label="Which case?", widget=forms.RadioSelect, error_messages={"required": "Select the case"}
    )
    case_ref = forms.CharField(
        label="Case reference",
        help_text="For example, HC-26-7KQ4M2",
        max_length=20,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10"}),
        error_messages={"required": "Enter the reference of the case"},
    )
    reason = reason_field()
    reveals = {"case_choice": {BY_REFERENCE: ["case_ref"]}}

    def __init__(
        self, data: QueryDict | None = None, *, case: Case, offered: Iterable[Case], chosen: str = "", **kwargs: Any
    ) -> None:
        super().__init__(data, case=case, **kwargs)
        offers = [(one.ref, f"{one.ref}: {one.title}") for one in offered]  # type: ignore[attr-defined]
        self.fields["case_choice"].choices = [*offers, (BY_REFERENCE, "Another case, by its reference")]  # type: ignore[attr-defined]
        known = {ref for ref, _ in offers}
        self.fields["case_choice"].initial = chosen if chosen in known else BY_REFERENCE
        if chosen and chosen not in known:
            self.fields["case_ref"].initial = chosen

    def target_ref(self) -> str:
        """The reference that was chosen or typed, of a valid form; empty where it is none."""
        chosen = self.cleaned_data["case_choice"]
        return reference_normalise(self.cleaned_data["case_ref"] if chosen == BY_REFERENCE else chosen, "HC") or ""


class SplitForm(SingleSubmit, VersionedForm):
    """The incidents that get a case of their own."""

    incidents = forms.MultipleChoiceField(
        label="Which incidents go to a new case?",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Select the incidents that get a case of their own"},
    )
    reason = reason_field()

    def __init__(
        self, data: QueryDict | None = None, *, case: Case, incidents: Iterable[Incident], **kwargs: Any
    ) -> None:
        super().__init__(data, case=case, **kwargs)
        self.fields["incidents"].choices = [(row.ref, incident_words(row)) for row in incidents]  # type: ignore[attr-defined]


class SameForm(SingleSubmit, VersionedForm):
    """The incident of which this one is another report."""

    other = forms.ChoiceField(
        label="Which incident does it report as well?",
        widget=forms.RadioSelect,
        error_messages={"required": "Select the incident"},
    )
    reason = reason_field("How you know")

    def __init__(
        self, data: QueryDict | None = None, *, case: Case, incidents: Iterable[Incident], **kwargs: Any
    ) -> None:
        super().__init__(data, case=case, **kwargs)
        self.fields["other"].choices = [(row.ref, incident_words(row)) for row in incidents]  # type: ignore[attr-defined]


class UndoForm(GovForm):
    """Why it is parted again."""

    reason = reason_field("Why it is undone", "Kept on record with your name")


def incident_words(incident: Incident) -> str:
    """An incident in a list of choices: two reports of one hour are told apart by what was done."""
    return f"{incident.ref}, {moment_text(incident.occurred_from)}: {small(done_words(incident.behaviours))}"
