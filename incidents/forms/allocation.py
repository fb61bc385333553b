"""What is typed about who works a case, and who stands in for whom."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from agencies.models import Agency, User
from incidents.models import Case
from kernel.forms import GovDateField, GovForm


class _PersonForm(GovForm):
    """A form that names one of some people."""

    people_field = "to"

    def __init__(self, *args: Any, staff: Iterable[User], nobody: str = "Choose", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.staff: dict[int, User] = {person.pk: person for person in staff}
        people = [(person.pk, person.name) for person in self.staff.values()]
        self.fields[self.people_field].choices = [("", nobody), *people]  # type: ignore[attr-defined]

    def person(self, field: str = "") -> User | None:
        """Who was chosen, of a valid form; None for nobody."""
        return self.staff.get(self.cleaned_data[field or self.people_field] or 0)


class HandoverForm(_PersonForm):
    """Who works the case from now on, and what they have to know."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    to = forms.TypedChoiceField(
        label="Who works the case from now on",
        coerce=int,
        error_messages={
            "required": "Select who works the case from now on",
            "invalid_choice": "Select somebody from the list: nobody else can open this case",
        },
    )
    note = forms.CharField(
        label="What they have to know",
        widget=forms.Textarea,
        max_length=4000,
        help_text="What was promised, what comes next, and when. It stands in the case’s chronology",
        error_messages={"required": "Enter what they have to know"},
    )

    def __init__(self, data: Any = None, *, case: Case, staff: Iterable[User]) -> None:
        others = [person for person in staff if person.pk != case.lead_worker_id]
        super().__init__(data, staff=others, initial={"version": case.version})


class DeputyForm(_PersonForm):
    """Who stands beside the lead worker."""

    people_field = "deputy"
    mark_optional = False

    version = forms.IntegerField(widget=forms.HiddenInput)
    deputy = forms.TypedChoiceField(
        label="Deputy worker",
        coerce=int,
        empty_value=None,
        required=False,
        help_text="The deputy gets the case’s time limits and reminders as the lead worker does",
    )

    def __init__(self, data: Any = None, *, case: Case, staff: Iterable[User]) -> None:
        others = [person for person in staff if person.pk != case.lead_worker_id]
        initial = {"version": case.version, "deputy": case.deputy_id}
        super().__init__(data, staff=others, nobody="Nobody", initial=initial)


class CoverForm(GovForm):
    """Who is away, who stands in, and from when until when."""

    agency = forms.TypedChoiceField(label="Agency", coerce=int)
    away = forms.TypedChoiceField(label="Who is away", coerce=int, error_messages={"required": "Select who is away"})
    covering = forms.TypedChoiceField(
        label="Who stands in", coerce=int, error_messages={"required": "Select who stands in"}
    )
    starts_on = GovDateField(label="First day")
    ends_on = GovDateField(label="Last day")
    note = forms.CharField(
        label="Note for them",
        max_length=300,
        required=False,
        help_text="Your colleagues can read it. Leave out why somebody is away, and names from cases",
    )

    def __init__(
        self,
        *args: Any,
        agencies: Iterable[Agency],
        away: Iterable[User],
        staff: Iterable[User],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.agencies = {agency.pk: agency for agency in agencies}
        self.staff = {person.pk: person for person in staff}
        self.absent = {person.pk: person for person in away}
        names = [(agency.pk, agency.name) for agency in self.agencies.values()]
        self.fields["agency"].choices = names  # type: ignore[attr-defined]
        if len(names) == 1:
            self.fields["agency"].widget = forms.HiddenInput()
            self.initial.setdefault("agency", names[0][0])
        for field, people in (("away", self.absent), ("covering", self.staff)):
            listed = [("", "Choose"), *[(pk, person.name) for pk, person in people.items()]]
            self.fields[field].choices = listed  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        data = self.cleaned_data
        return {
            "agency": self.agencies[data["agency"]],
            "away": self.absent[data["away"]],
            "covering": self.staff[data["covering"]],
            "starts_on": data["starts_on"],
            "ends_on": data["ends_on"],
            "note": data["note"],
        }


class ReassignForm(_PersonForm):
    """To whom several cases go, and why."""

    to = forms.TypedChoiceField(
        label="Give the selected cases to", coerce=int, error_messages={"required": "Select a colleague"}
    )
    reason = forms.CharField(
        label="Why",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=4000,
        help_text="It stands in the chronology of each case",
        error_messages={"required": "Enter why the cases are given on"},
    )
