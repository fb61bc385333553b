"""Changing a victim's record: details, safe contact, wishes. Each form knows the version it was made for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from agencies.choices import District
from agencies.postcode_form import CountyPostcode
from kernel.forms import GovBirthField, GovForm, GovTimeField, PhoneField, PostcodeField
from kernel.forms.dates import time_from_text
from kernel.when import date_text
from victims.choices import CONTACT_FIELDS, ContactMethod, Language, Weekday, Wish, WorkerGender, YesNoUnknown
from victims.models import Victim
from victims.rules import windows_parse
from victims.services import WISHES

WINDOWS = (1, 2, 3)
_INLINE = {"class": "govuk-radios--inline govuk-radios--small"}


_BESIDE = ("version", "postcode_outside")
"""Fields of a form that are none of the record."""


class VictimRecordForm(GovForm):
    """A part of a record with its version. `values` are what the service takes.

    Without `reachable` the fields that say how to reach the victim are not there: neither shown nor changed.
    """

    title = ""
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)

    def __init__(self, data: QueryDict | None = None, *, victim: Victim, reachable: bool) -> None:
        self.victim = victim
        super().__init__(data, initial=self.initial_of(victim))
        left_out = set() if reachable else set(CONTACT_FIELDS) & self.fields.keys()
        self.leaves_out = bool(left_out)
        for name in left_out:
            del self.fields[name]

    def initial_of(self, victim: Victim) -> dict[str, Any]:
        """What the record says now, by field of the form."""
        return {name: getattr(victim, name, None) for name in self.base_fields}

    def clean_version(self) -> int:
        """A page without a version was made for none that is current."""
        return int(self.cleaned_data.get("version") or 0)

    def values(self) -> dict[str, Any]:
        """What was entered, of a valid form, by field of the record."""
        return {name: value for name, value in self.cleaned_data.items() if name not in _BESIDE}

    def in_words(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Values of the record as a person reads them, by label."""
        return {label: _words(self.fields.get(name), values.get(name)) for name, label in self.labels().items()}

    def labels(self) -> dict[str, str]:
        """The fields of the record that the form changes, with their labels."""
        return {name: str(field.label) for name, field in self.fields.items() if name not in _BESIDE}


def _words(field: forms.Field | None, value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(_choice(field, one) for one in value)
    if hasattr(value, "strftime"):
        return date_text(value)
    return _choice(field, value) if value else ""


def _choice(field: forms.Field | None, value: Any) -> str:
    choices = dict(getattr(field, "choices", []))
    return str(choices.get(value, value))


class DetailsForm(CountyPostcode, VictimRecordForm):
    """Who they are, where they live, what they need."""

    title = "Details"
    given_name = forms.CharField(label="First name", required=False, max_length=80)
    family_name = forms.CharField(label="Last name", required=False, max_length=80)
    organisation = forms.CharField(
        label="Name of the organisation",
        required=False,
        max_length=120,
        help_text="Only where an organisation is the victim",
    )
    date_of_birth = GovBirthField()
    phone = PhoneField(label="Phone number", required=False, max_length=30)
    email = forms.EmailField(label="Email address", required=False, max_length=254)
    address = forms.CharField(label="Address", required=False, max_length=300)
    postcode = PostcodeField(label="Postcode", required=False, max_length=10)
    district = forms.ChoiceField(
        label="District they live in",
        choices=[("", "Not known, or outside the county"), *sorted(District.choices, key=lambda pair: pair[1])],
        required=False,
    )
    needs = forms.CharField(
        label="Support and access needs", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )


def _asked(label: str) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=YesNoUnknown.choices, widget=forms.RadioSelect(attrs=_INLINE))


def _days(number: int) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=f"Do not contact, time {number}: days",
        choices=Weekday.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small hc-columns"}),
    )


