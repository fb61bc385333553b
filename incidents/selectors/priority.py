"""What a case's priority was, by whom and why, and what another one would do to its time limits (docs/domain.md §2.6)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import F

from incidents.choices import ClockKind
from incidents.models import Case, PriorityChange
from incidents.rules.priority import Moved, priority_effects
from incidents.selectors.text import person_told, text_shown, written_by_colleague
from incidents.services.clock import clocks_under
from incidents.services.victim_clock import clocks_under_band
from kernel import clock
from kernel.actors import Actor


@dataclass(frozen=True)
class PriorityDecision:
    """One change of the priority, as the history shows it."""

    before: str
    after: str
    reason: str
    by: str
    at: dt.datetime


def priority_history(*, actor: Actor, case: Case) -> list[PriorityDecision]:
    """The changes of a case's priority, newest first. One query."""
    shown = text_shown(actor, F("case_id"), F("reason"), written_by_colleague(actor, "by"))
    rows: Any = (
        PriorityChange.objects.visible_to(actor)
        .filter(case=case)
        .annotate(reason_shown=shown, by_told=person_told(actor, "by"))
    )
    return [
        PriorityDecision(
            row.get_before_display(), row.get_after_display(), row.reason_shown, row.by_told or "", row.at
        )
        for row in rows
    ]


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
