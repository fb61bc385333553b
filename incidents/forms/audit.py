"""The filters of the audit's pages, and the form that signs off an event of the monthly sample."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict

from incidents.choices import DipOutcome
from incidents.selectors.audit import READING, EventCriteria
from kernel import clock
from kernel.clock import LONDON
from kernel.forms import GovDateField, GovForm, GovTimeField
from kernel.models import AuditOperation
from kernel.references import reference_normalise
from kernel.when import date_text, time_text

OPENS, CLOSES = dt.time(7), dt.time(19)
_KINDS = [
    ("", "Everything"),
    ("reading", "Reading and disclosure"),
    *[(one.value, one.label) for one in AuditOperation],
]
_DAYS = ("since", "until")


class AuditFilterForm(GovForm):
    """What every page of events can be narrowed to. `days` is how far back a page goes that names no first day."""

    mark_optional = False
    days = 30
    fixed: tuple[str, ...] = ()

    since = GovDateField(label="First day", required=False)
    until = GovDateField(label="Last day", required=False)

    def clean(self) -> dict[str, Any]:
        """The days must be in order."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("since"), cleaned.get("until")
        if first and last and last < first:
            self.add_error("until", "Last day must be the same as or after the first day")
        return cleaned

    def criteria(self, **fixed: Any) -> EventCriteria:
        """What was chosen, of a valid form; `fixed` is what the page itself narrows to."""
        chosen = self.cleaned_data
        kind = chosen.get("kind", "")
        return EventCriteria(
            **{
                "ref": chosen.get("ref") or "",
                "user_id": int(chosen["user"]) if chosen.get("user") else None,
                "agency_id": int(chosen["agency"]) if chosen.get("agency") else None,
                "operations": READING if kind == "reading" else ((kind,) if kind else ()),
                "since": chosen["since"] or self._earliest(chosen["until"]),
                "until": chosen["until"],
                **fixed,
            }
        )

    def _earliest(self, until: dt.date | None) -> dt.date | None:
        # The audit goes by the real clock, whatever the pages' own is frozen to.
        last = until or clock.now_real().astimezone(LONDON).date()
        return last - dt.timedelta(days=self.days) if self.days else None

    def kept(self) -> QueryDict:
        """The query of the address as far as it is of this form and not empty: what the link to the next page keeps."""
        sent = QueryDict(mutable=True)
        names = [*self.fields, *(f"{day}_{part}" for day in _DAYS for part in ("day", "month", "year"))]
        data = self.data if isinstance(self.data, QueryDict) else QueryDict()
        for name in names:
            values = [value for value in data.getlist(name) if value]
            if values:
                sent.setlist(name, values)
        return sent

    def chips(self, path: str) -> list[tuple[str, str]]:
        """Each chosen filter in words, with the address of the page without it."""
        found = []
        for name, field in self.fields.items():
            value = self.cleaned_data.get(name)
            if not value or name in self.fixed:
                continue
            rest = self.kept()
            for key in (name, *(f"{name}_{part}" for part in ("day", "month", "year"))):
                rest.pop(key, None)
            found.append((_in_words(field, value), f"{path}?{rest.urlencode()}" if rest else path))
        return found


def _in_words(field: forms.Field, value: Any) -> str:
    if isinstance(field, forms.ChoiceField):
        return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]
    if isinstance(field, GovDateField):
        return f"{field.label} {date_text(value)}"
    if isinstance(field, GovTimeField):
        return f"{field.label} {time_text(value)}"
    return f"{field.label}: {value}" if isinstance(value, int) else str(value)


class RecordFilterForm(AuditFilterForm):
    """Who saw one case or one person."""

    days = 0
    ref = forms.CharField(
        label="Reference",
        max_length=20,
        help_text="Of a case (HC), a victim (HV) or an alleged perpetrator (HA)",
        error_messages={"required": "Enter a reference"},
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10"}),
    )
    kind = forms.ChoiceField(label="What was done", choices=_KINDS, required=False)
    fixed = ("ref",)
    field_order = ("ref", "kind", *_DAYS)

    def clean_ref(self) -> str:
        """The reference as it is kept; anything that has the form of one is looked for."""
        ref = reference_normalise(self.cleaned_data["ref"])
        if ref is None:
            raise forms.ValidationError("Enter a reference like HC-26-7KQ4M2")
        return ref


