"""Changing a case, confirming its triage, naming its lead worker."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict

from agencies.choices import AgencyType
from agencies.models import User
from incidents.choices import STATUS_STEPS, CaseStatus, Classification, Priority
from incidents.forms.names import SUMMARY_READ
from incidents.models import Case
from incidents.rules.classification import reason_needed
from incidents.services.case import REASON_LIMIT, SETTABLE_STATUSES, SUMMARY_LIMIT, settable
from incidents.services.crime import CRIME_REFERENCE_LIMIT
from kernel.forms import GovForm

_NOBODY = ("", "Nobody yet")


def _priority_reason() -> forms.CharField:
    return forms.CharField(
        label="Why the priority changes",
        required=False,
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Needed when you lower it from urgent",
    )


class VersionedForm(GovForm):
    """A form that knows which version of the case it was made for."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)

    def __init__(self, data: QueryDict | None = None, *, case: Case, **kwargs: Any) -> None:
        self.case = case
        super().__init__(data, **kwargs)
        self.fields["version"].initial = case.version

    def clean_version(self) -> int:
        """A page without a version was made for none that is current."""
        return int(self.cleaned_data.get("version") or 0)


class CaseEditForm(VersionedForm):
    """Summary, priority and standing, of a case with `summary_shown`.

    A summary in which names are hidden from the reader is not asked for: saved, it would lose them.
    """

    summary = forms.CharField(
        label="Summary",
        required=False,
        max_length=SUMMARY_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One or two sentences for lists and agendas. Leave names out.",
    )
    priority = forms.ChoiceField(label="Priority", choices=Priority.choices, widget=forms.RadioSelect)
    priority_reason = _priority_reason()
    status = forms.ChoiceField(label="Status", widget=forms.RadioSelect)
    names_out = {"summary": SUMMARY_READ}

    def __init__(self, data: QueryDict | None = None, *, case: Case) -> None:
        super().__init__(data, case=case)
        self.fields["status"].choices = status_choices(case.status)  # type: ignore[attr-defined]
        shown = case.summary_shown  # type: ignore[attr-defined]
        self.hidden_summary = shown if shown != case.summary else ""
        for name, value in (("summary", shown), ("priority", case.priority), ("status", case.status)):
            self.fields[name].initial = value
        if self.hidden_summary:
            del self.fields["summary"]

    def changes(self) -> dict[str, Any]:
        """What was entered, of a valid form."""
        return {name: self.cleaned_data[name] for name in ("summary", "priority", "status") if name in self.fields}


def status_choices(status: str) -> list[tuple[str, str]]:
    """The present status of a case and those that a person may put it in from there."""
    now = CaseStatus(status)
    nexts = [step for step in SETTABLE_STATUSES if step in STATUS_STEPS[now]]
    return [(str(step.value), str(step.label)) for step in (now, *nexts)]


class TriageForm(VersionedForm):
    """The triage decision: how urgent it is, what it is in law, and who works it."""

    priority = forms.ChoiceField(label="Priority", choices=Priority.choices, widget=forms.RadioSelect)
    priority_reason = _priority_reason()
    classification = forms.ChoiceField(
        label="What is it?",
        widget=forms.RadioSelect,
        help_text="Go by what is reported. Nobody has to prove what they perceived.",
        error_messages={"required": "Select what it is"},
    )
    crime_reference = forms.CharField(
        label="Crime reference",
        max_length=CRIME_REFERENCE_LIMIT,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20"}),
    )
    reason = forms.CharField(
        label="Why it is classified so",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Needed when you change an earlier decision, and for what is outside the county",
    )
    lead_worker = forms.ChoiceField(label="Lead worker", error_messages={"required": "Select who works the case"})

    reveals = {"classification": {Classification.CRIME_RECORDED.value: ["crime_reference"]}}
    option_hints = {
        "classification": {
            Classification.CRIME_SUSPECTED: "It looks like an offence, whether or not the police know of it",
            Classification.CRIME_RECORDED: "The police have recorded it and given it a reference",
        }
    }

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        case: Case,
        staff: Iterable[User],
        me: int | None,
        crime_reference: str = "",
    ) -> None:
        super().__init__(data, case=case)
        self.staff = {str(user.pk): user for user in staff}
        people = [(key, user.name) for key, user in self.staff.items()]
        self.fields["crime_reference"].initial = crime_reference
        if not _police_lead(case):
            # The police give it, and what they gave stays.
            del self.fields["crime_reference"]
        self.fields["lead_worker"].choices = [("", "Choose"), *people]  # type: ignore[attr-defined]
        self.fields["lead_worker"].initial = str(case.lead_worker_id or me or "")
        self.fields["classification"].choices = classification_choices(case)  # type: ignore[attr-defined]
        self.fields["priority"].initial = case.priority
        if case.classification != Classification.UNDETERMINED:
            self.fields["classification"].initial = case.classification

    def clean(self) -> dict[str, Any]:
        """Why, where that is needed: said before the page tells what the decision changes, not after."""
        data: dict[str, Any] = super().clean() or {}
        now = self.case.classification
        if reason_needed(now, data.get("classification") or now) and not data.get("reason", "x"):
            self.add_error("reason", "Enter why it is classified so")
        return data

    def offer(self, classification: str) -> TriageForm:
        """The form with another answer offered, where that is one of the answers."""
        if not self.is_bound and classification in dict(classification_choices(self.case)):
            self.fields["classification"].initial = classification
        return self

    def decision(self) -> dict[str, Any]:
        """What was decided, of a valid form."""
        names = ("priority", "priority_reason", "classification", "crime_reference", "reason")
        chosen: dict[str, Any] = {name: self.cleaned_data.get(name) or "" for name in names}
        return chosen | {"lead_worker": self.staff[self.cleaned_data["lead_worker"]]}


def classification_choices(case: Case) -> list[tuple[str, str]]:
    """What a triager of the case's lead agency may decide: only the police record crimes, and what they recorded may be
    left as it is (docs/domain.md §1.4)."""
    recorded = _police_lead(case) or case.classification == Classification.CRIME_RECORDED
    allowed = [Classification(value) for value in settable(case)]
    return [(c.value, str(c.label)) for c in allowed if recorded or c != Classification.CRIME_RECORDED]


def _police_lead(case: Case) -> bool:
    return case.lead_agency.type == AgencyType.POLICE


class LeadWorkerForm(VersionedForm):
    """Who works the case."""

    lead_worker = forms.ChoiceField(label="Lead worker", required=False)

    def __init__(self, data: QueryDict | None = None, *, case: Case, staff: Iterable[User]) -> None:
        super().__init__(data, case=case)
        self.staff = {str(user.pk): user for user in staff}
        people = [(key, user.name) for key, user in self.staff.items()]
        self.fields["lead_worker"].choices = [_NOBODY, *people]  # type: ignore[attr-defined]
        self.fields["lead_worker"].initial = str(case.lead_worker_id or "")

    def worker(self) -> User | None:
        """Who was chosen, of a valid form; None for nobody."""
        return self.staff.get(self.cleaned_data["lead_worker"])