class SafeContactForm(VictimRecordForm):
    """How the victim can be reached safely (docs/domain.md §10.4)."""

    title = "Safe contact"
    safe_channels = forms.MultipleChoiceField(
        label="Which ways of contact are safe?",
        choices=ContactMethod.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small hc-columns"}),
        help_text="Select all that they agreed to. Select nothing if you could not ask.",
    )
    safe_to_leave_message = _asked("Is it safe to leave a message?")
    safe_to_say_who = _asked("Is it safe to say who is calling?")
    letters_safe = _asked("Are letters safe?")
    unsafe_people = forms.CharField(
        label="People who must not know",
        required=False,
        max_length=300,
        help_text="For example, who answers the phone",
    )
    code_word = forms.CharField(label="Code word", required=False, max_length=60)
    shared_device = forms.BooleanField(label="Others use their phone, computer or email", required=False)
    alternative_contact = forms.CharField(
        label="Someone else to contact", required=False, max_length=200, help_text="Name and phone number"
    )
    language = forms.ChoiceField(label="Language", choices=Language.choices)
    language_other = forms.CharField(label="Which other language?", required=False, max_length=60)
    interpreter_needed = forms.BooleanField(label="They need an interpreter", required=False)
    interpreter_note = forms.CharField(
        label="About the interpreter",
        required=False,
        max_length=200,
        help_text="For example, a woman, and nobody from the family",
    )
    preferred_worker = forms.ChoiceField(
        label="Who would they rather speak to?", choices=WorkerGender.choices, widget=forms.RadioSelect(attrs=_INLINE)
    )

    def __init__(self, data: QueryDict | None = None, *, victim: Victim, reachable: bool) -> None:
        fields = list(type(self).base_fields.items())
        place = 1 + [name for name, _ in fields].index("letters_safe")
        self.base_fields = dict(  # type: ignore[misc]
            [*fields[:place], *_window_fields().items(), *fields[place:]]
        )
        super().__init__(data, victim=victim, reachable=reachable)

    def initial_of(self, victim: Victim) -> dict[str, Any]:
        initial = super().initial_of(victim)
        for number, row in zip(WINDOWS, victim.do_not_contact, strict=False):
            initial |= {
                f"window{number}_days": row.get("days"),
                f"window{number}_from": time_from_text(row.get("from") or ""),
                f"window{number}_to": time_from_text(row.get("to") or ""),
            }
        return initial

    def clean(self) -> dict[str, Any]:
        """An unlisted language has a name, and a time has both ends."""
        data = super().clean() or self.cleaned_data
        if data.get("language") == Language.OTHER and not data.get("language_other"):
            self.add_error("language_other", "Enter which language")
        for number in WINDOWS:
            starts, ends = data.get(f"window{number}_from"), data.get(f"window{number}_to")
            given = bool(starts or ends or data.get(f"window{number}_days"))
            if given and starts is None and f"window{number}_from" not in self.errors:
                self.add_error(f"window{number}_from", "Enter when this time begins, like 10pm")
            if given and ends is None and f"window{number}_to" not in self.errors:
                self.add_error(f"window{number}_to", "Enter when this time ends, like 7am")
        return data

    def values(self) -> dict[str, Any]:
        plain = {name: value for name, value in super().values().items() if not name.startswith("window")}
        windows = [
            {
                "days": self.cleaned_data[f"window{number}_days"],
                "from": f"{self.cleaned_data[f'window{number}_from']:%H:%M}",
                "to": f"{self.cleaned_data[f'window{number}_to']:%H:%M}",
            }
            for number in WINDOWS
            if self.cleaned_data[f"window{number}_from"] is not None
        ]
        return plain | {"do_not_contact": windows}

    def labels(self) -> dict[str, str]:
        plain = {name: label for name, label in super().labels().items() if not name.startswith("window")}
        return plain | {"do_not_contact": "Do not contact"}

    def in_words(self, values: Mapping[str, Any]) -> dict[str, str]:
        windows = windows_parse(values.get("do_not_contact") or [])
        plain = super().in_words({**values, "do_not_contact": None})
        return plain | {"Do not contact": "\n".join(window.label for window in windows)}


def _window_fields() -> dict[str, forms.Field]:
    fields: dict[str, forms.Field] = {}
    for number in WINDOWS:
        fields[f"window{number}_days"] = _days(number)
        fields[f"window{number}_from"] = GovTimeField(label=f"Time {number}: from", required=False)
        fields[f"window{number}_to"] = GovTimeField(label=f"Time {number}: to", required=False)
    fields["window1_days"].help_text = "No day selected means every day"
    return fields


def _wish(label: str) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=Wish.choices, widget=forms.RadioSelect(attrs=_INLINE))


class WishesForm(VictimRecordForm):
    """What the victim wishes to be shared (docs/domain.md §6.7)."""

    title = "Wishes about sharing"
    wish_share_police = _wish("May we share with the police?")
    wish_share_council = _wish("May we share with the council?")
    wish_share_support = _wish("May we share with a support service?")
    wishes_how = forms.CharField(
        label="How they told us",
        required=False,
        max_length=80,
        help_text="For example, on the phone on 24 November. Always needed where a no becomes a yes.",
    )
    depends = frozenset({"wishes_how"})

    def initial_of(self, victim: Victim) -> dict[str, Any]:
        """How they told us is asked anew: what stands there was said of the wishes as they stood."""
        return super().initial_of(victim) | {"wishes_how": ""}

    def values(self) -> dict[str, Any]:
        """What was entered; where nothing was, how they told us before stays with wishes that stay."""
        entered = super().values()
        same = all(getattr(self.victim, name) == entered[name] for name in WISHES)
        return {name: value for name, value in entered.items() if value or name != "wishes_how" or not same}


class SensitiveForm(GovForm):
    """One extra-sensitive group of a victim: what is added to it or, where it is open, what it is to say.

    `version` is that of the text that is being changed; without one, what is entered is added.
    """

    text = forms.CharField(
        label="What to record",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Only what is needed",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)

    def __init__(self, data: QueryDict | None = None, *, held: Any = None) -> None:
        super().__init__(data, initial={"text": held.text, "version": held.version} if held else {})


PARTS: dict[str, type[VictimRecordForm]] = {"details": DetailsForm, "contact": SafeContactForm, "wishes": WishesForm}
"""The parts of a record that can be changed, by their place in the address."""
