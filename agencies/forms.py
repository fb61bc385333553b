"""What is typed about people."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django import forms

from agencies.choices import Role
from agencies.models import Agency, User
from agencies.rules import GIVEN_BY_SYSTEM
from kernel.forms import GovDateField, GovForm, PhoneField

_HINTS = {
    Role.CASEWORKER: "Leads cases, assesses risk, speaks with victims",
    Role.TRIAGER: "Sorts new reports: priority and classification",
    Role.SPOC: "Allocates, shares and answers requests for the agency",
    Role.DEPUTY_SPOC: "Stands in for the single point of contact",
    Role.MANAGER: "Sees to the agency’s quality and time limits",
    Role.CHAIR: "Chairs a HASBAG meeting",
    Role.MEMBER: "Attends HASBAG meetings",
    Role.SUPPORT: "Supports victims",
    Role.PROGRAMME: "Runs programmes for alleged perpetrators",
    Role.REPORTING_CENTRE: "Enters reports for people who walk in",
    Role.INTELLIGENCE: "Works with intelligence, not with cases",
    Role.STRATEGIC: "Sees the county’s figures only",
    Role.ANALYST: "Works with figures without names",
    Role.GOVERNANCE: "Information rights, audit and retention",
    Role.AGENCY_ADMIN: "Manages this agency’s accounts. Opens no cases",
    Role.SYSTEM_ADMIN: "Manages every agency’s accounts and the configuration. Opens no cases",
}


class RolesForm(GovForm):
    """What somebody does in an agency."""

    job_title = forms.CharField(label="Job title", max_length=80, required=False)
    roles = forms.MultipleChoiceField(
        label="Roles",
        choices=[],
        widget=forms.CheckboxSelectMultiple,
        help_text="Select all that apply",
        error_messages={"required": "Select at least one role"},
    )
    option_hints = {"roles": {role.value: hint for role, hint in _HINTS.items()}}

    def __init__(self, *args: Any, by_system: bool, held: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keep = {Role(role) for role in held}
        offered = [role for role in Role if by_system or role not in GIVEN_BY_SYSTEM or role in keep]
        self.fields["roles"].choices = [(role.value, role.label) for role in offered]  # type: ignore[attr-defined]


class InviteForm(RolesForm):
    """A new colleague."""

    name = forms.CharField(label="Full name", max_length=120)
    email = forms.EmailField(
        label="Work email address", max_length=254, help_text="The invitation goes here, and they sign in with it"
    )
    elsewhere = forms.BooleanField(label="I have checked this address with them", required=False)
    phone = PhoneField(label="Work phone number", max_length=30, required=False)

    field_order = ("name", "email", "elsewhere", "phone", "job_title", "roles")

    def __init__(self, *args: Any, domains: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        domain = str(self.data.get("email", "")).strip().lower().rpartition("@")[2] if self.is_bound else ""
        self.unknown = domain if domain and domains and domain not in domains else ""
        if not self.unknown:
            del self.fields["elsewhere"]

    def clean(self) -> dict[str, Any]:
        """An address where no colleague has one is asked about: a slip would let a stranger in."""
        cleaned = super().clean() or {}
        if self.unknown and "email" in cleaned and not cleaned.pop("elsewhere", False):
            self.add_error(
                "email", f"None of your colleagues has an address at {self.unknown}. Check it with them first"
            )
        return cleaned


class ReceiverForm(GovForm):
    """To whom a leaver's work goes."""

    to = forms.TypedChoiceField(
        label="Who takes the work on",
        coerce=int,
        help_text="What this colleague may not see goes back to the agency’s points of contact",
        error_messages={"required": "Select who takes the work on"},
    )

    def __init__(self, *args: Any, staff: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.staff = {person.pk: person for person in staff}
        people = [(person.pk, person.name) for person in self.staff.values()]
        self.fields["to"].choices = [("", "Choose a colleague"), *people]  # type: ignore[attr-defined]

    def receiver(self) -> User:
        """The colleague chosen."""
        return self.staff[self.cleaned_data["to"]]


class PeopleFilterForm(GovForm):
    """Which people are listed."""

    mark_optional = False
    q = forms.CharField(label="Name or email address", required=False, max_length=120)
    closed = forms.BooleanField(label="Closed accounts", required=False)
    agency = forms.CharField(widget=forms.HiddenInput, required=False, max_length=12)


HERE, LEFT = "here", "left"


class ConfirmForm(GovForm):
    """Who is still here: an answer for each person, none of which has to be given now."""

    mark_optional = False

    def __init__(self, *args: Any, people: Iterable[tuple[int, str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for pk, name, hint in people:
            self.fields[f"place_{pk}"] = forms.ChoiceField(
                label=name,
                help_text=hint,
                choices=[(HERE, "Still here"), (LEFT, "Has left")],
                widget=forms.RadioSelect(attrs={"class": "govuk-radios--inline govuk-radios--small"}),
                required=False,
            )

    def answers(self) -> dict[int, bool]:
        """Whether each person of whom something was said is still here, by the number of their place."""
        said = {name.removeprefix("place_"): value for name, value in self.cleaned_data.items() if value}
        return {int(pk): value == HERE for pk, value in said.items()}


class ExtensionForm(GovForm):
    """How long an agreement should last, and why."""

    until = GovDateField(label="New end of the agreement", help_text="For example, 31 3 2028")
    reason = forms.CharField(
        label="Why it should last longer", widget=forms.Textarea(attrs={"rows": "3"}), max_length=300
    )


class DecisionForm(GovForm):
    """Whether it should."""

    decision = forms.ChoiceField(
        label="Your decision",
        choices=[("yes", "Extend the agreement"), ("no", "Do not extend it")],
        widget=forms.RadioSelect,
        error_messages={"required": "Select your decision"},
    )


class SuccessorForm(GovForm):
    """Who takes over the open cases."""

    successor = forms.ChoiceField(
        label="Who takes over its open cases",
        help_text="They go there when the agreement ends, so that no victim is left without anybody",
        error_messages={"required": "Select an agency"},
    )

    def __init__(self, *args: Any, agencies: Iterable[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agencies = {one.code: one for one in agencies}
        options = [(one.code, one.name) for one in self.agencies.values()]
        self.fields["successor"].choices = [("", "Choose an agency"), *options]  # type: ignore[attr-defined]

    def chosen(self) -> Agency:
        """The agency chosen."""
        return self.agencies[self.cleaned_data["successor"]]
