"""Steps about people: who reports, the victims, who is said to have done it.

Rules: docs/domain.md §1.4 (names), §10.1, §10.2.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from agencies.choices import AgencyType, District
from agencies.postcode_form import CountyPostcode
from incidents.choices import Channel, ReporterKind
from incidents.forms.fields import DayOrMomentField
from incidents.forms.intake.base import StepForm, small_radios
from incidents.rules.lead_agency import REFERS_ON
from incidents.rules.names import names_in_text
from kernel import clock
from kernel.forms import GovBirthField, PhoneField, PostcodeField
from kernel.plausible import order_problem
from kernel.when import moment_text
from perpetrators.choices import PerpetratorStatus, Relationship
from perpetrators.rules import age_problem

JUST_NOW = dt.timedelta(minutes=30)
RECEIVED = (("now", "Just now"), ("earlier", "Earlier"))


class ReportForm(StepForm):
    """Who reports, how and when. A reporter is not thereby a victim."""

    reporter_kind = forms.ChoiceField(
        label="Who is reporting?",
        choices=ReporterKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Select who is reporting"},
    )
    reporter_name = forms.CharField(
        label="Their name", help_text="Only the agencies that work on the case see it.", required=False, max_length=120
    )
    reporter_contact = forms.CharField(label="Their phone number or email address", required=False, max_length=200)
    reporter_no_contact = forms.BooleanField(
        label="They asked not to be contacted", help_text="No acknowledgement is sent.", required=False
    )
    channel = forms.ChoiceField(
        label="How did the report come in?",
        choices=Channel.choices,
        widget=small_radios(columns=True),
        error_messages={"required": "Select how the report came in"},
    )
    received = forms.ChoiceField(
        label="When did it come in?",
        help_text="To the first agency that was told. Time limits run from then.",
        choices=RECEIVED,
        initial="now",
        widget=forms.RadioSelect,
        error_messages={"required": "Select when the report came in"},
    )
    received_at = DayOrMomentField(label="Date and time it came in")
    reveals = {"received": {"earlier": ["received_at"]}}
    option_hints = {"reporter_kind": {ReporterKind.ANONYMOUS.value: "No name and no contact details are kept"}}

    def prepare(self) -> None:
        """A reporting centre's reports come in through the centre. "Just now" is when the draft was begun."""
        if clock.now() - self.intake.started_at > JUST_NOW:
            begun = f"When this report was begun, {moment_text(self.intake.started_at)}"
            self.offer("received", [("now", begun), RECEIVED[1]])
        if self.intake.agency.type == AgencyType.REPORTING_CENTRE:
            self.fields["channel"].initial = Channel.CENTRE

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("reporter_kind") == ReporterKind.ANONYMOUS:
            for name, words in (("reporter_name", "name"), ("reporter_contact", "contact details")):
                if data.get(name):
                    self.add_error(
                        name, f"Take out the {words}, or select another answer: the reporter stays anonymous"
                    )
        received, what = data.get("received_at"), self.intake.form_of("what")
        if data.get("received") == "earlier" and received and what and received < what.occurred[0]:
            self.add_error("received_at", "The report must have come in after it began to happen")
        elif data.get("received") == "now" and what and order_problem(what.occurred[0], self.intake.started_at):
            self.add_error(
                "received",
                f"It began to happen on {moment_text(what.occurred[0])}, after this report was begun: select “Earlier”"
                " and enter when the report came in, or change when it happened",
            )
        return data

    @property
    def moment(self) -> dt.datetime:
        """When the report came in: as it was said, else when the draft was begun."""
        data = self.cleaned_data
        return data["received_at"] if data["received"] == "earlier" else self.intake.started_at

    def summary(self) -> Iterator[tuple[str, str]]:
        """When it came in as a moment, whichever way that was said."""
        for label, words in super().summary():
            if label == self.fields["received"].label:
                yield label, moment_text(self.moment)
            elif label != self.fields["received_at"].label:
                yield label, words


VICTIM_KINDS = (
    ("person", "A person"),
    ("organisation", "An organisation"),
    ("known", "Someone who is already recorded"),
    ("nobody", "Nobody that can be recorded"),
)
KIND_HINTS = {
    "organisation": "For example, a shop, a mosque or a charity",
    "known": "You can look them up by name, or by their reference",
    "nobody": "For example, graffiti aimed at a community, or the victim is not known",
}
_ABOUT = ("phone", "email", "address", "postcode", "postcode_outside", "district", "needs", "dependent")


