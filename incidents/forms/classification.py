"""Decisions about what a case is: proposed, confirmed by a second person, or changed by a hate factor that was found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict

from incidents.choices import Classification, PerceivedBy, Strand
from incidents.forms.case import VersionedForm
from incidents.forms.names import HISTORY_READ
from incidents.models import Case
from incidents.rules.triage_routes import RouteState
from incidents.services.classification import REASON_LIMIT
from incidents.services.crime import CRIME_REFERENCE_LIMIT
from incidents.services.hate_factor import TRIAGER_SAYS
from incidents.services.incident import StrandData

_HINTS = {
    Classification.NOT_HATE.value: "Nobody perceives it as hate any more, or it turned out to be something else. The"
    " case closes.",
    Classification.NO_RECORD.value: "Trivial, irrational or malicious, or without any basis. What identifies an alleged"
    " perpetrator is erased.",
    Classification.ASB.value: "Work goes on, without the time limits and the figures of hate.",
}


def _reason(label: str, help_text: str = "", *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=REASON_LIMIT,
        required=required,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=help_text,
    )


class ProposeForm(VersionedForm):
    """What one person proposes."""

    to = forms.ChoiceField(
        label="What is it?", widget=forms.RadioSelect, error_messages={"required": "Select what it is"}
    )
    reason = _reason("Reason", "The second person and everybody who reads the history see it. Leave names out.")
    option_hints = {"to": _HINTS}
    names_out = {"reason": HISTORY_READ}

    def __init__(
        self, data: QueryDict | None = None, *, case: Case, ways: Iterable[RouteState], chosen: str = ""
    ) -> None:
        super().__init__(data, case=case)
        two = [way for way in ways if way.rule.two_people]
        self.shut = [way for way in two if not way.open]
        offered = [(way.rule.route.value, way.rule.label) for way in two if way.open]
        self.offers = bool(offered)
        field: Any = self.fields["to"]
        field.choices, field.initial = offered, chosen
        told = {way.rule.route.value: way.closed_because for way in self.shut}
        if self.is_bound and self.data.get("to") in told:
            field.error_messages["invalid_choice"] = told[self.data["to"]]


class CrimeForm(VersionedForm):
    """The crime that the police recorded."""

    crime_reference = forms.CharField(
        label="Crime reference",
        max_length=CRIME_REFERENCE_LIMIT,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20"}),
        error_messages={"required": "Enter crime reference"},
    )
    reason = _reason("Reason", "Everybody who reads the history sees it. Leave names out.", required=False)
    names_out = {"reason": HISTORY_READ}

    def __init__(self, data: QueryDict | None = None, *, case: Case, crime_reference: str = "") -> None:
        super().__init__(data, case=case)
        self.fields["crime_reference"].initial = crime_reference

    def said(self) -> dict[str, Any]:
        """What was said, of a valid form."""
        chosen = self.cleaned_data
        return {name: chosen.get(name) or "" for name in ("crime_reference", "reason")} | {
            "version": chosen["version"]
        }


class DecideForm(VersionedForm):
    """What the second person says."""

    decision = forms.ChoiceField(
        label="Do you confirm it?",
        choices=[("confirm", "Yes, confirm it"), ("refuse", "No, refuse it")],
        widget=forms.RadioSelect,
        error_messages={"required": "Select whether you confirm it"},
    )
    reason = _reason("Why you refuse it", "Told to whoever proposed it")
    reveals = {"decision": {"refuse": ["reason"]}}


class WithdrawForm(VersionedForm):
    """Taking back one's own proposal."""


class HateFactorForm(VersionedForm):
    """Which hate factor was found, who perceives it, and what the case is now."""

    strands = forms.MultipleChoiceField(
        label="Which characteristics was it aimed at?",
        help_text="What the person believes is enough. Select all that apply.",
        choices=Strand.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Select at least one"},
    )
    other = forms.CharField(label="Which other characteristic?", required=False, max_length=120)
    perceived_by = forms.ChoiceField(
        label="Who believes that it was hate?",
        choices=PerceivedBy.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Select who believes that it was hate"},
    )
    classification = forms.ChoiceField(
        label="What is it?", widget=forms.RadioSelect, error_messages={"required": "Select what it is"}
    )
    reason = _reason("How it was found", "For example, what the victim said. Leave names out.")
    reveals = {"strands": {Strand.OTHER.value: ["other"]}}
    names_out = {"reason": HISTORY_READ}

    def __init__(self, data: QueryDict | None = None, *, case: Case, triager: bool) -> None:
        super().__init__(data, case=case)
        if triager:
            choices = [(c.value, c.label) for c in TRIAGER_SAYS]
            self.fields["classification"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["classification"]

    def found(self) -> dict[str, Any]:
        """What was said, of a valid form."""
        chosen = self.cleaned_data
        other = chosen.get("other") or ""
        return {
            "version": chosen["version"],
            "strands": [StrandData(code, other=other if code == Strand.OTHER else "") for code in chosen["strands"]],
            "perceived_by": chosen["perceived_by"],
            "classification": chosen.get("classification") or "",
            "reason": chosen["reason"],
        }
