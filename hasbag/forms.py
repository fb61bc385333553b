"""Parsing of what is typed about meetings, with messages beside the field."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms

from agencies.choices import Area
from agencies.models import Agency
from hasbag.choices import AttendanceState
from hasbag.services.release import GATEWAY, GATEWAY_OTHERS, PURPOSE
from incidents.choices import Gateway
from kernel.forms import GovDateTimeField, GovForm, SingleSubmit

REASON = {"rows": 3}


def _agency_choices(agencies: Iterable[Agency]) -> list[tuple[str, str]]:
    return [(str(agency.pk), agency.name) for agency in agencies]


class MeetingForm(SingleSubmit, GovForm):
    """A new meeting: area, time, venue, members."""

    area = forms.ChoiceField(label="Area", widget=forms.RadioSelect)
    starts_at = GovDateTimeField(
        label="When it starts", future_only=True, help_text="For example, 10 12 2026 and 10am"
    )
    venue = forms.CharField(label="Venue or link", required=False, max_length=200)
    agencies = forms.MultipleChoiceField(
        label="Members",
        widget=forms.CheckboxSelectMultiple,
        help_text="Your own agency always is a member. Members see the meeting, and of its agenda the cases that their"
        " agency may see.",
        error_messages={"required": "Select at least one agency beside your own"},
    )

    def __init__(self, *args: Any, areas: Sequence[Area], offered: Sequence[Agency], **kwargs: Any) -> None:
        initial = {
            "area": areas[0].value if len(areas) == 1 else None,
            "agencies": [str(agency.pk) for agency in offered if set(agency.areas) & {a.value for a in areas}],
        }
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["area"].choices = [(area.value, area.label) for area in areas]  # type: ignore[attr-defined]
        self.fields["agencies"].choices = _agency_choices(offered)  # type: ignore[attr-defined]

    def clean_agencies(self) -> list[int]:
        """The members as ids."""
        return [int(pk) for pk in self.cleaned_data["agencies"]]


class AttendanceForm(GovForm):
    """One agency's answer to the invitation."""

    state = forms.ChoiceField(
        label="Will your agency attend?",
        widget=forms.RadioSelect,
        choices=[
            (AttendanceState.ATTENDING.value, "Yes"),
            (AttendanceState.APOLOGIES.value, "No, apologies"),
        ],
        error_messages={"required": "Select whether your agency will attend"},
    )
    name = forms.CharField(label="Who attends", max_length=120)

    reveals = {"state": {AttendanceState.ATTENDING.value: ["name"]}}


class ItemForm(GovForm):
    """A case to put on the agenda."""

    case = forms.CharField(
        label="Case reference",
        max_length=20,
        help_text="For example, HC-26-7KQ4M2",
        error_messages={"required": "Enter a case reference, like HC-26-7KQ4M2"},
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10", "autocomplete": "off", "spellcheck": "false"}),
    )
    reason = forms.CharField(
        label="Why the meeting should discuss it", max_length=300, required=False, widget=forms.Textarea(attrs=REASON)
    )

    def __init__(self, *args: Any, late: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if late:
            self.fields["reason"].required = True
            self.fields["reason"].label = "Why it cannot wait for the next meeting"
            self.fields["reason"].error_messages["required"] = "Enter why it cannot wait for the next meeting"


class ReasonForm(GovForm):
    """A reason, wherever one is asked for."""

    reason = forms.CharField(label="Reason", max_length=300, widget=forms.Textarea(attrs=REASON))

    def __init__(self, *args: Any, label: str, required: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = label
        self.fields["reason"].required = required
        self.fields["reason"].error_messages["required"] = f"Enter {label[0].lower()}{label[1:]}"


class PlainForm(GovForm):
    """Nothing to fill in: a question that is answered by sending it."""


class ReleaseFields(GovForm):
    """The terms on which a case is opened to a meeting's members."""

    agencies = forms.MultipleChoiceField(
        label="Who will be able to read the case",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Select who will be able to read the case"},
        help_text="Members who read it already are not listed. Access ends 20 working days after the minutes are"
        " signed, or when you choose that fewer can open the case.",
    )
    purpose = forms.CharField(label="Purpose", max_length=300, widget=forms.Textarea(attrs=REASON))
    gateway = forms.ChoiceField(
        label="Legal gateway for authorities under section 115",
        choices=Gateway.choices,
        initial=GATEWAY,
        help_text="The police, councils, probation, fire, health, the commissioner and registered landlords",
    )
    gateway_others = forms.ChoiceField(
        label="Legal gateway for the other members",
        choices=[choice for choice in Gateway.choices if choice[0] != Gateway.CDA_115],
        initial=GATEWAY_OTHERS,
    )

    def __init__(
        self, *args: Any, newcomers: Sequence[Agency], suggested: Sequence[Agency], meeting_ref: str, **kwargs: Any
    ) -> None:
        initial = {"agencies": [str(a.pk) for a in suggested], "purpose": PURPOSE.format(ref=meeting_ref)}
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["agencies"].choices = _agency_choices(newcomers)  # type: ignore[attr-defined]

    def clean_agencies(self) -> list[int]:
        """The agencies as ids."""
        return [int(pk) for pk in self.cleaned_data["agencies"]]

    def terms(self) -> dict[str, Any]:
        """What the release services take."""
        return {
            "agency_ids": self.cleaned_data["agencies"],
            "purpose": self.cleaned_data["purpose"],
            "gateway": self.cleaned_data["gateway"],
            "gateway_others": self.cleaned_data["gateway_others"],
        }


class ProposalForm(ReleaseFields):
    """The lead agency's decision about a proposed case."""

    decision = forms.ChoiceField(
        label="Your decision",
        widget=forms.RadioSelect,
        choices=[("release", "Release it to the meeting"), ("refuse", "Do not release it")],
        error_messages={"required": "Select whether the case is released"},
    )
    reason = forms.CharField(
        label="Why it is not released",
        max_length=300,
        widget=forms.Textarea(attrs=REASON),
        help_text="Your agency keeps this. The meeting learns neither of the case nor of your decision.",
    )

    reveals = {
        "decision": {"release": ["agencies", "purpose", "gateway", "gateway_others"], "refuse": ["reason"]},
    }
    field_order = ["decision"]


class ReferralForm(SingleSubmit, GovForm):
    """A case for the next meeting of an area."""

    area = forms.ChoiceField(label="Which meeting", widget=forms.RadioSelect, choices=Area.choices)
    reason = forms.CharField(
        label="Why the meeting should discuss it",
        max_length=300,
        widget=forms.Textarea(attrs=REASON),
        help_text="The members who may see the case read this.",
    )


class PackForm(SingleSubmit, GovForm):
    """A briefing pack for a member agency."""

    agency = forms.ChoiceField(label="For which agency", error_messages={"required": "Select an agency"})

    def __init__(self, *args: Any, agencies: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].choices = [(str(pk), name) for pk, name in agencies]  # type: ignore[attr-defined]
