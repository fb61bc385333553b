"""The step about reaching a victim safely, and their wishes. Rules: docs/domain.md §6.7 (wishes), §10.4, §10.5."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from django import forms

from incidents.forms.intake.base import StepForm, small_checkboxes
from kernel.forms import GovTimeField
from victims.choices import ContactMethod, Language, Weekday, Wish, WorkerGender, YesNoUnknown
from victims.rules import windows_parse

_WISH = (("yes", "Yes"), ("no", "No"), ("not_asked", "Not asked"))


def _wish(whom: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=f"May we share with {whom}?",
        choices=_WISH,
        initial=Wish.NOT_ASKED,
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--inline govuk-radios--small"}),
    )


def _asked(label: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=YesNoUnknown.choices,
        initial=YesNoUnknown.NOT_ASKED,
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--inline govuk-radios--small"}),
    )


def _days() -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label="Days",
        choices=Weekday.choices,
        required=False,
        widget=small_checkboxes(columns=True),
    )


WINDOWS = (1, 2)


class ContactForm(StepForm):
    """How a victim can be reached safely, in which language, and what they wish to be shared."""

    safe_channels = forms.MultipleChoiceField(
        label="Which ways of contact are safe?",
        help_text="Select all that they agreed to. Select nothing if you could not ask.",
        choices=ContactMethod.choices,
        required=False,
        widget=small_checkboxes(columns=True),
    )
    safe_to_leave_message = _asked("Is it safe to leave a message?")
    safe_to_say_who = _asked("Is it safe to say who is calling?")
    wish_share_police = _wish("the police")
    wish_share_council = _wish("the council")
    wish_share_support = _wish("a support service")
    language = forms.ChoiceField(label="Language", choices=Language.choices, initial=Language.ENGLISH)
    language_other = forms.CharField(label="Which other language?", required=False, max_length=60)
    interpreter_needed = forms.BooleanField(label="They need an interpreter", required=False)
    interpreter_note = forms.CharField(
        label="About the interpreter",
        help_text="For example, a woman, and nobody from the family.",
        required=False,
        max_length=200,
    )
    window1_days, window1_from, window1_to = _days(), GovTimeField(label="From", required=False), GovTimeField(
        label="To", required=False
    )  # fmt: skip
    window2_days, window2_from, window2_to = _days(), GovTimeField(label="From", required=False), GovTimeField(
        label="To", required=False
    )  # fmt: skip
    unsafe_people = forms.CharField(
        label="People who must not know",
        help_text="For example, a partner who answers the phone.",
        required=False,
        max_length=300,
    )
    code_word = forms.CharField(label="Code word", required=False, max_length=60)
    shared_device = forms.BooleanField(label="Others use their phone, computer or email", required=False)
    letters_safe = _asked("Are letters safe?")
    alternative_contact = forms.CharField(
        label="Someone else to contact", help_text="Name and phone number.", required=False, max_length=200
    )
    preferred_worker = forms.ChoiceField(
        label="Who would they rather speak to?",
        choices=WorkerGender.choices,
        initial=WorkerGender.NO_PREFERENCE,
        widget=forms.RadioSelect(attrs={"class": "govuk-radios--inline govuk-radios--small"}),
    )
    wishes_how = forms.CharField(
        label="How they told us what may be shared", help_text="For example, on the phone.", required=False,
        max_length=80,
    )  # fmt: skip
    optional_sections = {
        "Language and interpreter": ("language", "language_other", "interpreter_needed", "interpreter_note"),
        "Times when nobody may contact them": tuple(
            f"window{n}_{part}" for n in WINDOWS for part in ("days", "from", "to")
        ),
        "People, devices and letters": (
            "unsafe_people", "code_word", "shared_device", "letters_safe", "alternative_contact", "preferred_worker",
            "wishes_how",
        ),
    }  # fmt: skip

    def prepare(self) -> None:
        """Number the times, so that each label is its own."""
        for n in WINDOWS:
            for part, words in (("days", "Days"), ("from", "No contact from"), ("to", "No contact until")):
                self.fields[f"window{n}_{part}"].label = f"{words}{'' if n == 1 else ', second time'}"
        self.fields["window1_days"].help_text = "No day selected means every day."

    def _open(self, title: str, names: Iterable[str]) -> bool:
        if title == "Language and interpreter" and self.is_bound:
            others = [n for n in names if n != "language"]
            return self.cleaned_data.get("language") != Language.ENGLISH or super()._open(title, others)
        return super()._open(title, [n for n in names if n != "language"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("language") == Language.OTHER and not data.get("language_other"):
            self.add_error("language_other", "Enter which language")
        for n in WINDOWS:
            self._check_window(n, data)
        return data

    def _check_window(self, n: int, data: dict[str, Any]) -> None:
        began, ended = data.get(f"window{n}_from"), data.get(f"window{n}_to")
        typed = {part for part in ("days", "from", "to") if data.get(f"window{n}_{part}") not in (None, "", [])}
        if not typed or any(f"window{n}_{part}" in self.errors for part in ("from", "to")):
            return
        if began is None:
            self.add_error(f"window{n}_from", "Enter when this time begins, like 10pm")
        if ended is None:
            self.add_error(f"window{n}_to", "Enter when this time ends, like 7am")

    @property
    def windows(self) -> list[dict[str, Any]]:
        """The times at which nobody may contact them, as they are stored."""
        data = self.cleaned_data
        return [
            {"days": data[f"window{n}_days"], "from": f"{begins:%H:%M}", "to": f"{data[f'window{n}_to']:%H:%M}"}
            for n in WINDOWS
            if isinstance(begins := data.get(f"window{n}_from"), dt.time)
        ]

    def summary(self) -> Iterator[tuple[str, str]]:
        """The answers, with the times in one row, and without what was not asked."""
        unsaid = {YesNoUnknown.NOT_ASKED.label, WorkerGender.NO_PREFERENCE.label, Language.ENGLISH.label}
        times = {str(self.fields[n].label) for n in self.optional_sections["Times when nobody may contact them"]}
        for label, words in super().summary():
            if words not in unsaid and label not in times:
                yield label, words
        if self.windows:
            yield "Do not contact", "\n".join(window.label for window in windows_parse(self.windows))
