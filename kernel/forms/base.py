"""The form class that every page uses: GOV.UK markup and sentences, everything typed is kept."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.core.validators import MaxLengthValidator, ProhibitNullCharactersValidator
from django.forms.boundfield import BoundField
from django.forms.formsets import BaseFormSet

from kernel.errors import RuleError
from kernel.forms.bound import GovRenderer
from kernel.forms.text import LINE_LIMIT, TEXT_LIMIT, PlainText, in_sentence, literal, thousands

_DJANGO_ROWS = "10"

# The mixin stands before a form class, of Django or of another library.
if TYPE_CHECKING:
    _Base = forms.BaseForm
else:
    _Base = object


class GovFormMixin(_Base):
    """GOV.UK markup and messages for any Django form class.

    `reveals`, `option_hints` and `exclusive` are keyed by field name, then by option value:

        reveals = {"channel": {"agency": ["agency_name"]}}     # drawn under the option
        option_hints = {"channel": {"centre": "A third-party reporting centre"}}
        exclusive = {"needs": ["none"]}                        # "or None of these"

    What may be left is labelled "(optional)"; a filter sets `mark_optional = False`, and `keeps_empty_fields` where its
    fields are the same for everybody but for what is chosen: their markup is then kept while nothing is. `depends` names the fields that may
    be left or not by what else is answered: they are not called optional.
    A revealed field counts only while its option is chosen: otherwise its value is empty and its
    errors are dropped, so `required=True` on it means "required when shown".
    """

    default_renderer: Any = GovRenderer
    use_required_attribute = False
    reveals: ClassVar[Mapping[str, Mapping[str, Sequence[str]]]] = {}
    option_hints: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    exclusive: ClassVar[Mapping[str, Sequence[str]]] = {}
    mark_optional: ClassVar[bool] = True
    keeps_empty_fields: ClassVar[bool] = False
    depends: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            _speak_plainly(name, field)

    def revealed_names(self) -> set[str]:
        """The fields that are drawn under an option, not in the form's own list."""
        return {name for options in self.reveals.values() for names in options.values() for name in names}

    def main_fields(self) -> Iterator[BoundField]:
        """The visible fields in order, less those drawn under an option."""
        revealed = self.revealed_names()
        return (self[name] for name in self.fields if name not in revealed and not self[name].is_hidden)

    def error_items(self) -> list[tuple[str, str]]:
        """Each error with the id of the control to go to, in the order of the page; no id for the form's own."""
        items = [(str(message), "") for message in self.non_field_errors()]
        for name in self._page_order():
            bound = self[name]
            target = "" if bound.is_hidden else getattr(bound, "link_id", bound.id_for_label)
            items.extend((str(message), target) for message in bound.errors)
        return items

    def add_rule_error(self, error: RuleError) -> None:
        """Show a service's refusal beside its field, or at the top when it names none of this form's."""
        field = error.field if error.field in self.fields else None
        self.add_error(field, str(error))

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound and hasattr(self, "cleaned_data"):
            self._forget_unrevealed()

    def _page_order(self) -> Iterator[str]:
        revealed = self.revealed_names()
        for name in self.fields:
            if name not in revealed:
                yield name
                for names in self._drawn_under(name).values():
                    yield from names

    def _drawn_under(self, name: str) -> dict[str, list[str]]:
        """The fields under each option, less those that this person's form does without."""
        options = self.reveals.get(name, {}).items()
        return {value: [one for one in names if one in self.fields] for value, names in options}

    def _forget_unrevealed(self) -> None:
        for name in self.reveals:
            chosen = self.data_list(name)
            for value, revealed in self._drawn_under(name).items():
                if value not in chosen:
                    for hidden in revealed:
                        self.errors.pop(hidden, None)
                        self.cleaned_data[hidden] = _empty(self.fields[hidden])

    def data_list(self, name: str) -> list[str]:
        """What was sent for an options field, one or many, as a list of strings."""
        value = self[name].data
        if value is None or value == "":
            return []
        return [str(one) for one in value] if isinstance(value, (list, tuple)) else [str(value)]


class GovForm(GovFormMixin, forms.Form):
    """The form class of every page: see GovFormMixin."""


