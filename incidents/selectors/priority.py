"""What a case's priority was, by whom and why, and what another one would do to its time limits (docs/domain.md §2.6)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef
from django.db.models.functions import JSONObject

from incidents.choices import ClockKind, Priority
from incidents.models import Case, Incident, PriorityChange
from incidents.rules.priority import Moved, priority_effects
from incidents.selectors.case_incidents import PriorityView, set_reason_shown, urgency_view
from incidents.selectors.text import person_told, text_shown, written_by_colleague
from incidents.services.clock import clocks_under
from incidents.services.victim_clock import clocks_under_band
from kernel import clock
from kernel.actors import Actor

MOST_REPORTS = 25


@dataclass(frozen=True)
class PriorityDecision:
    """One change of the priority, as the history shows it."""

    before: str
    after: str
    reason: str
    by: str
    at: dt.datetime


@dataclass(frozen=True)
class Reported:
    """How urgent one report of a case was found when it was taken."""

    ref: str
    urgency: PriorityView


def urgency_reported(*, actor: Actor, case: Case) -> list[Reported]:
    """What was said about safety and suggested for each report of a case, latest first, for a reader as they are in it.
    One query."""
    rows = Incident.objects.visible_to(actor).filter(case=case).annotate(set_reason_shown=set_reason_shown(actor))
    return [Reported(row.ref, urgency_view(actor, row)) for row in rows.order_by("-received_at", "-pk")[:MOST_REPORTS]]


def priority_array(actor: Actor) -> ArraySubquery:
    """An expression for a query of cases: the changes of the priority with their reasons, newest first."""
    reason = text_shown(actor, F("case_id"), F("reason"), written_by_colleague(actor, "by"))
    told = JSONObject(before="before", after="after", reason=reason, by=person_told(actor, "by"), at="at")
    rows = PriorityChange.objects.visible_to(actor).filter(case_id=OuterRef("pk"))
    return ArraySubquery(rows.order_by("-at", "-pk").values(data=told))


def priority_history(case: Any) -> list[PriorityDecision]:
    """The changes of the priority of a case from `case_get`, newest first. No query."""
    return [_decision(row) for row in case.priority_rows]


def priority_last(case: Any) -> PriorityDecision | None:
    """The last of them, if there is one. No query."""
    return next(iter(priority_history(case)), None)


def _decision(row: dict[str, Any]) -> PriorityDecision:
    before, after = (str(Priority(row[name]).label) for name in ("before", "after"))
    return PriorityDecision(before, after, row["reason"], row["by"] or "", dt.datetime.fromisoformat(row["at"]))


def effects_of_priority(case: Case, to: str) -> list[str]:
    """What another priority does to the time limits of a case, in sentences; none where it stays what it is.

    Four queries, and one for each incident with time limits that run.
    """
    if to == case.priority:
        return []
    changes = [*clocks_under(case, to), *clocks_under_band(case, to)]
    moved = [
        Moved(ClockKind(one.plan.kind), one.row.due_at if one.row else None, one.plan.due_at)
        for one in changes
        if one.plan.due_at is not None and one.looked_at is None
    ]
    return priority_effects(case.priority, to, moved, clock.now())
