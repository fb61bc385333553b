"""The last step: how urgent, whether it looks like a crime, and which case. Rules: docs/domain.md §1.4, §2.6."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from incidents.choices import Priority
from incidents.forms.intake.base import StepForm, small_checkboxes
from incidents.forms.names import FIELD, SUMMARY_READ, names_asked
from incidents.rules.triage import Suggestion, priority_change_error

SUGGESTED = "suggested"
CRIME = (("yes", "Yes"), ("no", "No"), ("not_decided", "Not sure"))
BEFORE = (("person", "To the same person"), ("place", "At the same place"))
CASES = (("new", "Open a new case"), ("join", "Add it to a case that is already open"))


class DecideForm(StepForm):
    """A priority is suggested with its reasons; the worker may raise it, and lowers it from P1 only with a reason."""

    crime = forms.ChoiceField(
        label="Does it look like a crime?",
        choices=CRIME,
        initial="not_decided",
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--inline"}),
    )
    before = forms.MultipleChoiceField(
        label="Has it happened before in the last 12 months?",
        choices=BEFORE,
        required=False,
        widget=small_checkboxes(),
    )
    priority = forms.ChoiceField(label="Priority", initial=SUGGESTED, widget=forms.RadioSelect)
    priority_reason = forms.CharField(
        label="Reason for the priority", help_text="Needed to lower it from P1.", required=False, max_length=150
    )
    case = forms.ChoiceField(label="Which case?", choices=CASES, initial="new", widget=forms.RadioSelect)
    case_ref = forms.CharField(
        label="Case reference",
        help_text="Like HC-26-7KQ4M2.",
        max_length=20,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10"}),
        error_messages={"required": "Enter the reference of the case"},
    )
    summary_line = forms.CharField(
        label="What the case is about",
        help_text="A few words without names, such as “Abuse from neighbours since May”.",
        required=False,
        max_length=120,
    )
    reveals = {"case": {"join": ["case_ref"], "new": ["summary_line"]}}
    names_out = {"summary_line": SUMMARY_READ}

    def prepare(self) -> None:
        """Offer the suggestion as the answer, and the case that the worker came from."""
        self.fields["crime"].help_text = (
            "If yes, a new case is classified as a suspected crime and the names of alleged perpetrators are kept."
            if self.intake.may_classify
            else "A triager decides how it is classified; your answer counts for the priority."
        )
        suggestion = self.suggestion
        # An answer given when something else was suggested stays an answer.
        others = [p for p in Priority if p != suggestion.priority or p.value in self._sent_priority()]
        self.offer(
            "priority",
            [(SUGGESTED, f"As suggested: {suggestion.priority.label}"), *[(p.value, p.label) for p in others]],
        )
        names_asked(self, self.intake.names_typed)
        if FIELD in self.fields:
            # It belongs to the summary and is drawn with it.
            self.reveals = {"case": {"join": ["case_ref"], "new": ["summary_line", FIELD]}}  # type: ignore[misc]
        if self.intake.case_ref:
            self.initial = {"case": "join", "case_ref": self.intake.case_ref, **self.initial}

    @property
    def suggestion(self) -> Suggestion:
        """The priority that the answers so far suggest, with the reasons."""
        return self.intake.suggestion(self._answered())

    def _answered(self) -> dict[str, Any]:
        """What this very form says of it, as far as it has been sent."""
        if not self.is_bound:
            return {}
        return {"crime": self["crime"].data, "before": self.data_list("before")}

    def _sent_priority(self) -> list[str]:
        return self.data_list("priority") if self.is_bound else []

    def clean_case_ref(self) -> str:
        """The canonical reference of an open case that this person may add to."""
        if self["case"].data != "join":
            return ""
        found, problem = self.intake.case_to_join(self.cleaned_data["case_ref"])
        if found is None:
            raise ValidationError(problem)
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        chosen = data.get("priority")
        if chosen and chosen != SUGGESTED:
            error = priority_change_error(self.suggestion.priority, chosen, data.get("priority_reason") or "")
            if error:
                self.add_error("priority_reason", error.rstrip("."))
        return data

    @property
    def chosen_priority(self) -> Priority | None:
        """The priority that a person chose; None where it is as suggested."""
        value = self.cleaned_data["priority"]
        return None if value == SUGGESTED else Priority(value)

    def summary(self) -> Iterator[tuple[str, str]]:
        """The priority with its reasons, and which case."""
        data, suggestion = self.cleaned_data, self.suggestion
        yield "Does it look like a crime?", self.words("crime")
        if data["before"]:
            yield "Has it happened before?", self.words("before")
        priority = self.chosen_priority or suggestion.priority
        reasons = [*suggestion.reasons] if priority == suggestion.priority else [data.get("priority_reason") or ""]
        yield "Priority", "\n".join([priority.label, *filter(None, reasons)])
        yield "Case", f"Add to {data['case_ref']}" if data["case"] == "join" else "A new case"
        if data.get("summary_line"):
            yield "What the case is about", data["summary_line"]