class SingleSubmit(forms.Form):
    """Mixin: a hidden `submission_id` that is the same when one page is sent twice.

    A service keeps it under a unique constraint and returns the first result for the second send
    (a double click, a page sent again after a dropped call). Whoever sends none, or nonsense, gets
    a fresh one.
    """

    submission_id = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100)

    def get_initial_for_field(self, field: forms.Field, field_name: str) -> Any:
        if field_name != "submission_id" or self.initial.get(field_name):
            return super().get_initial_for_field(field, field_name)
        return str(uuid.uuid4())

    def clean_submission_id(self) -> uuid.UUID:
        """The token as a UUID."""
        try:
            return uuid.UUID(self.cleaned_data["submission_id"])
        except ValueError:
            return uuid.uuid4()


def gov_formset(form: type[forms.BaseForm], **kwargs: Any) -> type[BaseFormSet]:
    """Django's formset_factory whose forms keep GOV.UK markup (Django hands its own renderer down)."""
    return forms.formset_factory(form, renderer=GovRenderer(), **kwargs)


def error_items(things: Iterable[Any]) -> list[tuple[str, str]]:
    """Every error of these forms and formsets in the order given, each with the control to go to."""
    items: list[tuple[str, str]] = []
    for thing in things:
        if isinstance(thing, BaseFormSet):
            items.extend((str(message), "") for message in thing.non_form_errors())
            items.extend(error_items(thing.forms))
        elif hasattr(thing, "error_items"):
            items.extend(thing.error_items())
        else:
            items.extend(_plain_items(thing))
    return items


def _plain_items(form: forms.BaseForm) -> Iterator[tuple[str, str]]:
    for name, messages in form.errors.items():
        target = "" if name == NON_FIELD_ERRORS else form[name].id_for_label
        yield from ((str(message), target) for message in messages)


def _empty(field: forms.Field) -> Any:
    if isinstance(field, (forms.MultipleChoiceField, forms.ModelMultipleChoiceField)):
        return []
    return field.empty_value if hasattr(field, "empty_value") else None


def _speak_plainly(name: str, field: forms.Field) -> None:
    """Give a field the sentences of GOV.UK's style where its author wrote none."""
    label = str(field.label or name.replace("_", " ").capitalize())
    field.label = label
    if _is_default(field, "required"):
        field.error_messages["required"] = _missing(label, field)
    if isinstance(field, (forms.ChoiceField, forms.ModelChoiceField)) and _is_default(field, "invalid_choice"):
        field.error_messages["invalid_choice"] = f"Select {literal(_thing(label))}: choose one of the options shown"
    if isinstance(field, (forms.IntegerField, forms.FloatField)) and _is_default(field, "invalid"):
        field.error_messages["invalid"] = f"{label} must be a number, like 12"
    if isinstance(field, forms.EmailField):
        field.error_messages["invalid"] = (
            "Enter an email address in the correct format, like name@example.com"
            if _is_default(field, "invalid")
            else field.error_messages["invalid"]
        )
    if isinstance(field.widget, forms.Textarea) and field.widget.attrs.get("rows") == _DJANGO_ROWS:
        field.widget.attrs["rows"] = "5"
    if isinstance(field, forms.CharField):
        _limit_text(label, field)


def _limit_text(label: str, field: forms.CharField) -> None:
    if field.max_length is None:
        field.max_length = TEXT_LIMIT if isinstance(field.widget, forms.Textarea) else LINE_LIMIT
        field.validators.append(MaxLengthValidator(field.max_length))
    said = literal(label)
    field.error_messages.setdefault("max_length", f"{said} must be {thousands(field.max_length)} characters or fewer")
    if field.min_length:
        field.error_messages.setdefault(
            "min_length", f"{said} must be {thousands(field.min_length)} characters or more"
        )
    # A browser would cut a long paste without a word: the server says so instead, and keeps it all.
    field.widget.attrs.pop("maxlength", None)
    hidden = PlainText(label)
    field.error_messages.setdefault("null_characters_not_allowed", hidden.message)
    field.validators = [v for v in field.validators if not isinstance(v, ProhibitNullCharactersValidator)]
    if hidden not in field.validators:
        field.validators.append(hidden)


def _is_default(field: forms.Field, code: str) -> bool:
    """Whether the author left Django's own sentence for this code."""
    for kind in type(field).__mro__:
        defaults = vars(kind).get("default_error_messages", {})
        if code in defaults:
            return kind.__module__.startswith("django.") and field.error_messages.get(code) == defaults[code]
    return code not in field.error_messages


def _thing(label: str) -> str:
    return f"an answer to “{label}”" if label.endswith("?") else in_sentence(label)


def _missing(label: str, field: forms.Field) -> str:
    choices = (forms.ChoiceField, forms.ModelChoiceField, forms.FileField, forms.BooleanField)
    verb = "Select" if isinstance(field, choices) else "Enter"
    return f"{verb} {_thing(label)}"
