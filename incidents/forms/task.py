"""What is typed about tasks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django import forms

from agencies.models import Agency, User
from kernel.forms import GovDateField, GovForm, SingleSubmit
from kernel.working_days import close_of

NOBODY = ("", "Whoever the agency chooses")


class WhoForm(GovForm):
    """Which agency, and perhaps which person, is to do something by a day."""

    agency = forms.TypedChoiceField(
        label="Which agency is to do it", coerce=int, error_messages={"required": "Select which agency is to do it"}
    )
    assignee = forms.TypedChoiceField(
        label="Who there",
        coerce=int,
        empty_value=None,
        required=False,
        help_text="Leave it open and their single point of contact decides",
    )
    due_on = GovDateField(label="When it is due", future_only=True, help_text="By 5pm on that day")

    def __init__(
        self, *args: Any, ready: Iterable[Agency], others: Iterable[Agency], staff: Iterable[Any], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.agencies = {agency.pk: agency for agency in (*ready, *others)}
        self.staff: dict[int, User] = {person.pk: person for person in staff}
        self.fields["agency"].choices = [  # type: ignore[attr-defined]
            ("", "Choose an agency"),
            ("Can see this case", [(agency.pk, agency.name) for agency in ready]),
            *([("Share the case with them first", [(a.pk, a.name) for a in others])] if others else []),
        ]
        self.fields["assignee"].choices = staff_choices(staff)  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """What the services take."""
        due_on: dt.date = self.cleaned_data["due_on"]
        return {
            "agency": self.agencies[self.cleaned_data["agency"]],
            "assignee": self.staff.get(self.cleaned_data["assignee"] or 0),
            "due_at": close_of(due_on),
        }

    def add_rule_error(self, error: Any) -> None:
        """The service speaks of `due_at`; the page asks for a day."""
        if error.field == "due_at":
            error.field = "due_on"
        super().add_rule_error(error)


class TaskAddForm(SingleSubmit, WhoForm):
    """A new task."""

    title = forms.CharField(
        label="What is to be done",
        max_length=200,
        help_text="Begin with a verb and name what will be there at the end, for example “Fit a door chain”. Leave names out",
        error_messages={"required": "Enter what is to be done"},
    )
    detail = forms.CharField(label="More about it", widget=forms.Textarea, required=False, max_length=4000)

    field_order = ("title", "detail", "agency", "assignee", "due_on")

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        own = {"title": data["title"], "detail": data["detail"], "submission_id": data["submission_id"]}
        return super().values() | own


class AssigneeForm(GovForm):
    """Who of the agency does it."""

    assignee = forms.TypedChoiceField(label="Who does it", coerce=int, empty_value=None, required=False)
    mark_optional = False

    def __init__(self, *args: Any, staff: Iterable[Any], nobody: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.staff: dict[int, User] = {person.pk: person for person in staff}
        people = [(person.pk, person.name) for person in self.staff.values()]
        self.fields["assignee"].choices = [*([NOBODY] if nobody else []), *people]  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """What the services take."""
        return {"assignee": self.staff.get(self.cleaned_data["assignee"] or 0)}


class ReasonForm(GovForm):
    """Why a task is declined or withdrawn."""

    reason = forms.CharField(
        label="Why", widget=forms.Textarea, max_length=4000, error_messages={"required": "Enter why"}
    )

    def values(self) -> dict[str, Any]:
        """What the services take."""
        return {"reason": self.cleaned_data["reason"]}


class DoneForm(GovForm):
    """What a finished task has achieved."""

    achieved = forms.CharField(
        label="What was achieved",
        widget=forms.Textarea,
        max_length=4000,
        help_text="Say what is different now, or what was found out",
    )

    def values(self) -> dict[str, Any]:
        """What the services take."""
        return {"achieved": self.cleaned_data["achieved"]}


class RewordForm(GovForm):
    """What a task asks for, said more clearly."""

    title = forms.CharField(
        label="What is to be done", max_length=200, error_messages={"required": "Enter what is to be done"}
    )
    detail = forms.CharField(label="More about it", widget=forms.Textarea, required=False, max_length=4000)

    def values(self) -> dict[str, Any]:
        """What the services take."""
        return {"title": self.cleaned_data["title"], "detail": self.cleaned_data["detail"]}


def staff_choices(staff: Iterable[Any]) -> list[Any]:
    """People by agency for a select, and the choice of nobody in particular."""
    groups = groupby(staff, key=lambda person: person.agency_name)
    return [NOBODY, *[(name, [(person.pk, person.name) for person in people]) for name, people in groups]]
