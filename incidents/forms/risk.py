"""The questions of a risk assessment, one section a page, built from the tool's own definition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict

from incidents.choices import VictimPresence
from incidents.rules.risk import NOT_KNOWN
from kernel.forms import GovForm, SingleSubmit, YesNoField

SAFETY = "safety"
PRESENCE = "victim_present"
UNANSWERED = "This question has no answer yet."

Tool = Mapping[str, Any]


@dataclass(frozen=True)
class Section:
    """One page of the assessment: its place in the address, its title, and the questions on it."""

    slug: str
    title: str
    questions: tuple[str, ...]


def sections(tool: Tool) -> list[Section]:
    """The pages of a tool: the safety questions first, then its sections."""
    first = Section(SAFETY, "Safety first", (*(q["id"] for q in tool["safety"]), PRESENCE))
    others = [
        Section(key.lower(), title, tuple(item["id"] for item in tool["items"] if item["section"] == key))
        for key, title in tool["sections"].items()
    ]
    return [first, *others]


class SectionForm(GovForm):
    """One section. Nothing is required here: the assessment is checked when it is submitted."""

    mark_optional = False

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        tool: Tool,
        section: Section,
        answers: Mapping[str, Any],
        check: bool = False,
    ) -> None:
        super().__init__(data, initial={name: answers.get(name) for name in section.questions})
        self.section = section
        self.fields |= _safety_fields(tool) if section.slug == SAFETY else _item_fields(tool, section)
        self._speak()
        if check:
            self._mark(answers)

    def _speak(self) -> None:
        for field in self.fields.values():
            field.error_messages["invalid_choice"] = "Select one of the answers offered"

    def _mark(self, answers: Mapping[str, Any]) -> None:
        """Say at each question that has no answer that it has none."""
        for name, field in self.fields.items():
            if answers.get(name) is None:
                field.help_text = f"{UNANSWERED} {field.help_text}".strip()

    def answers(self) -> dict[str, Any]:
        """What was answered, of a valid form, by question; None for what was not."""
        return {name: _answer(name, self.cleaned_data[name]) for name in self.section.questions}


def _safety_fields(tool: Tool) -> dict[str, forms.Field]:
    fields: dict[str, forms.Field] = {
        question["id"]: YesNoField(label=question["question"], required=False, help_text=question["effect"])
        for question in tool["safety"]
    }
    fields[PRESENCE] = forms.ChoiceField(
        label="How did the victim take part?",
        choices=VictimPresence.choices,
        required=False,
        widget=forms.RadioSelect,
    )
    return fields


def _item_fields(tool: Tool, section: Section) -> dict[str, forms.Field]:
    fields: dict[str, forms.Field] = {}
    for item in tool["items"]:
        if item["id"] in section.questions:
            choices = [(str(option["score"]), option["text"]) for option in item["options"]]
            if item["nk_allowed"]:
                choices.append((NOT_KNOWN, "Not known"))
            fields[item["id"]] = forms.ChoiceField(
                label=f"{item['id']}. {item['question']}", choices=choices, required=False, widget=forms.RadioSelect
            )
    return fields


def _answer(name: str, value: Any) -> Any:
    if value in (None, ""):
        return None
    if name == PRESENCE or value == NOT_KNOWN or isinstance(value, bool):
        return value
    return int(value)


class SubmitForm(SingleSubmit, GovForm):
    """Submitting the assessment, once however often it is sent."""
