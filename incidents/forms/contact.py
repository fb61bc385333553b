"""Logging a contact with a victim, or with whoever reported."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from incidents.choices import ContactDirection, ContactMethod, ContactResult
from incidents.services.contact import NOTE_LIMIT, REASON_LIMIT, ContactData
from kernel import clock
from kernel.forms import GovDateTimeField, GovForm, SingleSubmit

REPORTER = "reporter"


class ContactForm(SingleSubmit, GovForm):
    """`people` are pairs (reference, name) of the victims; `reporter` says that somebody else made the report.

    `guarded` says that a victim has rules about safe contact, so that a reason to pass them may be needed.
    """

    whom = forms.ChoiceField(label="Who was it with?", widget=forms.RadioSelect)
    at = GovDateTimeField(label="When it was", past_only=True, help_text="For example, 24 11 2026 and 6:40pm")
    method = forms.ChoiceField(label="How", choices=ContactMethod.choices, widget=forms.RadioSelect)
    direction = forms.ChoiceField(
        label="Who got in touch?",
        choices=ContactDirection.choices,
        widget=forms.RadioSelect,
        initial=ContactDirection.OUTBOUND,
    )
    result = forms.ChoiceField(label="What came of it?", choices=ContactResult.choices, widget=forms.RadioSelect)
    acknowledgement = forms.BooleanField(
        label="It acknowledged the report to whoever made it",
        required=False,
        help_text="They know that it was received, who leads, and the reference",
    )
    emergency_reason = forms.CharField(
        label="If it could not wait for a safe time or way, why was it an emergency?",
        required=False,
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    note = forms.CharField(
        label="What was said", required=False, max_length=NOTE_LIMIT, widget=forms.Textarea(attrs={"rows": 6})
    )

    option_hints = {
        "result": {
            ContactResult.TWO_WAY: "This is what counts as first contact with the victim",
            ContactResult.ATTEMPT: "A voicemail or a letter is an attempt",
        }
    }

    def __init__(
        self, data: QueryDict | None = None, *, people: list[tuple[str, str]], reporter: bool, guarded: bool
    ) -> None:
        super().__init__(data)
        choices = [*people, *([(REPORTER, "Whoever reported it")] if reporter or not people else [])]
        self.fields["whom"].choices = choices  # type: ignore[attr-defined]
        self.fields["at"].initial = clock.now()
        if len(choices) == 1:
            self.fields["whom"].initial = choices[0][0]
        if not guarded:
            del self.fields["emergency_reason"]

    def contact(self) -> ContactData:
        """What was entered, of a valid form."""
        entered: dict[str, Any] = self.cleaned_data
        whom = entered["whom"]
        return ContactData(
            at=entered["at"],
            method=entered["method"],
            direction=entered["direction"],
            result=entered["result"],
            victim="" if whom == REPORTER else whom,
            with_reporter=whom == REPORTER,
            acknowledgement=entered["acknowledgement"],
            note=entered["note"],
            emergency_reason=entered.get("emergency_reason", ""),
        )
