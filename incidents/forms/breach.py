"""What information governance decides about a breach."""

from __future__ import annotations

from django import forms
from django.http import QueryDict

from incidents.choices import BreachState
from incidents.rules.breach import STEPS
from incidents.services.breach import ICO_LIMIT, REASON_LIMIT
from kernel.forms import GovForm

_WORDS = {
    BreachState.REPORTED: "Reported to the ICO",
    BreachState.NOT_REPORTABLE: "Not reportable",
    BreachState.CLOSED: "Close it",
}


class BreachForm(GovForm):
    """The next step, with what belongs to it."""

    decision = forms.ChoiceField(label="What follows", widget=forms.RadioSelect)
    ico_reference = forms.CharField(
        label="ICO reference", required=False, max_length=ICO_LIMIT, help_text="If they have given one yet"
    )
    reason = forms.CharField(
        label="Why it is not reportable", max_length=REASON_LIMIT, widget=forms.Textarea(attrs={"rows": 3})
    )
    note = forms.CharField(
        label="What was done and learnt", max_length=REASON_LIMIT, widget=forms.Textarea(attrs={"rows": 3})
    )
    reveals = {
        "decision": {"reported": ["ico_reference"], "not_reportable": ["reason"], "closed": ["note"]},
    }

    def __init__(self, state: str, data: QueryDict | None = None) -> None:
        super().__init__(data)
        following = STEPS[BreachState(state)]
        steps = [(step.value, words) for step, words in _WORDS.items() if step in following]
        self.fields["decision"].choices = steps  # type: ignore[attr-defined]


def breach_form(state: str, data: QueryDict | None = None) -> BreachForm | None:
    """The form for the next step of a breach; None where it is closed."""
    return BreachForm(state, data) if STEPS[BreachState(state)] else None