class UserFilterForm(AuditFilterForm):
    """What one person did."""

    kind = forms.ChoiceField(label="What was done", choices=_KINDS, required=False)
    field_order = ("kind", *_DAYS)


class StaffSearchForm(GovForm):
    """Whom to look at."""

    q = forms.CharField(
        label="Name or work email address", max_length=100, error_messages={"required": "Enter a name or an address"}
    )


class AgencyFilterForm(AuditFilterForm):
    """A page over all agencies that can be narrowed to one."""

    agency = forms.ChoiceField(label="Agency", required=False)
    field_order: tuple[str, ...] = ("agency", *_DAYS)

    def __init__(self, *args: Any, agencies: Iterable[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].choices = [("", "All"), *((str(pk), name) for pk, name in agencies)]  # type: ignore[attr-defined]


class HoursFilterForm(AgencyFilterForm):
    """Reads outside office hours."""

    days = 7
    opens = GovTimeField(label="The day starts at", required=False, help_text="7am unless you say otherwise")
    closes = GovTimeField(label="The day ends at", required=False, help_text="7pm unless you say otherwise")
    field_order = ("agency", "opens", "closes", *_DAYS)

    def clean(self) -> dict[str, Any]:
        """The day must end after it starts."""
        cleaned = super().clean()
        if (cleaned.get("closes") or CLOSES) <= (cleaned.get("opens") or OPENS):
            self.add_error("closes", "The day must end after it starts")
        return cleaned


class OftenFilterForm(AuditFilterForm):
    """Records that many people looked at."""

    people = forms.IntegerField(
        label="At least so many people",
        min_value=2,
        max_value=1000,
        required=False,
        help_text="5 unless you say otherwise",
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-4"}),
    )
    field_order = ("people", *_DAYS)


class StaffFilterForm(AuditFilterForm):
    """The events of an agency's own staff."""

    user = forms.ChoiceField(label="Who", required=False)
    kind = forms.ChoiceField(label="What was done", choices=_KINDS, required=False)
    agency = forms.ChoiceField(label="Agency", required=False)
    fixed = ("agency",)
    field_order = ("agency", "user", "kind", *_DAYS)

    def __init__(
        self, *args: Any, agencies: Iterable[tuple[int, str]], staff: Iterable[tuple[int, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offered = [(str(pk), name) for pk, name in agencies]
        self.fields["agency"].choices = offered  # type: ignore[attr-defined]
        if len(offered) < 2:
            del self.fields["agency"]
        self.fields["user"].choices = [("", "Everybody"), *((str(pk), name) for pk, name in staff)]  # type: ignore[attr-defined]


class DipFilterForm(GovForm):
    """Which events of the sample to list."""

    mark_optional = False

    show = forms.ChoiceField(
        label="Show", choices=[("", "Waiting"), ("done", "Signed off"), ("all", "Both")], required=False
    )
    agency = forms.ChoiceField(label="Agency", required=False)
    month = forms.ChoiceField(label="Month", required=False)

    def __init__(
        self, *args: Any, agencies: Iterable[tuple[int, str]], months: Iterable[dt.date], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].choices = [("", "All"), *((str(pk), name) for pk, name in agencies)]  # type: ignore[attr-defined]
        self.fields["month"].choices = [("", "All"), *((m.isoformat(), f"{m:%B %Y}") for m in months)]  # type: ignore[attr-defined]


class DipSignForm(GovForm):
    """What came of looking at one event."""

    outcome = forms.ChoiceField(
        label="What did you find?",
        choices=DipOutcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Select what you found"},
    )
    note = forms.CharField(
        label="Note",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="What you asked and what you learnt. Use references, not names. Needed unless it is simply in order",
    )
