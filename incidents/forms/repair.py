"""Striking something, and correcting a date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms

from incidents.choices import DateField
from incidents.services.repair import REASON_LIMIT, Corrected
from kernel.forms import GovDateTimeField, GovForm, SingleSubmit


class StrikeForm(GovForm):
    """Why something is struck."""

    reason = forms.CharField(
        label="Why is it struck?",
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For example, it was written in the wrong case. Do not repeat what it said",
        error_messages={"required": "Enter why it is struck"},
    )


class DateCorrectForm(SingleSubmit, GovForm):
    """A date as it should be, and why. `dates` maps each date that can be corrected to what it is now."""

    field = forms.ChoiceField(
        label="Which date is wrong?",
        widget=forms.RadioSelect,
        error_messages={"required": "Select which date is wrong"},
    )
    value = GovDateTimeField(label="What it should be", past_only=True, help_text="For example, 24 11 2026 and 6:40pm")
    reason = forms.CharField(
        label="Why is it corrected?",
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Enter why it is corrected"},
    )

    def __init__(self, *args: Any, dates: Mapping[str, dt.datetime | None], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["field"].choices = [(name, DateField(name).label) for name in dates]  # type: ignore[attr-defined]
        if len(dates) == 1:
            self.fields["field"].initial = next(iter(dates))
        for name, moment in dates.items():
            shown = moment.isoformat() if moment else ""
            self.fields[f"was_{name}"] = forms.DateTimeField(
                widget=forms.HiddenInput, initial=shown, required=moment is not None
            )

    def corrected(self) -> Corrected:
        """What was entered, of a valid form."""
        data = self.cleaned_data
        return Corrected(data["field"], data[f"was_{data['field']}"], data["value"], data["reason"])
