"""Sharing a case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from agencies.models import Agency
from incidents.choices import Gateway, Level
from incidents.services.share import PURPOSE_LIMIT
from kernel import clock
from kernel.clock import LONDON
from kernel.forms import GovDateField, GovForm


class ShareForm(GovForm):
    """With whom, how much, why, by which gateway, for how long. Days are real: a frozen clock moves no access."""

    agency = forms.ChoiceField(label="Agency")
    level = forms.ChoiceField(label="What they may do", widget=forms.RadioSelect)
    purpose = forms.CharField(
        label="Purpose",
        max_length=PURPOSE_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Why they need it, in a sentence. They can read it.",
    )
    gateway = forms.ChoiceField(
        label="Legal gateway",
        choices=[("", "Choose"), *Gateway.choices],
        help_text="What lets you disclose this to them",
    )
    starts_on = GovDateField(label="From", required=False, help_text="Leave empty to share now")
    ends_on = GovDateField(label="Until the end of", required=False, help_text="Leave empty to share until you end it")

    option_hints = {
        "level": {
            Level.SIGNPOST: "Only the reference and whom to ask",
            Level.VIEW: "The case, without the victim’s address, phone and email",
            Level.CONTRIBUTE: "Also notes, contacts, tasks and assessments, and how to reach the victim",
            Level.MANAGE: "Also changing the case and sharing it on",
        }
    }

    def __init__(self, data: QueryDict | None = None, *, agencies: Iterable[Agency], own: Level) -> None:
        super().__init__(data)
        self.agencies = {agency.code: agency for agency in agencies}
        names = [(code, agency.name) for code, agency in self.agencies.items()]
        self.fields["agency"].choices = [("", "Choose"), *names]  # type: ignore[attr-defined]
        levels = [(str(level.value), str(level.label)) for level in Level if own.covers(level)]
        self.fields["level"].choices = levels  # type: ignore[attr-defined]

    def clean_starts_on(self) -> dt.date | None:
        """Access cannot begin in the past."""
        day = self.cleaned_data["starts_on"]
        if day and day < clock.today_real():
            raise ValidationError("From must be today or in the future")
        return day

    def clean(self) -> dict[str, Any]:
        """The days must be in order."""
        cleaned = super().clean() or {}
        starts, ends = cleaned.get("starts_on"), cleaned.get("ends_on")
        if ends and ends < (starts or clock.today_real()):
            self.add_error("ends_on", "Until must be today or later, and not before from")
        return cleaned

    def terms(self) -> dict[str, Any]:
        """What was agreed, of a valid form, with days as instants: from the first to the end of the last."""
        chosen = self.cleaned_data
        starts, ends = chosen["starts_on"], chosen["ends_on"]
        later = starts is not None and starts > clock.today_real()
        return {
            "agency": self.agencies[chosen["agency"]],
            "level": chosen["level"],
            "purpose": chosen["purpose"],
            "gateway": chosen["gateway"],
            "starts_at": _midnight(starts) if later else None,
            "until": _midnight(ends + dt.timedelta(days=1)) if ends else None,
        }


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), LONDON).astimezone(dt.UTC)
