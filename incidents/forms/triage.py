"""Asking back about a report."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.http import QueryDict

from agencies.models import Agency
from incidents.models import Case
from incidents.services.triage import QUESTION_LIMIT
from kernel.forms import GovForm, SingleSubmit


class AskBackForm(SingleSubmit, GovForm):
    """Whom to ask, and what."""

    agency = forms.ChoiceField(
        label="Who should answer?", widget=forms.RadioSelect, error_messages={"required": "Select who should answer"}
    )
    question = forms.CharField(
        label="Question",
        max_length=QUESTION_LIMIT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Ask for one thing. Leave out what they do not need to know.",
    )

    def __init__(self, data: QueryDict | None = None, *, case: Case, agencies: Iterable[Agency]) -> None:
        super().__init__(data)
        self.agencies = {one.code: one for one in agencies}
        self.fields["agency"].choices = [  # type: ignore[attr-defined]
            (code, f"{one.name}: ask the reporter ourselves" if one.pk == case.lead_agency_id else one.name)
            for code, one in self.agencies.items()
        ]
