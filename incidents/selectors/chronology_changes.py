"""What changed in a case, and the steps of its tasks, as sources of the chronology."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Case as Choose
from django.db.models import CharField, F, OuterRef, Q, QuerySet, Subquery, TextField, Value, When
from django.db.models.functions import Coalesce

from agencies.choices import Side
from incidents.choices import (
    CaseStatus,
    Classification,
    ClockKind,
    Priority,
    ReleasedTo,
    TaskState,
    Tier,
)
from incidents.choices.changes import ChangeKind, TaskStepKind
from incidents.models import Case, CaseChange, CaseGrant, Evidence, PriorityChange, TaskStep
from incidents.scoping import hidden_sides
from incidents.selectors.text import (
    agency_told,
    person_told,
    purpose_text,
    text_shown,
    written_by,
    written_by_colleague,
)
from kernel.actors import Actor

_NOTHING = Value("", output_field=CharField())


def change_sources(actor: Actor, of_case: Callable[..., Any]) -> list[tuple[Any, ...]]:
    """Name, place, rows, moment, person, agency, text and columns of each source, as the chronology draws them."""
    steps = steps_told(actor, of_case(TaskStep, "task__case_id"))
    released = of_case(Evidence).filter(released_at__isnull=False)
    return [
        ("step", 4, steps, "at", person_told(actor, "by"), agency_told(actor, "agency"), ending_words(actor),
         (F("task__ref"), F("kind"), person_told(actor, "person"), agency_told(actor, "to_agency"), _title(actor))),
        ("change", 24, of_case(CaseChange), "at", person_told(actor, "by"), agency_told(actor, "agency"), _why(actor),
         (F("kind"), F("before"), F("after"), person_told(actor, "person"), agency_told(actor, "to_agency"))),
        ("released", 26, released, "released_at", _NOTHING, _NOTHING, _NOTHING, (F("uid"), F("released_to"))),
    ]  # fmt: skip


def _why(actor: Actor) -> Any:
    """An expression for why the priority was changed, or the case given to another lead agency, for who is told that;
    nothing beside any other change, which keeps codes alone."""
    reason = text_shown(actor, F("case_id"), F("reason"), written_by_colleague(actor, "by"))
    same = {name: OuterRef(name) for name in ("case_id", "at", "before", "after")}
    told = Subquery(PriorityChange.objects.visible_to(actor).filter(**same).order_by("pk").values(words=reason)[:1])
    why = When(kind=ChangeKind.PRIORITY, then=Coalesce(told, Value("")))
    given = When(kind=ChangeKind.LEAD_AGENCY, then=Coalesce(given_because(actor), Value("")))
    return Choose(why, given, default=Value(""), output_field=TextField())


def given_because(actor: Actor) -> Subquery:
    """Why a case was given to another lead agency, as its grant says: for that agency and the one that gave it."""
    grants = CaseGrant.objects.visible_to(actor).filter(
        Q(agency__in=actor.agency_ids) | Q(from_agency__in=actor.agency_ids),
        content_object_id=OuterRef("case_id"),
        agency_id=OuterRef("to_agency_id"),
        source=CaseGrant.Source.LEAD,
        created_at__lte=OuterRef("at"),
    )
    return Subquery(grants.order_by("-created_at", "-pk").values(words=purpose_text(actor, "necessity"))[:1])


def step_words(actor: Actor) -> Any:
    """An expression for the words of a step of a task as the actor may read them: those of the agency that took it."""
    return text_shown(actor, F("task__case_id"), F("text"), written_by(actor, "agency"))


def ending_words(actor: Actor) -> Any:
    """The same of the steps by which a task ended; what it asked for before is read on its own page."""
    reworded = When(kind=TaskStepKind.REWORDED, then=Value(""))
    return Choose(reworded, default=step_words(actor), output_field=TextField())


def _title(actor: Actor) -> Any:
    return text_shown(actor, F("task__case_id"), F("task__title"), written_by(actor, "task__asked_by_agency"))


def steps_told(actor: Actor, steps: QuerySet) -> QuerySet:
    """Steps of tasks that the actor may know of, less those of the other side's own agencies, which did the task once.

    That something was said is told as the page of the task tells it: who may not know victims reads of tasks that their
    own agency asked for or does, else of their own side alone (docs/domain.md §5.4).
    """
    hidden = hidden_sides(actor)
    if not hidden:
        return steps
    own = Q(agency_id__in=actor.agency_ids)
    # A step in nobody's name is nobody's secret.
    told = steps.filter(own | Q(agency=None) | ~Q(agency__side__in=hidden))
    if actor.sees_victims:
        return told
    party = Q(task__agency_id__in=actor.agency_ids) | Q(task__asked_by_agency_id__in=actor.agency_ids)
    return told.filter(own | party | Q(agency__side=Side.PERPETRATOR) | ~Q(kind=TaskStepKind.COMMENTED))


_Words = tuple[str, str, str]


def _step(case: Case, ref: str, kind: str, person: str, agency: str, *title: str) -> _Words:
    if kind == TaskStepKind.COMMENTED:
        return "task", f"Comment on task {ref}", f"/tasks/{ref}/#comments"
    said = f"Task {step_title(kind, person, agency)}: {' '.join(title)}"
    return "task", said, f"/tasks/{ref}/"


def step_title(kind: str, person: str, agency: str) -> str:
    """What a step of a task was, to go on after "Task"."""
    to = {
        TaskStepKind.ACCEPTED: f"accepted{f' for {person}' if person else ''}",
        TaskStepKind.GIVEN: f"given to {person or agency}" if person or agency else "given back to the agency",
        TaskStepKind.REWORDED: "reworded",
        TaskStepKind.REOPENED: "open again",
        TaskStepKind.OFFERED: f"offered again{f' to {agency}' if agency else ''}",
    }
    return to.get(TaskStepKind(kind)) or TaskState(_STATES[TaskStepKind(kind)]).label.lower()


_STATES = {
    TaskStepKind.STARTED: TaskState.IN_PROGRESS,
    TaskStepKind.DONE: TaskState.DONE,
    TaskStepKind.DECLINED: TaskState.DECLINED,
    TaskStepKind.WITHDRAWN: TaskState.WITHDRAWN,
}


def _released(case: Case, uid: str, to: str) -> _Words:
    shown = f"Redacted copy of evidence shown to {ReleasedTo(to).label.lower()}"
    title = shown if to else "Redacted copy of evidence no longer shown to more agencies"
    return "evidence", title, f"/cases/{case.ref}/evidence/{uid}/"


def _change(case: Case, kind: str, before: str, after: str, person: str, agency: str) -> _Words:
    change = ChangeKind(kind)
    title, where = _TITLES.get(change, _plain)(change, before, after, person or agency), _WHERE.get(change, "")
    return "change", title, where.format(ref=case.ref)


def _plain(kind: ChangeKind, before: str, after: str, given: str) -> str:
    return kind.label


def _coded(choices: Any) -> Callable[[ChangeKind, str, str, str], str]:
    def title(kind: ChangeKind, before: str, after: str, given: str) -> str:
        return f"{kind.label}: {choices(after).label} (before: {choices(before).label})"

    return title


def _given(kind: ChangeKind, before: str, after: str, given: str) -> str:
    return f"{kind.label}: {given}" if given else f"{kind.label} changed"


def _clock(kind: ChangeKind, before: str, after: str, given: str) -> str:
    return f"{kind.label}: {ClockKind(after).label}"


def _proposed(kind: ChangeKind, before: str, after: str, given: str) -> str:
    return f"{kind.label}: {Classification(after).label}"


def _updates(kind: ChangeKind, before: str, after: str, given: str) -> str:
    often = "none wanted" if after == "none" else f"every {after} working day{'' if after == '1' else 's'}"
    return f"Updates agreed with the victim: {often}"


def _changed(kind: ChangeKind, before: str, after: str, given: str) -> str:
    return f"{kind.label} changed"


_TITLES: dict[ChangeKind, Callable[[ChangeKind, str, str, str], str]] = {
    ChangeKind.PRIORITY: _coded(Priority),
    ChangeKind.STATUS: _coded(CaseStatus),
    ChangeKind.TIER: _coded(Tier),
    ChangeKind.SUMMARY: _changed,
    ChangeKind.LEAD_WORKER: _given,
    ChangeKind.DEPUTY: _given,
    ChangeKind.LEAD_AGENCY: _given,
    ChangeKind.CLOCK_PAUSED: _clock,
    ChangeKind.CLOCK_RESUMED: _clock,
    ChangeKind.PROPOSED: _proposed,
    ChangeKind.PROPOSAL_REFUSED: _proposed,
    ChangeKind.PROPOSAL_TAKEN_BACK: _proposed,
    ChangeKind.UPDATES: _updates,
}

_PEOPLE, _CLOCKS = "#people", "/cases/{ref}/clocks/"
_WHERE = {
    ChangeKind.CONFLICT: "/cases/{ref}/conflicts/",
    ChangeKind.CONFLICT_ENDED: "/cases/{ref}/conflicts/",
    ChangeKind.PERSON_ADDED: _PEOPLE,
    ChangeKind.PERSON_CHANGED: _PEOPLE,
    ChangeKind.TIE_ADDED: _PEOPLE,
    ChangeKind.VICTIM_ADDED: _PEOPLE,
    ChangeKind.SUBJECT_ADDED: _PEOPLE,
    ChangeKind.SUBJECT_NAMED: _PEOPLE,
    ChangeKind.SAFE_CONTACT: _PEOPLE,
    ChangeKind.WISHES: _PEOPLE,
    ChangeKind.VICTIM_DETAILS: _PEOPLE,
    ChangeKind.CLOCK_PAUSED: _CLOCKS,
    ChangeKind.CLOCK_RESUMED: _CLOCKS,
    ChangeKind.UPDATES: _CLOCKS,
    ChangeKind.UPDATES_STRUCK: _CLOCKS,
    ChangeKind.PROPOSED: "/cases/{ref}/classification/",
}

CHANGE_WORDS: dict[str, Callable[..., _Words]] = {
    "step": _step,
    "released": _released,
    "change": _change,
}
