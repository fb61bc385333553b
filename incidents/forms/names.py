"""Asking once more about a name in a text that more people read than know the name (docs/domain.md §5.4).

A form says in `names_out` in which of its fields no names belong, and who reads them. Sent with a name of somebody of the
case, it comes back and asks whether the name stays; sent again with that ticked, it is taken as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django import forms

from incidents.rules.names import Naming

FIELD = "names_kept"

NamesOut = Mapping[str, str]
"""Field → who reads it, as a sentence."""

Form = TypeVar("Form", bound=forms.BaseForm)

SUMMARY_READ = "A summary is read by every agency of the case, in lists and at meetings."
TITLE_READ = "A title is read by every agency that sees the task, in lists and reminders."
FILE_READ = "What a file shows is read by everybody who may know of it, in the list and in the chronology."
HISTORY_READ = "A reason is read by everybody who reads the history of the case."
RECALL_READ = "Information governance reads this, and it stays in the record of the breach."


def names_asked(form: Form, names: Callable[[], Naming]) -> Form:
    """The form, which asks about each name that was typed where none belongs. `names` are those that who writes is shown
    anyway: it is asked only for a form that was sent, and no question tells anybody a name.
    """
    names_out: NamesOut = getattr(form, "names_out", {})
    typed = {name: _typed(form, name) for name in names_out if name in form.fields} if form.is_bound else {}
    if not any(typed.values()):
        return form
    told = names()
    found = {field: told.found_in(text) for field, text in typed.items()}
    wrong = [field for field in typed if found[field]]
    if wrong:
        every = tuple(dict.fromkeys(name for field in wrong for name in found[field]))
        asked = _question(every, str(form.fields[wrong[0]].label), names_out[wrong[0]])
        form.fields = _behind(form.fields, wrong[-1], asked)
    return form


def _typed(form: forms.BaseForm, name: str) -> str:
    """What was typed into a field; nothing where it was left as it stood, with a name that stays already."""
    sent, stood = str(form[name].data or ""), str(form[name].initial or "")
    return "" if sent.split() == stood.split() else sent


class _NamesField(forms.MultipleChoiceField):
    """Which names stay: all of them, or the form is sent again without them."""

    def validate(self, value: Any) -> None:
        super().validate(value)
        choices: Any = self.choices
        if set(value) != {str(name) for name, _ in choices}:
            raise forms.ValidationError(self.error_messages["required"])


def _question(names: tuple[str, ...], label: str, readers: str) -> forms.Field:
    several = len(names) > 1
    quoted = " and ".join(f"“{name}”" for name in names)
    told = (
        f"This contains the name{'s' if several else ''} {quoted}. {readers}"
        f" Take {'them' if several else 'it'} out, or tick that {'they stay' if several else 'it stays'}"
    )
    return _NamesField(
        label=f"Names in “{label}”",
        choices=[(name, f"“{name}” stays") for name in names],
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
        error_messages={"required": told, "invalid_choice": told},
    )


def _behind(fields: dict[str, forms.Field], name: str, asked: forms.Field) -> dict[str, forms.Field]:
    ordered: dict[str, forms.Field] = {}
    for key, field in fields.items():
        ordered[key] = field
        if key == name:
            ordered[FIELD] = asked
    return ordered
