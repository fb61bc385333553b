"""What is typed about tasks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from django import forms

from agencies.models import Agency, User
from incidents.choices import ReferralService, ReferralWish, TaskKind
from incidents.forms.mention import MentionForm
from incidents.forms.names import TITLE_READ
from incidents.services import task_bulk
from kernel.forms import GovDateField, GovForm, SingleSubmit
from kernel.working_days import close_of

NOBODY = ("", "Whoever the agency chooses")


class WhoForm(GovForm):
    """Which agency, and perhaps which person, is to do something by a day."""

    agency = forms.TypedChoiceField(
        label="Which agency is to do it",
        coerce=int,
        help_text="Agencies that can see this case. Share it first to ask another one",
        error_messages={
            "required": "Select which agency is to do it",
            "invalid_choice": "Choose an agency that can see this case, or share the case with it first",
        },
    )
    assignee = forms.TypedChoiceField(
        label="Who there",
        coerce=int,
        empty_value=None,
        required=False,
        help_text="Leave it open and their single point of contact decides",
    )
    due_on = GovDateField(label="When it is due", future_only=True, help_text="By 5pm on that day")

    def __init__(self, *args: Any, ready: Iterable[Agency], staff: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agencies = {agency.pk: agency for agency in ready}
        self.staff: dict[int, User] = {person.pk: person for person in staff}
        # An agency that cannot see the case is named nowhere on the page: it would be asked for nothing.
        self.fields["agency"].choices = [  # type: ignore[attr-defined]
            ("", "Choose an agency"),
            *[(agency.pk, agency.name) for agency in self.agencies.values()],
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
    """A new task, or a referral."""

    kind = forms.ChoiceField(
        label="What do you ask for?",
        choices=[
            (TaskKind.TASK, "A task: something to be done"),
            (TaskKind.REFERRAL, "A referral: a service for somebody in the case"),
        ],
        widget=forms.RadioSelect,
        initial=TaskKind.TASK,
        required=False,
    )
    service = forms.ChoiceField(
        label="What are they referred for?",
        choices=[("", "Choose"), *ReferralService.choices],
        error_messages={"required": "Select what they are referred for"},
    )
    wish = forms.ChoiceField(
        label="Does the victim want it?",
        help_text="Wanted, and asked of a support service, it is recorded as the support referral too",
        choices=[("", "Choose"), *ReferralWish.choices],
        error_messages={"required": "Select whether the victim wants it"},
    )
    victim = forms.ChoiceField(label="Which victim is it for?", required=False)
    title = forms.CharField(
        label="What is to be done",
        max_length=200,
        help_text="Begin with a verb and name what will be there at the end, for example “Fit a door chain”. Leave names out",
        error_messages={"required": "Enter what is to be done"},
    )
    detail = forms.CharField(label="More about it", widget=forms.Textarea, required=False, max_length=4000)

    reveals = {"kind": {TaskKind.REFERRAL.value: ["service", "wish", "victim"]}}
    # Left out, it is a task; whom a referral is for hangs on the wish.
    depends = frozenset({"kind", "victim"})
    names_out = {"title": TITLE_READ}
    field_order = ("kind", "service", "wish", "victim", "title", "detail", "agency", "assignee", "due_on")

    def __init__(self, *args: Any, victims: Iterable[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = list(victims)
        self.fields["victim"].choices = people  # type: ignore[attr-defined]
        if len(people) < 2:
            # There is nobody to choose between.
            del self.fields["victim"]

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        own = {name: data[name] for name in ("title", "detail", "service", "wish", "submission_id")}
        own["kind"], own["victim"] = data["kind"] or TaskKind.TASK, data.get("victim", "")
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


class StartForm(GovForm):
    """Nothing but the question."""

    def values(self) -> dict[str, Any]:
        """What the services take."""
        return {}


class CommentForm(MentionForm):
    """Something said about a task."""

    text = forms.CharField(
        label="Your comment",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=4000,
        help_text="Mention somebody with @ and their name. Leave victims’ and alleged perpetrators’ names out",
        error_messages={"required": "Enter your comment"},
    )
    names_out = {"text": "A comment is read by everybody who may know of the task."}


class TaskFilterForm(GovForm):
    """Whose tasks of the agency are listed."""

    mark_optional = False

    who = forms.ChoiceField(label="Who does it", required=False)
    late = forms.BooleanField(label="Only what is late", required=False)

    def __init__(self, *args: Any, people: Mapping[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["who"].choices = [("", "Anybody"), (0, "Nobody yet"), *people.items()]  # type: ignore[attr-defined]


class BulkForm(GovForm):
    """The same step for several tasks, chosen in the list."""

    mark_optional = False

    verb = forms.ChoiceField(
        label="With the selected tasks",
        choices=[
            (task_bulk.ACCEPT, "Accept them"),
            (task_bulk.START, "Mark them as in progress"),
            (task_bulk.GIVE, "Give them to a colleague"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what to do with the tasks"},
    )
    assignee = forms.TypedChoiceField(label="Which colleague", coerce=int, empty_value=None, required=False)

    def __init__(self, *args: Any, staff: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.staff: dict[int, User] = {person.pk: person for person in staff}
        people = [(person.pk, person.name) for person in self.staff.values()]
        self.fields["assignee"].choices = [("", "Choose a colleague"), *people]  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        chosen = self.cleaned_data["assignee"]
        return {"verb": self.cleaned_data["verb"], "assignee": self.staff.get(chosen or 0)}


class RewordForm(GovForm):
    """What a task asks for, said more clearly."""

    title = forms.CharField(
        label="What is to be done",
        max_length=200,
        help_text="Leave names out",
        error_messages={"required": "Enter what is to be done"},
    )
    detail = forms.CharField(label="More about it", widget=forms.Textarea, required=False, max_length=4000)
    names_out = {"title": TITLE_READ}

    def values(self) -> dict[str, Any]:
        """What the services take."""
        return {"title": self.cleaned_data["title"], "detail": self.cleaned_data["detail"]}


def staff_choices(staff: Iterable[Any]) -> list[Any]:
    """People by agency for a select, and the choice of nobody in particular."""
    groups = groupby(staff, key=lambda person: person.agency_name)
    return [NOBODY, *[(name, [(person.pk, person.name) for person in people]) for name, people in groups]]
