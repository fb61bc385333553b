"""Asking for access to a signposted case, and what is said about it; and asking whether a partner has a record."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.http import QueryDict

from incidents.choices import Gateway
from incidents.services.access_request import MESSAGE_LIMIT, PURPOSE_LIMIT
from incidents.services.pointer import NAME_LIMIT, REASON_LIMIT
from kernel.forms import GovForm


class AccessAskForm(GovForm):
    """Why access is needed, and what lets the lead agency give it."""

    purpose = forms.CharField(
        label="Why you need access",
        max_length=PURPOSE_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What you will do with it, in a sentence. The lead agency reads it.",
        error_messages={"required": "Enter why you need access"},
    )
    gateway = forms.ChoiceField(
        label="Legal gateway",
        choices=[("", "Choose"), *Gateway.choices],
        help_text="What lets them disclose the case to you",
    )


class MessageForm(GovForm):
    """A question, its answer, or the reason of a refusal."""

    text = forms.CharField(max_length=MESSAGE_LIMIT, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, data: QueryDict | None = None, *, label: str, hint: str = "") -> None:
        super().__init__(data)
        self.fields["text"].label = label
        self.fields["text"].help_text = hint
        self.fields["text"].error_messages["required"] = f"Enter {label[:1].lower()}{label[1:]}"


class PointerForm(GovForm):
    """Whose record is looked for, in connection with which case, and why."""

    name = forms.CharField(
        label="Full name",
        max_length=NAME_LIMIT,
        help_text="Given and family name, as they would be on record",
    )
    case = forms.ChoiceField(label="Your case that this is about")
    reason = forms.CharField(
        label="Why you need to know",
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Enter why you need to know"},
    )

    def __init__(self, data: QueryDict | None = None, *, cases: Iterable[tuple[str, str]], name: str = "") -> None:
        super().__init__(data, initial={"name": name})
        self.fields["case"].choices = [("", "Choose"), *cases]  # type: ignore[attr-defined]
