"""Further people of a case, and how its people stand to one another."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from agencies.choices import Side
from incidents.choices.involved import InvolvedRole, TieKind
from incidents.models import InvolvedPerson
from incidents.services.involved import CONTACT_LIMIT, NAME_LIMIT, NOTES_LIMIT, PLACE_LIMIT, InvolvedData
from kernel.forms import GovBirthField, GovForm, SingleSubmit


class InvolvedForm(SingleSubmit, GovForm):
    """Somebody further: only roles of a side that the reader may know are offered."""

    role = forms.ChoiceField(label="What are they in this case?", widget=forms.RadioSelect)
    given_name = forms.CharField(label="First name", required=False, max_length=NAME_LIMIT)
    family_name = forms.CharField(label="Last name", required=False, max_length=NAME_LIMIT)
    organisation = forms.CharField(
        label="Where they work", required=False, max_length=PLACE_LIMIT, help_text="For professionals"
    )
    date_of_birth = GovBirthField()
    contact = forms.CharField(
        label="How to reach them",
        required=False,
        max_length=CONTACT_LIMIT,
        help_text="Shown only to those who may make contact",
    )
    address = forms.CharField(
        label="Postal address",
        required=False,
        max_length=CONTACT_LIMIT,
        help_text="If letters are to go there. Put a comma between its lines",
    )
    notes = forms.CharField(
        label="Notes", required=False, max_length=NOTES_LIMIT, widget=forms.Textarea(attrs={"rows": 4})
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        sides: frozenset[str],
        person: InvolvedPerson | None = None,
        contact: bool = True,
    ) -> None:
        super().__init__(data)
        known = [role for role in InvolvedRole if role.side is Side.BOTH or role.side.value in sides]
        self.fields["role"].choices = [(role.value, role.label) for role in known]  # type: ignore[attr-defined]
        if not contact:
            del self.fields["contact"], self.fields["address"]
        if person is not None:
            for name in self.fields:
                if hasattr(person, name) and name != "notes":
                    self.fields[name].initial = getattr(person, name)
            self.fields["notes"].initial = getattr(person, "notes_shown", person.notes)

    def person(self) -> InvolvedData:
        """What was entered, of a valid form; without the ways to reach them where that was not asked for."""
        entered: dict[str, Any] = self.cleaned_data
        names = ("role", "given_name", "family_name", "organisation", "date_of_birth", "notes")
        return InvolvedData(
            **{name: entered[name] for name in names}, contact=entered.get("contact"), address=entered.get("address")
        )

    def clean_version(self) -> int:
        """A page without a version was made for none that is current."""
        return int(self.cleaned_data.get("version") or 0)


class TieForm(SingleSubmit, GovForm):
    """How one person stands to another: read as a sentence from the first to the second."""

    first = forms.ChoiceField(label="Who?")
    kind = forms.ChoiceField(
        label="How do they stand to each other?", choices=TieKind.choices, widget=forms.RadioSelect
    )
    second = forms.ChoiceField(label="To whom?")

    def __init__(self, data: QueryDict | None = None, *, people: list[tuple[str, str]]) -> None:
        super().__init__(data)
        for name in ("first", "second"):
            self.fields[name].choices = [("", "Select a person"), *people]  # type: ignore[attr-defined]


class HouseholdForm(SingleSubmit, GovForm):
    """Who lives together: two people or more, said at once."""

    people = forms.MultipleChoiceField(
        label="Who lives together?",
        help_text="Select everybody who lives at one address",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Select who lives together", "invalid_choice": "Select people of this case"},
    )

    def __init__(self, data: QueryDict | None = None, *, people: list[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["people"].choices = people  # type: ignore[attr-defined]
