"""Every clock of a case, and what was agreed with the victim: the page behind the clocks of the case."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import F, OuterRef, Subquery

from agencies.models import Agency
from incidents.choices import Band, ClockState, Level, Priority, TaskState
from incidents.choices.progress import PAUSABLE, SUPPORT_TYPES
from incidents.models import (
    ActionPlan,
    Case,
    Clock,
    ClockPause,
    Incident,
    KeyEvent,
    Party,
    SupportReferral,
    Task,
    UpdateAgreement,
)
from incidents.rules.victim_clocks import AGREED, ANY, OTHER
from incidents.scoping import in_case
from incidents.scoping.repair import may_correct, may_strike
from incidents.selectors.case_work import ClockView, clock_view
from incidents.selectors.chronology_progress import event_note, service_shown
from incidents.selectors.text import person_told, text_shown, written_by
from kernel import clock as time
from kernel.actors import Actor

ROWS_SHOWN = 100
_STANDARDS = {
    **dict(Priority.choices),
    **{band.value: f"{band.label} risk" for band in Band},
    AGREED: "Agreed with the victim",
    ANY: "All cases",
    OTHER: "Victims who are not victims of hate",
}


@dataclass(frozen=True)
class ClockLine:
    """One clock with its row, whether it may be paused or made to go on here, and its pauses."""

    pk: int
    view: ClockView
    standard: str
    starts_at: dt.datetime
    rule_version: str
    incident: str
    pauses: list[Any]
    may_pause: bool
    may_resume: bool


@dataclass(frozen=True)
class Progress:
    """Everything of the page. What speaks of the victim is empty for those who may not know victims."""

    clocks: list[ClockLine]
    referrals: list[Any]
    plans: list[Any]
    agreement: Any
    events: list[Any]


def progress_page(*, actor: Actor, case: Case, pause: bool) -> Progress:
    """The clocks of a case and what was agreed, for a case from `case_get`; `pause` where the reader may pause them.

    Two queries for everybody, four more for those who may know victims; one for somebody of agencies of different
    sides.
    """
    actor = in_case(actor, case)
    knows = actor.sees_victims
    pauses: dict[int, list[Any]] = {}
    if knows:
        rows = ClockPause.objects.visible_to(actor).filter(case=case).annotate(by_told=person_told(actor, "by"))
        for row in rows.order_by("paused_at"):
            pauses.setdefault(row.clock_id, []).append(row)
    found = Progress(
        clocks=_clocks(actor, case, pauses, pause=pause),
        referrals=_referrals(actor, case) if knows else [],
        plans=_plans(actor, case) if knows else [],
        agreement=_agreement(actor, case) if knows else None,
        events=_events(actor, case),
    )
    for row in (*found.referrals, *found.plans, *found.events):
        row.may_correct = may_correct(actor, case, row)
    contributes = Level.from_rank(getattr(case, "rank", 0)).covers(Level.CONTRIBUTE)
    for row in (*found.referrals, *found.plans, *filter(None, [found.agreement]), *found.events):
        row.may_strike = contributes and may_strike(actor, case, row)
    return found


def _clocks(actor: Actor, case: Case, pauses: dict[int, list[Any]], *, pause: bool) -> list[ClockLine]:
    now = time.now()
    incident = Incident.objects.visible_to(actor).filter(pk=OuterRef("incident_id"))
    rows: Any = Clock.objects.visible_to(actor).filter(case=case).annotate(told=Subquery(incident.values("ref")))
    rows = rows.order_by("kind", "starts_at", "pk")[:ROWS_SHOWN]
    return [_line(row, row.told or "", pauses.get(row.pk, []), now, pause) for row in rows]


def _line(row: Clock, incident: str, pauses: list[Any], now: dt.datetime, pause: bool) -> ClockLine:
    view = clock_view(row, now)
    runs = view.state is ClockState.RUNNING and row.kind in PAUSABLE and row.closed_at is None
    return ClockLine(
        pk=row.pk,
        view=view,
        standard=_STANDARDS.get(row.level, ""),
        starts_at=row.starts_at,
        rule_version=row.rule_version,
        incident=incident,
        pauses=pauses,
        may_pause=pause and runs,
        may_resume=pause and row.paused_at is not None and row.met_at is None and row.closed_at is None,
    )


def _referrals(actor: Actor, case: Case) -> list[Any]:
    rows = SupportReferral.objects.visible_to(actor).filter(case=case).select_related("victim")
    sent_by = Task.objects.visible_to(actor).filter(pk=OuterRef("task_id"))
    rows = rows.annotate(
        service_told=service_shown(actor),
        by_told=person_told(actor, "by"),
        task_ref=Subquery(sent_by.values("ref")),
        task_state=Subquery(sent_by.values("state")),
    )
    found = list(rows.order_by("-created_at", "-pk")[:ROWS_SHOWN])
    for row in found:
        row.task_stands = TaskState(row.task_state).label if row.task_state else ""
    return found


def _plans(actor: Actor, case: Case) -> list[Any]:
    shown = text_shown(actor, F("case_id"), F("text"), written_by(actor, "agency"))
    rows = ActionPlan.objects.visible_to(actor).filter(case=case).select_related("victim")
    rows = rows.annotate(text_told=shown, by_told=person_told(actor, "by"))
    return list(rows.order_by("-agreed_at", "-pk")[:ROWS_SHOWN])


def _agreement(actor: Actor, case: Case) -> Any:
    rows = UpdateAgreement.objects.visible_to(actor).filter(case=case).annotate(by_told=person_told(actor, "by"))
    return rows.order_by("-created_at", "-pk").first()


def _events(actor: Actor, case: Case) -> list[Any]:
    rows = KeyEvent.objects.visible_to(actor).filter(case=case)
    rows = rows.annotate(note_told=event_note(actor), by_told=person_told(actor, "by"))
    return list(rows.order_by("-happened_at", "-pk")[:ROWS_SHOWN])


def clock_get(*, actor: Actor, case: Case, pk: int) -> Clock:
    """One clock of a case that the actor may see. One query. Raises Clock.DoesNotExist."""
    return Clock.objects.visible_to(actor).get(case=case, pk=pk)


def support_services() -> list[tuple[str, str]]:
    """The support services of the directory, code and name. One query."""
    rows = Agency.objects.filter(type__in=SUPPORT_TYPES, is_active=True).order_by("name")
    return list(rows.values_list("code", "name"))


def victim_choices(*, actor: Actor, case: Case) -> list[tuple[str, str]]:
    """The victims of a case that the actor may know, reference and name, the first one at the head. One query."""
    parties = Party.objects.visible_to(actor).filter(case=case, victim__isnull=False).select_related("victim")
    people = {p.victim.ref: p.victim.display_name for p in parties.order_by("created_at", "pk") if p.victim}
    return list(people.items())
