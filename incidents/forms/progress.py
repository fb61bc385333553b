"""Referrals, plans, updates, key events, pauses and closing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from incidents.choices import PauseReason
from incidents.choices.progress import ClosingReason, HateStopped, KeyEventKind, VictimView
from incidents.models import Case
from incidents.rules.victim_clocks import MOST_PAUSE_DAYS, MOST_UPDATE_DAYS
from incidents.services.closing import NOTE_LIMIT, REASON_LIMIT, ClosingData
from incidents.services.progress import EVENT_LIMIT, PLAN_LIMIT, SERVICE_LIMIT, ReferralData
from kernel import clock
from kernel.forms import GovDateField, GovDateTimeField, GovForm, SingleSubmit, YesNoField

OTHER_SERVICE = "other"
OPT_OUT = "none"


class _VictimForm(SingleSubmit, GovForm):
    """A form about one victim of the case: asked for where there are several."""

    victim = forms.ChoiceField(label="Which victim?", widget=forms.RadioSelect)

    def __init__(self, data: QueryDict | None = None, *, victims: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["victim"].choices = victims  # type: ignore[attr-defined]
        if len(victims) < 2:
            del self.fields["victim"]


class ReferralForm(_VictimForm):
    """To which support service, and when; or that the victim wants none."""

    wished = YesNoField(label="Does the victim want support?")
    agency = forms.ChoiceField(label="To which service?", widget=forms.RadioSelect, required=False)
    service = forms.CharField(label="Which service", max_length=SERVICE_LIMIT)
    sent_at = GovDateTimeField(
        label="When it was sent", past_only=True, required=False, help_text="For example, 24 11 2026 and 6:40pm"
    )

    reveals = {"wished": {"yes": ["agency", "sent_at"]}, "agency": {OTHER_SERVICE: ["service"]}}

    def __init__(self, data: QueryDict | None = None, *, services: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["agency"].choices = [*services, (OTHER_SERVICE, "Another service")]  # type: ignore[attr-defined]
        self.fields["sent_at"].initial = clock.now()

    def referral(self) -> ReferralData:
        """What was entered, of a valid form."""
        entered: dict[str, Any] = self.cleaned_data
        if not entered["wished"]:
            return ReferralData(wished=False, victim=entered.get("victim", ""))
        code = entered.get("agency") or ""
        return ReferralData(
            wished=True,
            victim=entered.get("victim", ""),
            agency="" if code == OTHER_SERVICE else code,
            service=entered.get("service") or "",
            sent_at=entered.get("sent_at"),
        )


class PlanForm(_VictimForm):
    """What was agreed with the victim, and when."""

    text = forms.CharField(
        label="What was agreed",
        widget=forms.Textarea(attrs={"rows": 10}),
        max_length=PLAN_LIMIT,
        help_text="Who does what by when. A new plan takes the place of this one; it cannot be changed.",
    )
    agreed_at = GovDateTimeField(
        label="When it was agreed", past_only=True, help_text="For example, 24 11 2026 and 6:40pm"
    )


class UpdatesForm(SingleSubmit, GovForm):
    """How often the victim wants to hear from us."""

    wanted = forms.ChoiceField(
        label="What does the victim want?",
        choices=[("every", "To be updated regularly"), (OPT_OUT, "No routine updates: they said so in writing")],
        widget=forms.RadioSelect,
    )
    every_days = forms.IntegerField(
        label="Working days between updates",
        min_value=1,
        max_value=MOST_UPDATE_DAYS,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-2", "inputmode": "numeric"}),
        help_text=f"At most {MOST_UPDATE_DAYS}",
    )
    agreed_at = GovDateTimeField(
        label="When they said so", past_only=True, help_text="For example, 24 11 2026 and 6:40pm"
    )

    reveals = {"wanted": {"every": ["every_days"]}}

    def days(self) -> int | None:
        """Working days between updates; None where the victim wants none."""
        return None if self.cleaned_data["wanted"] == OPT_OUT else self.cleaned_data["every_days"]


class EventForm(SingleSubmit, GovForm):
    """What happened, of which the victim has to be told."""

    kind = forms.ChoiceField(label="What happened?", choices=KeyEventKind.choices, widget=forms.RadioSelect)
    happened_at = GovDateTimeField(
        label="When it happened", past_only=True, help_text="For example, 24 11 2026 and 6:40pm"
    )
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=EVENT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Everybody who reads the case sees what happened and when. Leave names out.",
    )
    names_out = {"note": "A key event is read by everybody who reads the case, and told to who works it."}


class PauseForm(SingleSubmit, GovForm):
    """Why a clock waits, and until which day."""

    reason = forms.ChoiceField(label="Why does it wait?", choices=PauseReason.choices, widget=forms.RadioSelect)
    until = GovDateField(
        label="Until which day?",
        help_text=f"The clock goes on by itself that day. At most {MOST_PAUSE_DAYS} working days.",
    )
    option_hints = {
        "reason": {
            PauseReason.VICTIM_REQUEST: "Only if the victim said so: not for leave, nor for another agency",
            PauseReason.SAFE_CONTACT: "Only if their safe-contact times leave no office hour before it is due",
        }
    }


class ConfirmForm(SingleSubmit, GovForm):
    """Nothing but the button."""


_TWO_PEOPLE = "Two people decide this first, under “Change the triage”"


class CloseForm(SingleSubmit, GovForm):
    """Why a case is closed, and what came of it."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)
    reason = forms.ChoiceField(label="Why is it closed?", choices=ClosingReason.choices, widget=forms.RadioSelect)
    duplicate_of = forms.CharField(
        label="Which case does it repeat?",
        max_length=20,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10"}),
        help_text="Its reference, such as HC-26-7KQ4M2",
    )
    victim_view = forms.ChoiceField(
        label="How does the victim see what was done?", choices=VictimView.choices, widget=forms.RadioSelect
    )
    hate_stopped = forms.ChoiceField(
        label="Has the hate stopped?", choices=HateStopped.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label="Anything else", required=False, max_length=NOTE_LIMIT, widget=forms.Textarea(attrs={"rows": 4})
    )

    reveals = {"reason": {ClosingReason.R10.value: ["duplicate_of"]}}
    option_hints = {"reason": dict.fromkeys((ClosingReason.R8.value, ClosingReason.R9.value), _TWO_PEOPLE)}

    def __init__(self, data: QueryDict | None = None, *, case: Case) -> None:
        super().__init__(data)
        self.fields["version"].initial = case.version

    def clean_version(self) -> int:
        """A page without a version was made for none that is current."""
        return int(self.cleaned_data.get("version") or 0)

    def closing(self) -> ClosingData:
        """What was entered, of a valid form."""
        entered: dict[str, Any] = self.cleaned_data
        names = ("reason", "victim_view", "hate_stopped", "note")
        return ClosingData(**{name: entered[name] for name in names}, duplicate_of=entered.get("duplicate_of") or "")


class ReopenForm(GovForm):
    """Why a case is opened again."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)
    reason = forms.CharField(
        label="Why is it opened again?", max_length=REASON_LIMIT, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, data: QueryDict | None = None, *, case: Case) -> None:
        super().__init__(data)
        self.fields["version"].initial = case.version

    def clean_version(self) -> int:
        """A page without a version was made for none that is current."""
        return int(self.cleaned_data.get("version") or 0)


class OutcomeForm(GovForm):
    """When the written outcome was sent."""

    sent_at = GovDateTimeField(
        label="When the written outcome was sent", past_only=True, help_text="For example, 24 11 2026 and 6:40pm"
    )