class VictimForm(CountyPostcode, StepForm):
    """One victim: new, or already recorded."""

    kind = forms.ChoiceField(
        label="Who is the victim?",
        choices=VICTIM_KINDS,
        initial="person",
        widget=forms.RadioSelect,
        error_messages={"required": "Select who the victim is"},
    )
    given_name = forms.CharField(label="First name", required=False, max_length=80)
    family_name = forms.CharField(label="Last name", required=False, max_length=80)
    date_of_birth = GovBirthField()
    organisation = forms.CharField(
        label="Name of the organisation", max_length=120, error_messages={"required": "Enter the organisation’s name"}
    )
    ref = forms.CharField(
        label="Victim reference",
        help_text="Like HV-26-7KQ4M2.",
        max_length=20,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10"}),
        error_messages={"required": "Enter the reference, or look the person up"},
    )
    phone = PhoneField(label="Phone number", required=False, max_length=30)
    email = forms.EmailField(label="Email address", required=False, max_length=254)
    address = forms.CharField(label="Address", required=False, max_length=300)
    postcode = PostcodeField(label="Postcode", required=False, max_length=10)
    district = forms.ChoiceField(
        label="District they live in",
        choices=[("", "Not known, or outside the county"), *sorted(District.choices, key=lambda pair: pair[1])],
        required=False,
    )
    needs = forms.CharField(
        label="Support and access needs",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    dependent = forms.BooleanField(label="They depend on others because of a disability", required=False)
    reveals = {
        "kind": {
            "person": ["given_name", "family_name", "date_of_birth"],
            "organisation": ["organisation"],
            "known": ["ref"],
        }
    }
    option_hints = {"kind": KIND_HINTS}
    optional_sections = {
        "Address and district": ("address", "postcode", "postcode_outside", "district"),
        "Support and access needs": ("needs", "dependent"),
    }

    def prepare(self) -> None:
        """The person who reports for themself is the first victim; a centre's worker is asked for the district."""
        if self.intake.agency.type in REFERS_ON:
            self.opened = frozenset({"Address and district"})
            self.fields[
                "district"
            ].help_text = "The council of this district will lead the case, unless the victim does not want it told."
        self.offer("kind", self.kinds())
        if self.intake.case_victims:
            self.fields["kind"].initial = None
        if self.number == 1:
            self.initial = {**self.intake.reporter_as_victim(), **self.initial}

    def kinds(self) -> list[tuple[str, str]]:
        """The kinds of victim that this person can give, after the victims of the case that it is for: who sees no
        victims cannot pick one.
        """
        case = self.intake.case_ref
        known = [(ref, f"{name}, {ref}, a victim in {case}") for ref, name in self.intake.case_victims.items()]
        return known + [pair for pair in VICTIM_KINDS if pair[0] != "known" or self.intake.actor.sees_some_victims]

    def clean_ref(self) -> str:
        """The canonical reference of a victim whom this person may see; the same answer for any other."""
        if self["kind"].data != "known":
            return ""
        found = self.intake.victim_ref(self.cleaned_data["ref"])
        if found is None:
            raise ValidationError("There is no victim with this reference that you may use")
        if found in self.intake.other_victim_refs(self.number):
            raise ValidationError("This person is already in the report")
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("kind") in ("known", "nobody"):
            self.forget(_ABOUT)
        elif data.get("kind") == "person" and not any(data.get(n) or n in self.errors for n in _NAMING):
            self.add_error("given_name", "Enter a name, or a way to reach the person")
        return data

    def full_clean(self) -> None:
        """A victim of the case is one who is recorded: the same as their reference typed in. Taken last, when what the
        choice does not reveal is forgotten.
        """
        super().full_clean()
        ref = self.cleaned_data.get("kind") if self.is_bound and hasattr(self, "cleaned_data") else None
        if ref not in self.intake.case_victims:
            return
        self.forget(_ABOUT)
        if ref in self.intake.other_victim_refs(self.number):
            self.add_error("kind", "This person is already in the report")
        else:
            self.cleaned_data |= {"kind": "known", "ref": ref}

    def summary(self) -> Iterator[tuple[str, str]]:
        """Who it is first, then the rest."""
        if self.cleaned_data["kind"] == "person":
            return (row for row in super().summary() if row[0] != self.fields["kind"].label)
        return super().summary()

    @property
    def name(self) -> str:
        """The name as said aloud, for headings; nothing where none was given."""
        data = self.cleaned_data
        person = f"{data.get('given_name') or ''} {data.get('family_name') or ''}".strip()
        return data.get("organisation") or person or data.get("ref") or ""


_NAMING = ("given_name", "family_name", "phone", "email", "address")


class WhoForm(StepForm):
    """One alleged perpetrator: not known, described, or named (docs/domain.md §1.4)."""

    status = forms.ChoiceField(
        label="What is known about who did it?",
        choices=[
            (PerpetratorStatus.UNKNOWN.value, "Nothing"),
            (PerpetratorStatus.DESCRIBED.value, "A description"),
            (PerpetratorStatus.NAMED.value, "A name"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Select what is known about who did it"},
    )
    given_name = forms.CharField(label="First name", required=False, max_length=80)
    family_name = forms.CharField(label="Last name", required=False, max_length=80)
    date_of_birth = GovBirthField()
    description = forms.CharField(
        label="Description",
        help_text="Without a name. For example, a man of about 40 who lives next door.",
        required=False,
        max_length=300,
    )
    relationship = forms.ChoiceField(
        label="How does the victim know them?",
        choices=Relationship.choices,
        initial=Relationship.NOT_KNOWN,
        widget=small_radios(columns=True),
    )
    depends = frozenset({"description"})
    reveals = {"status": {PerpetratorStatus.NAMED.value: ["given_name", "family_name", "date_of_birth"]}}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        named = data.get("status") == PerpetratorStatus.NAMED
        if data.get("status") == PerpetratorStatus.DESCRIBED and not data.get("description"):
            self.add_error("description", "Enter a description, without a name")
        if named and not self.errors and not (data.get("given_name") or data.get("family_name")):
            self.add_error("given_name", "Enter a first or last name, or select “A description”")
        given = [str(data.get(n) or "") for n in ("given_name", "family_name")] if named else []
        found = names_in_text(data.get("description") or "", given)
        if found:
            self.add_error("description", f"Take the name out of the description: {', '.join(found)}")
        if named and (problem := age_problem(data.get("description") or "", data.get("date_of_birth"), clock.today())):
            self.add_error("date_of_birth", problem)
        return data

    @property
    def names(self) -> list[str]:
        """The names that were given, for finding them in free text."""
        data = self.cleaned_data
        return [str(data[n]) for n in ("given_name", "family_name") if data.get(n)]


DAILY_CONTACT = frozenset(
    {Relationship.NEIGHBOUR, Relationship.HOUSEHOLD, Relationship.SCHOOL, Relationship.WORK, Relationship.CARER}
)
"""Who is met every day: neighbour, household, school, work, carer (docs/domain.md §2.2 C1, §2.6)."""
