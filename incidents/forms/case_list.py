"""The filters beside the list of cases, and the chips of those that are chosen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from agencies.choices import District
from incidents.choices import Band, CaseStatus, Classification, Priority, Strand
from incidents.selectors.case_list import MINE, NOBODYS, CaseCriteria
from kernel.forms import GovDateField, GovForm
from kernel.when import date_text

_SMALL = {"class": "govuk-checkboxes--small"}
_LONG = 100


class CaseFilterForm(GovForm):
    """What the list may be narrowed by. `agencies` are pairs (code, name) of those who lead cases."""

    mark_optional = False
    keeps_empty_fields = True

    q = forms.CharField(label="Reference or words", required=False, max_length=_LONG)
    status = forms.MultipleChoiceField(
        label="Status",
        choices=CaseStatus.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs=_SMALL),
    )
    classification = forms.MultipleChoiceField(
        label="What it is",
        choices=Classification.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs=_SMALL),
    )
    priority = forms.MultipleChoiceField(
        label="Priority", choices=Priority.choices, required=False, widget=forms.CheckboxSelectMultiple(attrs=_SMALL)
    )
    strand = forms.MultipleChoiceField(
        label="Strand", choices=Strand.choices, required=False, widget=forms.CheckboxSelectMultiple(attrs=_SMALL)
    )
    district = forms.ChoiceField(label="District", choices=[("", "All"), *District.choices], required=False)
    band = forms.ChoiceField(
        label="Risk", choices=[("", "All"), *Band.choices, ("none", "Not assessed")], required=False
    )
    lead = forms.ChoiceField(label="Lead agency", required=False)
    worker = forms.ChoiceField(
        label="Lead worker", choices=[("", "Anybody"), (MINE, "My cases"), (NOBODYS, "Nobody yet")], required=False
    )
    overdue = forms.ChoiceField(
        label="Time limits", choices=[("", "All"), ("yes", "Something is overdue")], required=False
    )
    received_from = GovDateField(label="Received from", required=False)
    received_to = GovDateField(label="Received to", required=False)

    def __init__(self, data: QueryDict, *, agencies: Iterable[tuple[int, str, str]]) -> None:
        self.agencies = list(agencies)
        super().__init__(data)
        self.fields["lead"].choices = [("", "All"), *((code, name) for _, code, name in self.agencies)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The days must be in order."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("received_from"), cleaned.get("received_to")
        if first and last and last < first:
            self.add_error("received_to", "Received to must be the same as or after received from")
        return cleaned

    def criteria(self) -> CaseCriteria:
        """What was chosen, of a valid form."""
        chosen = self.cleaned_data
        lead = next((pk for pk, code, _ in self.agencies if code == chosen["lead"]), None)
        return CaseCriteria(
            q=chosen["q"].strip(),
            status=tuple(chosen["status"]),
            classification=tuple(chosen["classification"]),
            priority=tuple(chosen["priority"]),
            strand=tuple(chosen["strand"]),
            district=chosen["district"],
            band=chosen["band"],
            lead_id=lead,
            received_from=chosen["received_from"],
            received_to=chosen["received_to"],
            worker=chosen["worker"],
            overdue=chosen["overdue"] == "yes",
        )

    def chips(self, path: str) -> list[tuple[str, str]]:
        """Each chosen filter in words, with the address of the list without it."""
        return [(label, f"{path}?{rest}" if rest else path) for label, rest in self._chips()]

    def _chips(self) -> Iterator[tuple[str, str]]:
        for name in self.fields:
            value = self.cleaned_data.get(name)
            if isinstance(value, list):
                choices = dict(self.fields[name].choices)  # type: ignore[attr-defined]
                for one in value:
                    yield str(choices[one]), self._without(name, one)
            elif value:
                yield self._in_words(name, value), self._without(name)

    def _in_words(self, name: str, value: Any) -> str:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            shown = str(dict(field.choices)[value])  # type: ignore[arg-type]
            named = {"band": f"Risk: {shown.lower()}", "worker": f"Lead worker: {shown.lower()}"}
            return named.get(name, shown)
        if isinstance(field, GovDateField):
            return f"{field.label} {date_text(value)}"
        return f"“{value}”"

    def words(self, chosen: Mapping[str, Any]) -> list[str]:
        """Filters in words, as `criteria_keep` of a saved search gives them; the form itself need not hold them."""
        found = []
        for name, field in self.fields.items():
            value = chosen.get(name)
            if isinstance(value, list):
                choices = dict(field.choices)  # type: ignore[attr-defined]
                found += [str(choices[one]) for one in value]
            elif value:
                day = isinstance(field, GovDateField)
                found.append(self._in_words(name, dt.date.fromisoformat(value) if day else value))
        return found

    def _without(self, name: str, one: str = "") -> str:
        """The query of the address without a filter, or without one of its values."""
        rest = self.kept()
        values = [value for value in rest.getlist(name) if value != one] if one else []
        if values:
            rest.setlist(name, values)
            return rest.urlencode()
        for key in (name, *(f"{name}_{part}" for part in ("day", "month", "year"))):
            rest.pop(key, None)
        return rest.urlencode()

    def _given(self, name: str) -> list[str]:
        return self.data.getlist(name) if isinstance(self.data, QueryDict) else []

    def kept(self) -> QueryDict:
        """The query of the address as far as it is of this form and not empty: what links to other pages keep."""
        sent = QueryDict(mutable=True)
        names = [
            *self.fields,
            *(f"received_{end}_{part}" for end in ("from", "to") for part in ("day", "month", "year")),
        ]
        for name in names:
            values = [value for value in self._given(name) if value]
            if values:
                sent.setlist(name, values)
        return sent
