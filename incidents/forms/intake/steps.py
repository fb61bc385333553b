"""The steps of logging an incident, as a table."""

from __future__ import annotations

from dataclasses import dataclass

from incidents.forms.intake.base import StepForm
from incidents.forms.intake.contact import ContactForm
from incidents.forms.intake.decide import DecideForm
from incidents.forms.intake.event import SafetyForm, WhatForm, WhereForm, WhyForm
from incidents.forms.intake.people import ReportForm, VictimForm, WhoForm

MOST_PEOPLE = 10
"""How many victims, or alleged perpetrators, one report may name; more are added to the case afterwards."""


@dataclass(frozen=True)
class Step:
    """One step: its part of the address, its title and its form. `each` names the step that it repeats with."""

    slug: str
    title: str
    form: type[StepForm]
    each: str = ""
    another: str = ""


STEPS = (
    Step("safety", "Safety first", SafetyForm),
    Step("what", "What happened", WhatForm),
    Step("where", "Where it happened", WhereForm),
    Step("why", "What it was aimed at", WhyForm),
    Step("report", "The report", ReportForm),
    Step("victim", "The victim", VictimForm, each="victim"),
    Step("contact", "Safe contact and wishes", ContactForm, each="victim", another="victim"),
    Step("who", "Who did it", WhoForm, each="who", another="alleged perpetrator"),
    Step("priority", "Priority and case", DecideForm),
)
BY_SLUG = {step.slug: step for step in STEPS}


@dataclass(frozen=True)
class Page:
    """One page of one report: a step and, where it repeats, whose turn it is."""

    step: Step
    number: int = 0

    @property
    def key(self) -> str:
        """Under what the draft keeps its answers."""
        return f"{self.step.slug}/{self.number}" if self.number else self.step.slug

    @property
    def position(self) -> int:
        """The step's place in the table, from 1."""
        return STEPS.index(self.step) + 1


def page_of(slug: str, number: int) -> Page | None:
    """The page at an address; None where there is none."""
    step = BY_SLUG.get(slug)
    if step is None or bool(step.each) != bool(number) or not 0 <= number <= MOST_PEOPLE:
        return None
    return Page(step, number)
