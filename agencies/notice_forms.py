"""What is chosen about notices."""

from __future__ import annotations

from typing import Any

from django import forms

from agencies.choices import Delivery, NoticeGroup
from agencies.notice_kinds import CRITICAL_GROUP
from agencies.notice_list import NoticeChoices
from agencies.services.notification import QuietData
from kernel.forms import GovForm, GovTimeField, YesNoField

DAYS = (
    ("0", "Monday"),
    ("1", "Tuesday"),
    ("2", "Wednesday"),
    ("3", "Thursday"),
    ("4", "Friday"),
    ("5", "Saturday"),
    ("6", "Sunday"),
)


class NoticeFilterForm(GovForm):
    """Which notices are listed."""

    mark_optional = False

    unread = forms.BooleanField(label="Unread only", required=False)
    group = forms.ChoiceField(
        label="About",
        required=False,
        choices=[("", "Everything"), (CRITICAL_GROUP, "Safety and late work"), *NoticeGroup.choices],
    )


class NoticeChoicesForm(GovForm):
    """A way to be told for each group, and quiet hours."""

    quiet = YesNoField(label="Do you want quiet hours?")
    starts = GovTimeField(
        label="Quiet from",
        help_text="For example, 6pm",
        error_messages={"required": "Enter the time from which it is quiet"},
    )
    ends = GovTimeField(
        label="Quiet until",
        help_text="For example, 8am",
        error_messages={"required": "Enter the time until which it is quiet"},
    )
    days = forms.MultipleChoiceField(
        label="Days on which they begin",
        choices=DAYS,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Select the days on which the quiet hours begin"},
    )

    reveals = {"quiet": {"yes": ["starts", "ends", "days"]}}

    def __init__(self, *args: Any, choices: NoticeChoices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        quiet = choices.quiet
        groups = {
            group.value: forms.ChoiceField(
                label=group.label, choices=Delivery.choices, initial=choices.deliveries[group.value]
            )
            for group in NoticeGroup
        }
        self.fields.update(groups)
        self.order_fields([*groups, "quiet", "starts", "ends", "days"])
        self.fields["quiet"].initial = "yes" if quiet else "no"
        self.fields["starts"].initial = quiet.starts if quiet else None
        self.fields["ends"].initial = quiet.ends if quiet else None
        self.fields["days"].initial = [str(day) for day in (quiet.days if quiet else range(7))]

    def deliveries(self) -> dict[str, str]:
        """The way chosen for each group, of a valid form."""
        return {group: self.cleaned_data[group] for group in NoticeGroup.values}

    def hours(self) -> QuietData | None:
        """The quiet hours; None for none."""
        data = self.cleaned_data
        if not data["quiet"]:
            return None
        return QuietData(data["starts"], data["ends"], [int(day) for day in data["days"]])
