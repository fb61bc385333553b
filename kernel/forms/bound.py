"""How a form field becomes GOV.UK markup: the renderer, and the field as its template sees it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.forms.widgets import Input

from kernel.forms.text import thousands, without_hidden_characters

_CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.Textarea, "govuk-textarea"),
    (forms.SelectMultiple, "govuk-select"),
    (forms.Select, "govuk-select"),
    (forms.FileInput, "govuk-file-upload"),
    (forms.CheckboxInput, "govuk-checkboxes__input"),
    (Input, "govuk-input"),
)
# These carry a class on each option or part instead.
_BY_PART = (forms.RadioSelect, forms.CheckboxSelectMultiple, forms.MultiWidget)

# The markup of filters' fields in which nothing is chosen: it says nothing of whoever asks.
_KEPT: dict[Any, Any] = {}
_MOST_KEPT = 200


@dataclass(frozen=True)
class Option:
    """One radio or checkbox, with what it reveals when chosen."""

    id: str
    name: str
    value: str
    label: str
    checked: bool
    group: str = ""
    hint: str = ""
    divider: bool = False
    exclusive: bool = False
    disabled: bool = False
    reveals: list[BoundField] = field(default_factory=list)


class GovBoundField(BoundField):
    """A field with its data, and the ids, classes and options that its template needs."""

    label_size = "s"
    heading = False

    def as_field_group(self) -> Any:
        """The field with its label, hint and errors; of a filter an empty one is put together once and then kept."""
        if not getattr(self.form, "keeps_empty_fields", False) or not self._empty:
            return super().as_field_group()
        choices = tuple(getattr(self.field, "choices", ()))
        key = (type(self.form), self.name, choices)
        if key not in _KEPT:
            if len(_KEPT) >= _MOST_KEPT:
                _KEPT.clear()
            _KEPT[key] = super().as_field_group()
        return _KEPT[key]

    @property
    def _empty(self) -> bool:
        data = self.data
        return self.form.is_bound and not (any(data) if isinstance(data, list) else data) and not self.errors

    @property
    def data(self) -> Any:
        """What was sent; line ends are one character, as the person counts them."""
        value = super().data
        return value.replace("\r\n", "\n") if isinstance(value, str) else value

    def value(self) -> Any:
        """What the field shows: everything typed, less characters that cannot be shown."""
        value = super().value()
        return without_hidden_characters(value) if isinstance(value, str) else value

    @property
    def label_text(self) -> str:
        """The label, marked where the field may be left. A single checkbox is never required, so it needs no mark."""
        may_be_left = not self.field.required and self.name not in getattr(self.form, "depends", ())
        marked = getattr(self.form, "mark_optional", False) and may_be_left and self.kind != "checkbox"
        return f"{self.label} (optional)" if marked else str(self.label)

    @property
    def kind(self) -> str:
        """Which partial draws the field: fieldset parts, options, checkbox, password, hidden or plain."""
        widget = self.field.widget
        if widget.is_hidden:
            return "hidden"
        if isinstance(widget, forms.MultiWidget):
            return "parts"
        if isinstance(widget, (forms.RadioSelect, forms.CheckboxSelectMultiple)):
            return "options"
        if isinstance(widget, forms.CheckboxInput):
            return "checkbox"
        if isinstance(widget, forms.PasswordInput):
            return "password"
        return "counted" if isinstance(widget, forms.Textarea) and self._limit else "plain"

    @property
    def aria_describedby(self) -> str | None:
        described = super().aria_describedby
        if self.kind == "counted" and described is not None:
            described = f"{described} {self.auto_id}-info".strip()
        return described

    @property
    def link_id(self) -> str:
        """The id that an error summary links to: the first part in error, the first option, or the control."""
        if self.kind == "parts":
            names = list(self.field.widget.widgets_names)
            bad = self.bad_parts
            index = next((i for i, name in enumerate(names) if name.lstrip("_") in bad), 0)
            return f"{self.auto_id}_{index}"
        if self.kind == "options":
            return f"{self.auto_id}_0"
        return str(self.auto_id)

    @property
    def limit_text(self) -> str:
        return thousands(self._limit)

    @property
    def _limit(self) -> int:
        return getattr(self.field, "max_length", None) or 0

    @property
    def options_class(self) -> str:
        return "checkboxes" if isinstance(self.field.widget, forms.CheckboxSelectMultiple) else "radios"

    @property
    def options_type(self) -> str:
        return "checkbox" if isinstance(self.field.widget, forms.CheckboxSelectMultiple) else "radio"

    @property
    def extra_class(self) -> str:
        """Classes that the form's author gave to the group, such as `govuk-radios--inline`."""
        css = self.field.widget.attrs.get("class", "")
        return f" {css}" if css else ""

    @property
    def bad_parts(self) -> set[str]:
        """Which parts of a date are wrong, from the error's own parameters; all when it names none."""
        if not self.errors:
            return set()
        errors = self.form.errors.as_data().get(self.name, [])
        named = {part for error in errors for part in (error.params or {}).get("parts", ())}
        return named or {name.lstrip("_") for name in self.field.widget.widgets_names}

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        """Add the GOV.UK class of the control, and its error class where it is in error."""
        widget = widget or self.field.widget
        attrs = dict(super().build_widget_attrs(attrs, widget))
        if isinstance(widget, forms.MultiWidget):
            attrs["bad_parts"] = self.bad_parts
        if widget.is_hidden or isinstance(widget, _BY_PART):
            return attrs
        css = next((css for kind, css in _CLASSES if isinstance(widget, kind)), "")
        classes = [css, str(widget.attrs.get("class", "")), str(attrs.get("class", ""))]
        if self.errors and css:
            classes.append(f"{css}--error")
        if self.kind == "password":
            classes.append("govuk-password-input__input govuk-js-password-input-input")
            attrs.update(spellcheck="false", autocapitalize="none")
        if self.kind == "counted":
            classes.append("govuk-js-character-count")
        attrs["class"] = " ".join(filter(None, classes))
        return attrs

    @property
    def options(self) -> list[Option]:
        """The radios or checkboxes in order, with hints, groups and what each reveals."""
        return list(self._options())

    def _options(self) -> Iterator[Option]:
        attrs = {"id": self.auto_id} if self.auto_id else {}
        context = self.field.widget.get_context(self.html_name, self.value(), attrs)
        reveals = getattr(self.form, "reveals", {}).get(self.name, {})
        hints = getattr(self.form, "option_hints", {}).get(self.name, {})
        exclusive = set(getattr(self.form, "exclusive", {}).get(self.name, ()))
        divided = isinstance(self.field.widget, forms.CheckboxSelectMultiple)
        for group, options, _index in context["widget"]["optgroups"]:
            heading = group or ""
            for option in options:
                value = str(option["value"])
                yield Option(
                    id=option["attrs"].get("id", ""),
                    name=option["name"],
                    value=value,
                    label=str(option["label"]),
                    checked=bool(option["selected"]),
                    group=str(heading),
                    hint=str(hints.get(value, "")),
                    divider=value in exclusive,
                    exclusive=divided and value in exclusive,
                    disabled=bool(option["attrs"].get("disabled")),
                    reveals=[self.form[name] for name in reveals.get(value, ()) if name in self.form.fields],
                )
                heading = ""


class GovRenderer(TemplatesSetting):
    """Forms in GOV.UK markup; Django's own admin keeps Django's renderer."""

    form_template_name = "gov/form.html"
    formset_template_name = "gov/formset.html"
    field_template_name = "gov/field.html"
    bound_field_class = GovBoundField
