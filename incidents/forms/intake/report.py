"""One report as far as it has been keyed: its pages, its forms, and at the end the incident as data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from django.http import QueryDict

from agencies.models import Agency
from incidents.choices import ReporterKind
from incidents.forms.intake.base import UNFINISHED, Answers, StepForm
from incidents.forms.intake.build import incident_data
from incidents.forms.intake.steps import BY_SLUG, MOST_PEOPLE, STEPS, Page
from incidents.rules.lead_agency import REFERS_ON
from incidents.rules.names import Naming, person_naming, reported_naming
from incidents.rules.triage import Suggestion
from incidents.scoping import is_triager
from incidents.selectors import intake as selectors
from kernel import clock
from kernel.actors import Actor


class Intake:
    """A report being keyed by an actor for an agency, from the answers of a draft. It is not changed by asking."""

    def __init__(
        self,
        actor: Actor,
        agency: Agency,
        answers: Mapping[str, Answers],
        *,
        case_ref: str = "",
        started_at: dt.datetime | None = None,
    ) -> None:
        self.actor, self.agency, self.answers = actor, agency, answers
        self.started_at = started_at or clock.now()
        self.case_ref = case_ref or next(iter(answers.get("case", {}).get("ref", [])), "")
        self._forms: dict[str, StepForm | None] = {}

    # --- Pages -----------------------------------------------------------------------------------

    def numbers(self, slug: str) -> list[int]:
        """Whose turns of a repeated step have been answered, in order."""
        return sorted(int(key.partition("/")[2]) for key in self.answers if key.startswith(f"{slug}/"))

    def pages(self, adding: Page | None = None) -> list[Page]:
        """Every page of this report in order. `adding` is one more turn that is only now being keyed."""
        pages: list[Page] = []
        done: set[str] = set()
        for step in STEPS:
            if not step.each:
                pages.append(Page(step))
            elif step.each not in done:
                done.add(step.each)
                pages += self._turns(step.each, adding)
        return pages

    def _turns(self, group: str, adding: Page | None) -> Iterator[Page]:
        numbers = set(self.numbers(group)) or {1}
        if adding is not None and adding.step.each == group:
            numbers.add(adding.number)
        steps = [step for step in STEPS if step.each == group]
        for number in sorted(numbers):
            yield from (Page(step, number) for step in steps if self._applies(step.slug, number))

    def _applies(self, slug: str, number: int) -> bool:
        if slug != "contact":
            return True
        victim = self.cleaned("victim", number)
        return victim is not None and victim["kind"] in ("person", "organisation")

    def first_missing(self, pages: list[Page] | None = None) -> Page | None:
        """The first page, of these or of all, that has no usable answer yet; None where the report is complete."""
        asked = self.pages() if pages is None else pages
        return next((page for page in asked if self.form_of(page.step.slug, page.number) is None), None)

    def next_number(self, group: str) -> int | None:
        """The number of one more turn; None where there are as many as may be."""
        numbers = self.numbers(group)
        following = max(numbers, default=0) + 1
        return following if len(numbers) < MOST_PEOPLE and following <= MOST_PEOPLE else None

    # --- Forms -----------------------------------------------------------------------------------

    def form_for(self, page: Page, data: QueryDict | None = None) -> StepForm:
        """The form of a page: with what was sent, else with what is kept, else empty."""
        if data is None and page.key in self.answers:
            data = _query(self.answers[page.key])
        return page.step.form(data, intake=self, number=page.number)

    def form_shown(self, page: Page) -> StepForm:
        """The form of a page that is opened: one that was left in the middle is not told off for it."""
        form = self.form_for(page)
        return form.preview() if UNFINISHED in self.answers.get(page.key, {}) else form

    def form_of(self, slug: str, number: int = 0) -> Any:
        """The valid form of an answered step; None where it is unanswered or its answer no longer holds."""
        page = Page(BY_SLUG[slug], number)
        if page.key not in self._forms:
            answered = page.key in self.answers and UNFINISHED not in self.answers[page.key]
            form = self.form_for(page) if answered else None
            self._forms[page.key] = form if form is not None and form.is_valid() else None
        return self._forms[page.key]

    def cleaned(self, slug: str, number: int = 0) -> dict[str, Any] | None:
        """The parsed answers of a step; None where it has none that hold."""
        form = self.form_of(slug, number)
        return form.cleaned_data if form is not None else None

    # --- What forms ask --------------------------------------------------------------------------

    def reporter_as_victim(self) -> dict[str, Any]:
        """What the reporter said of themself, to start the victim's page with: only where they are the victim."""
        report = self.cleaned("report") or {}
        if report.get("reporter_kind") != ReporterKind.VICTIM:
            return {}
        given, _, family = str(report.get("reporter_name") or "").rpartition(" ")
        contact = str(report.get("reporter_contact") or "")
        copied = {"given_name": given or family, "family_name": family if given else ""}
        if contact:
            copied["email" if "@" in contact else "phone"] = contact
        return {name: value for name, value in copied.items() if value}

    def victim_ref(self, typed: str) -> str | None:
        """The reference of a victim whom this person may see."""
        return selectors.victim_ref(self.actor, typed)

    def other_victim_refs(self, number: int) -> set[str]:
        """The recorded victims that other turns name."""
        others = [self.answers[f"victim/{n}"] for n in self.numbers("victim") if n != number]
        return {ref for kept in others for name in ("ref", "kind") for ref in kept.get(name, [])}

    @cached_property
    def case_victims(self) -> dict[str, str]:
        """The victims of the case that the report is for, by reference, whom this person may know there: their names."""
        if not self.case_ref:
            return {}
        return {victim.ref: victim.display_name for victim in selectors.case_victims(self.actor, self.case_ref)}

    def case_to_join(self, typed: str) -> tuple[str | None, str]:
        """The reference of an open case that this person may add to, or why there is none."""
        return selectors.case_to_join(self.actor, typed)

    @property
    def may_classify(self) -> bool:
        """Whether the answer about a crime classifies the case at once: a triager of the agency that will lead it."""
        return self.agency.type not in REFERS_ON and is_triager(self.actor, self.agency.pk)

    @cached_property
    def danger(self) -> bool:
        """Whether somebody was said to be in danger now."""
        return bool((self.cleaned("safety") or {}).get("danger_now"))

    def suggestion(self, answered: Mapping[str, Any]) -> Suggestion:
        """The priority that all answers suggest, taking the last step's own as given."""
        return selectors.priority_suggestion(self.actor, incident_data(self, answered))

    # --- Checking --------------------------------------------------------------------------------

    def names_in_free_text(self) -> list[tuple[Page, str]]:
        """Pages whose free text holds a name of an alleged perpetrator, or the user name that posted it, with that name
        (docs/domain.md §1.4, §10.3).
        """
        where = self.form_of("where")
        told = sum(self._named("who"), reported_naming(where.account.identity()) if where else Naming())
        texts = (("what", ("narrative",)), ("where", ("location",)), ("priority", ("summary_line",)))
        return [
            (Page(BY_SLUG[slug]), ", ".join(found))
            for slug, fields in texts
            if (cleaned := self.cleaned(slug))
            and (found := told.found_in(" ".join(str(cleaned.get(f) or "") for f in fields)))
        ]

    def names_typed(self) -> Naming:
        """Everybody who is named in the report as far as it has been keyed, with the victims who are recorded already. One
        query for those."""
        report = self.cleaned("report") or {}
        known = selectors.victims_by_ref(self.actor, self.other_victim_refs(0))
        people = [person_naming(one.given_name, one.family_name) + Naming(marks=(one.organisation,)) for one in known]
        people += [*self._named("victim"), *self._named("who")]
        return sum(people, Naming(tuple(filter(None, [report.get("reporter_name") or ""]))))

    def _named(self, slug: str) -> list[Naming]:
        """The names that were given on the pages of victims, or of alleged perpetrators."""
        answered = [said for number in self.numbers(slug) if (said := self.cleaned(slug, number))]
        return [
            person_naming(said.get("given_name") or "", said.get("family_name") or "")
            + Naming(marks=(said.get("organisation") or "",))
            for said in answered
        ]

    @property
    def keeps_names(self) -> bool:
        """Whether the names of alleged perpetrators will be kept at once."""
        decided = self.cleaned("priority") or {}
        if decided.get("case") == "join":
            return selectors.case_keeps_names(self.actor, decided["case_ref"])
        return self.may_classify and decided.get("crime") == "yes"


def _query(answers: Answers) -> QueryDict:
    query = QueryDict(mutable=True)
    for name, values in answers.items():
        query.setlist(name, list(values))
    return query
