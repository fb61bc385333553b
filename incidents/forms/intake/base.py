"""What every step of logging an incident has: sections, a summary for checking, and answers that can be kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict

from kernel.forms import GovForm
from kernel.when import date_text, moment_text

if TYPE_CHECKING:
    from incidents.forms.intake.report import Intake

Answers = Mapping[str, list[str]]
"""One step as it was sent: field → values."""


UNFINISHED = "unfinished"
"""Among the answers of a step: that it was left in the middle, unchecked."""
LONGEST_UNFINISHED = 60_000
"""So many characters of a step may be left unchecked."""


@dataclass(frozen=True)
class Section:
    """Some of a step's fields. With a title they stand behind it, open where one of them is filled or wrong."""

    fields: list[BoundField]
    title: str = ""
    open: bool = True


class StepForm(GovForm):
    """One step. `optional_sections` names, by title, the fields that stand behind an expandable title."""

    optional_sections: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    opened: frozenset[str] = frozenset()

    data: QueryDict

    def __init__(self, data: QueryDict | None = None, *, intake: Intake, number: int = 0, **kwargs: Any) -> None:
        self.intake, self.number = intake, number
        super().__init__(data, **kwargs)
        self.prepare()

    def prepare(self) -> None:
        """Fit the fields to who is asking and to what earlier steps said."""

    def sections(self) -> list[Section]:
        """The fields in the order of the page."""
        tucked = {name for names in self.optional_sections.values() for name in names}
        plain = [bound for bound in self.main_fields() if bound.name not in tucked]
        sections = [Section(plain)]
        for title, names in self.optional_sections.items():
            fields = [self[name] for name in names if name in self.fields]
            if fields:
                sections.append(Section(fields, title, self._open(title, names)))
        return sections

    def _open(self, title: str, names: Iterable[str]) -> bool:
        if title in self.opened:
            return True
        names = [name for name in names if name in self.fields]
        if not self.is_bound:
            return any(self.get_initial_for_field(self.fields[n], n) not in _UNTOLD for n in names)
        return any(n in self.errors or self.cleaned_data.get(n) not in _UNTOLD for n in names)

    def preview(self) -> StepForm:
        """The same answers shown again without being checked: nothing was meant to be saved yet."""
        typed = {name: self[name].data for name in self.fields}
        return type(self)(None, intake=self.intake, number=self.number, initial=typed)

    def offer(self, name: str, choices: Iterable[tuple[Any, Any]]) -> None:
        """Give a field the options of this report."""
        field = self.fields[name]
        if not isinstance(field, forms.ChoiceField):
            raise TypeError(name)
        field.choices = list(choices)

    # --- Keeping ---------------------------------------------------------------------------------

    def kept(self) -> dict[str, list[str]]:
        """What was sent for the fields that count, to be kept in the draft. Only of a valid form."""
        kept: dict[str, list[str]] = {}
        for name in self.fields:
            if self.cleaned_data.get(name) in _EMPTY:
                continue
            for sent in self._sent_names(name):
                values = self.data.getlist(sent)
                if any(values):
                    kept[sent] = [str(value) for value in values]
        return kept

    def typed(self) -> dict[str, list[str]]:
        """What was sent, right or wrong, to be gone on with later; nothing where it is too long for a draft."""
        sent = [name for field in self.fields for name in self._sent_names(field)]
        kept = {name: [value.replace("\0", "") for value in self.data.getlist(name)] for name in sent}
        length = sum(len(value) for values in kept.values() for value in values)
        return {name: values for name, values in kept.items() if any(values)} if length <= LONGEST_UNFINISHED else {}

    def _sent_names(self, name: str) -> list[str]:
        suffixes = getattr(self.fields[name].widget, "widgets_names", [""])
        return [f"{self.add_prefix(name)}{suffix}" for suffix in suffixes]

    def forget(self, names: Iterable[str]) -> None:
        """Take fields as not answered: they do not apply to what was chosen."""
        for name in names:
            if name in self.fields:
                self.errors.pop(name, None)
                self.cleaned_data[name] = [] if isinstance(self.fields[name], forms.MultipleChoiceField) else None

    # --- Checking --------------------------------------------------------------------------------

    def summary(self) -> Iterator[tuple[str, str]]:
        """What was answered, as label and words, in the order of the page. Only of a valid form."""
        for name in self._page_order():
            if name in self.fields and (words := self.words(name)):
                yield str(self.fields[name].label), words

    def words(self, name: str) -> str:
        """One answer in words; nothing where none was given."""
        value, field = self.cleaned_data.get(name), self.fields[name]
        if value in _EMPTY or value is False:
            return "No" if value is False and isinstance(field, forms.ChoiceField) else ""
        if isinstance(field, forms.MultipleChoiceField):
            labels = _labels(field)
            return ", ".join(labels.get(str(one), str(one)) for one in value or [])
        if value is True:
            return "Yes"
        if isinstance(field, forms.ChoiceField):
            return _labels(field).get(str(value), str(value))
        if isinstance(value, list):
            return "\n".join(value)
        if isinstance(value, dt.datetime):
            return moment_text(value)
        return date_text(value) if isinstance(value, dt.date) else str(value)


_EMPTY: tuple[Any, ...] = (None, "", [], ())
_UNTOLD: tuple[Any, ...] = (*_EMPTY, False, "not_asked", "no_preference")
"""Values that say nothing, so that the section they stand in may stay shut."""


def _labels(field: forms.ChoiceField) -> dict[str, str]:
    labels: dict[str, str] = {}
    choices: Any = field.choices
    for value, label in choices:
        pairs = label if isinstance(label, (list, tuple)) else [(value, label)]
        labels.update((str(key), str(text)) for key, text in pairs)
    return labels


COLUMNS = " hc-columns"


def small_radios(columns: bool = False) -> forms.RadioSelect:
    """Radios for long lists, drawn small, in columns where the page is wide enough."""
    return forms.RadioSelect(attrs={"class": f"govuk-radios--small{COLUMNS if columns else ''}"})


def small_checkboxes(columns: bool = False) -> forms.CheckboxSelectMultiple:
    """Checkboxes for long lists, drawn small, in columns where the page is wide enough."""
    return forms.CheckboxSelectMultiple(attrs={"class": f"govuk-checkboxes--small{COLUMNS if columns else ''}"})
