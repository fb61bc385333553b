"""Writing to the public, and keeping templates."""

from __future__ import annotations

from typing import Any

from django import forms

from incidents.choices import LetterKind
from incidents.rules.letters import BODY_LIMIT
from incidents.selectors.letters import Offer
from incidents.selectors.recipients import Recipient
from incidents.services.letter_templates import TemplateData
from incidents.services.letters import ADDRESS_LIMIT, MESSAGE_LIMIT, REASON_LIMIT
from kernel import clock
from kernel.forms import GovDateField, GovDateTimeField, GovForm, SingleSubmit, YesNoField
from victims.choices import Language


class ToForm(GovForm):
    """To whom it goes."""

    to = forms.ChoiceField(
        label="To whom do you write?",
        widget=forms.RadioSelect,
        error_messages={"required": "Select to whom you write", "invalid_choice": "Select to whom you write"},
    )

    def __init__(self, *args: Any, people: list[Recipient], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [  # type: ignore[attr-defined]
            (one.key, f"{one.name}, {one.stands}" if one.stands else one.name) for one in people
        ]
        self.option_hints = {  # type: ignore[misc]
            "to": {
                one.key: "Under 16: written to by way of their parent or guardian" for one in people if one.under_16
            }
        }
        first = people[0] if people else None
        # A victim under 16 is written to by way of their parent or guardian, who stands before them.
        if first is not None and (len(people) == 1 or first.person is not None) and not first.under_16:
            self.fields["to"].initial = first.key


def _choice(offer: Offer) -> tuple[str, str]:
    row = offer.template
    return str(row.uid), f"{row.name} ({row.get_kind_display().lower()})"


class TemplateChoiceForm(GovForm):
    """Which template."""

    template = forms.ChoiceField(
        label="What do you want to write?",
        widget=forms.RadioSelect,
        error_messages={"required": "Select a template", "invalid_choice": "Select a template"},
    )

    def __init__(self, *args: Any, offers: list[Offer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fit, unfit = ([_choice(one) for one in offers if bool(one.unfit) is apart] for apart in (False, True))
        # What does not fit stands apart, with why: an outcome may be drafted before the case is closed.
        groups = [("Fit the case", fit), ("Do not fit now", unfit)] if unfit and fit else [*fit, *unfit]
        self.fields["template"].choices = groups  # type: ignore[attr-defined]
        self.option_hints = {  # type: ignore[misc]
            "template": {str(o.template.uid): " ".join(filter(None, (o.unfit, o.sentence, o.machine))) for o in offers}
        }


def _words(label: str, limit: int, *, rows: int, help_text: str = "", **attrs: Any) -> forms.CharField:
    """Words of several lines, which may be left empty; the form says where they are needed."""
    box = forms.Textarea(attrs={"rows": rows, **attrs})
    return forms.CharField(label=label, required=False, max_length=limit, help_text=help_text, widget=box)


class LetterForm(SingleSubmit, GovForm):
    """What is added to a template, and why it goes out where that is not safe. Writing it needs both where asked."""

    mark_optional = False

    address = _words(
        "Postal address",
        ADDRESS_LIMIT,
        rows=4,
        help_text="Of whoever reported no address is kept. Ask them for one where nobody opens their post",
    )
    message = _words("What you want to say", MESSAGE_LIMIT, rows=8, dir="auto")
    emergency_reason = _words(
        "If it has to go all the same, why?",
        REASON_LIMIT,
        rows=3,
        help_text="For example, it is an emergency, or they asked for it knowing who lives there",
    )

    def __init__(self, *args: Any, asks_message: bool, asks_address: bool, unsafe: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_address:
            del self.fields["address"]
        if not asks_message:
            del self.fields["message"]
        if not unsafe:
            del self.fields["emergency_reason"]


class RecordForm(GovForm):
    """That a letter or message was sent, and when."""

    at = GovDateTimeField(label="When was it sent?", past_only=True, help_text="For example, 24 11 2026 and 6:40pm")
    acknowledgement = forms.BooleanField(label="It acknowledged the report to whoever made it", required=False)
    outcome = forms.BooleanField(label="It was the written outcome, sent because the case is closed", required=False)
    emergency_reason = forms.CharField(
        label="If that was not a safe time or way, why was it sent all the same?",
        required=False,
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, outcome: bool = False, acknowledges: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["at"].initial = clock.now()
        self.fields["acknowledgement"].initial = acknowledges
        if not outcome:
            del self.fields["outcome"]


class TemplateForm(GovForm):
    """A template: its text, and for a translation who checked it."""

    name = forms.CharField(label="Name", max_length=80)
    kind = forms.ChoiceField(label="What is it?", choices=LetterKind.choices, widget=forms.RadioSelect)
    language = forms.ChoiceField(label="Language", choices=Language.choices, initial=Language.ENGLISH)
    body = forms.CharField(
        label="Text",
        max_length=BODY_LIMIT,
        widget=forms.Textarea(attrs={"rows": 14, "dir": "auto"}),
        help_text="An empty line begins a new paragraph. The page lists the merge fields",
    )
    safety = forms.BooleanField(label="It says how to stay safe", required=False)
    machine_made = forms.BooleanField(label="A machine translated it", required=False)
    translated_by = forms.CharField(
        label="Who translated it", required=False, max_length=120, help_text="Their name, for a translation"
    )
    checked = YesNoField(
        label="Has somebody who speaks the language checked it?",
        help_text="A translation is offered only after that. English needs no check",
    )
    checked_by = forms.CharField(label="Who checked it", max_length=120)
    checked_on = GovDateField(label="When", past_only=True)

    reveals = {"checked": {"yes": ["checked_by", "checked_on"]}}

    def __init__(self, *args: Any, fixed: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["checked"].initial = self.fields["checked"].initial or "no"
        if fixed:
            for name in ("kind", "language"):
                self.fields[name].widget = forms.HiddenInput()

    def template(self) -> TemplateData:
        """What was entered, of a valid form."""
        data = self.cleaned_data
        checked = bool(data["checked"])
        return TemplateData(
            kind=data["kind"],
            name=data["name"],
            language=data["language"],
            body=data["body"],
            safety=data["safety"],
            machine_made=data["machine_made"],
            translated_by=data["translated_by"],
            checked=checked,
            checked_by=data["checked_by"] if checked else "",
            checked_on=data["checked_on"] if checked else None,
        )


class TemplateCheckForm(GovForm):
    """That somebody who speaks the language checked a translation of the county's."""

    translated_by = forms.CharField(label="Who translated it", max_length=120)
    checked_by = forms.CharField(
        label="Who checked it", max_length=120, help_text="Somebody else, who speaks the language and read it whole"
    )
    checked_on = GovDateField(label="When they checked it", past_only=True)
