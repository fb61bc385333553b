"""Sharing a case: its terms, against a wish, and taking it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from agencies.models import Agency
from incidents.choices import FieldGroup, Gateway, Level, OverrideGround
from incidents.forms.names import RECALL_READ
from incidents.rules.sharing import SHARE_MOST_MONTHS, share_ends, share_last_day
from incidents.services.override import DECISION_LIMIT, REASON_LIMIT, OverrideCase
from incidents.services.recall import REASON_LIMIT as RECALL_LIMIT
from incidents.services.share import GUARDIAN_LIMIT, PURPOSE_LIMIT, ShareTerms
from kernel import clock
from kernel.clock import LONDON
from kernel.forms import GovDateField, GovDateTimeField, GovForm, YesNoField


class TermsForm(GovForm):
    """The terms of a share: how much, why, by which gateway, which fields, for how long.

    Days are real: a frozen clock moves no access.
    """

    level = forms.ChoiceField(label="What they may do", widget=forms.RadioSelect)
    purpose = forms.CharField(
        label="Purpose",
        max_length=PURPOSE_LIMIT,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What they will do with it, in a sentence. They can read it.",
    )
    necessity = forms.CharField(
        label="Why this much is needed",
        max_length=PURPOSE_LIMIT,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Why less would not do, in a sentence. They can read it.",
        error_messages={"required": "Enter why this much is needed"},
    )
    gateway = forms.ChoiceField(
        label="Legal gateway",
        choices=[("", "Choose"), *Gateway.choices],
        help_text="What lets you disclose this to them",
    )
    field_groups = forms.MultipleChoiceField(
        label="Which extra fields they need",
        choices=FieldGroup.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
        help_text="Choose what the purpose needs and nothing else. Names and contact details that you leave out here are"
        " taken out of summaries, accounts and notes as well.",
    )
    caldicott_guardian = forms.CharField(
        label="Caldicott guardian",
        required=False,
        max_length=GUARDIAN_LIMIT,
        help_text="Where a health agency gives or receives. Leave empty to name the guardian on record.",
    )
    starts_on = GovDateField(label="First day", required=False, help_text="Leave empty to share now")
    ends_on = GovDateField(
        label="Until the end of",
        help_text=f"It ends by itself. At most {SHARE_MOST_MONTHS} months; you are told 10 working days before.",
        error_messages={"required": "Enter the last day of the share"},
    )

    option_hints = {
        "level": {
            Level.SIGNPOST: "Only the reference and whom to ask",
            Level.VIEW: "The case, but no field that is not chosen below",
            Level.CONTRIBUTE: "Also add notes, contacts, tasks and assessments",
            Level.MANAGE: "Also change the case and share it on",
        }
    }

    def __init__(
        self, data: QueryDict | None = None, *, own: Level, least: Level = Level.SIGNPOST, **options: Any
    ) -> None:
        options["initial"] = {"ends_on": share_last_day(clock.today_real())} | options.get("initial", {})
        super().__init__(data, **options)
        levels = [(str(level.value), str(level.label)) for level in Level if own.covers(level) and level.covers(least)]
        self.fields["level"].choices = levels  # type: ignore[attr-defined]

    def clean_starts_on(self) -> dt.date | None:
        """Access cannot begin in the past."""
        day = self.cleaned_data["starts_on"]
        if day and day < clock.today_real():
            raise ValidationError("First day must be today or in the future")
        return day

    def clean(self) -> dict[str, Any]:
        """The days must be in order."""
        cleaned = super().clean() or {}
        starts, ends = cleaned.get("starts_on"), cleaned.get("ends_on")
        if ends and ends < (starts or clock.today_real()):
            self.add_error("ends_on", "Until must be today or later, and not before from")
        return cleaned

    def terms_with(self, agency: Agency) -> ShareTerms:
        """What was agreed, of a valid form, with days as instants: from the first to the end of the last."""
        chosen = self.cleaned_data
        starts, ends = chosen["starts_on"], chosen["ends_on"]
        later = starts is not None and starts > clock.today_real()
        return ShareTerms(
            agency=agency,
            level=chosen["level"],
            purpose=chosen["purpose"],
            gateway=chosen["gateway"],
            necessity=chosen["necessity"],
            field_groups=chosen["field_groups"],
            caldicott_guardian=chosen["caldicott_guardian"],
            starts_at=_midnight(starts) if later else None,
            until=share_ends(ends),
        )


class ShareForm(TermsForm):
    """With whom, and on which terms."""

    agency = forms.ChoiceField(label="Agency")
    field_order = ["agency"]

    def __init__(self, data: QueryDict | None = None, *, agencies: Iterable[Agency], own: Level) -> None:
        super().__init__(data, own=own)
        self.agencies = {agency.code: agency for agency in agencies}
        names = [(code, agency.name) for code, agency in self.agencies.items()]
        self.fields["agency"].choices = [("", "Choose"), *names]  # type: ignore[attr-defined]

    def terms(self) -> ShareTerms:
        """The terms with the agency that was chosen, of a valid form."""
        return self.terms_with(self.agencies[self.cleaned_data["agency"]])


class OverrideForm(ShareForm):
    """A share against a victim's wish, on a ground."""

    ground = forms.ChoiceField(
        label="Ground for overriding the wish", choices=OverrideGround.choices, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label="Why the wish is overridden",
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="What you know, and why the risk outweighs the wish. Your supervisor reads it; the other agency does not.",
    )
    victim_told = YesNoField(label="Was the victim told?")
    not_told_reason = forms.CharField(label="Why not", max_length=DECISION_LIMIT)

    field_order = ["agency", "ground", "reason", "victim_told"]
    reveals = {"victim_told": {"no": ["not_told_reason"]}}

    def why(self) -> OverrideCase:
        """The grounds, of a valid form."""
        chosen = self.cleaned_data
        return OverrideCase(chosen["ground"], chosen["reason"], chosen["victim_told"], chosen["not_told_reason"] or "")


class OverrideDecisionForm(GovForm):
    """What a supervisor decides."""

    decision = forms.ChoiceField(
        label="Your decision",
        choices=[("confirm", "Confirm: share the case on these terms"), ("refuse", "Refuse: nothing is shared")],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label="Why it is refused", max_length=DECISION_LIMIT, widget=forms.Textarea(attrs={"rows": 3})
    )
    reveals = {"decision": {"refuse": ["reason"]}}


class RecallForm(GovForm):
    """Why a share was a mistake, and when that was noticed."""

    reason = forms.CharField(
        label="What went wrong",
        max_length=RECALL_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Information governance reads this. Name nobody who is in the case.",
    )
    names_out = {"reason": RECALL_READ}
    aware_at = GovDateTimeField(
        label="When you became aware", required=False, past_only=True, help_text="Leave empty if that is now"
    )


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), LONDON).astimezone(dt.UTC)
