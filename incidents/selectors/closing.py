"""How a closed case was closed, as its page says it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import JSONObject

from incidents.choices import OPEN_STATUSES, CaseStatus, ClockKind
from incidents.choices.progress import ClosingReason
from incidents.models import Case, CaseClosure, Clock
from incidents.selectors.chronology_progress import closing_note
from kernel.actors import Actor

STILL_TIMED = Q(case__status__in=OPEN_STATUSES) | Q(kind=ClockKind.K11)
"""Of clocks: those of open cases, and of a closed one the contact that it still owes."""
STILL_ASKED = Q(closed_at=None) & ~Q(case__status=CaseStatus.CLOSED)
"""Of tasks: those that somebody still has to do. What could not go along when cases were joined is done where it stays."""


@dataclass(frozen=True)
class ClosingView:
    """That a case is closed, why, and what the victim was told."""

    reason: str
    closed_at: dt.datetime
    contact_at: dt.datetime | None
    contact_attempted: bool
    outcome_sent_at: dt.datetime | None

    @property
    def told(self) -> bool:
        """Whether nothing is owed any more."""
        return self.contact_at is not None and self.outcome_sent_at is not None


_MOMENTS = ("closed_at", "contact_at", "outcome_sent_at")


def closing_array(actor: Actor) -> ArraySubquery:
    """An expression for a query of cases: the closing in force, if there is one."""
    rows = CaseClosure.objects.visible_to(actor).filter(case_id=OuterRef("pk"), reopened_at=None)
    names = ("reason", "contact_attempted", *_MOMENTS)
    return ArraySubquery(rows.values(data=JSONObject(**{name: name for name in names})))


def closing_view(rows: Iterable[dict[str, Any]]) -> ClosingView | None:
    """The closing of `closing_array` in words. No query."""
    for row in rows:
        moments = {name: dt.datetime.fromisoformat(row[name]) if row[name] else None for name in _MOMENTS}
        reason = str(ClosingReason(row["reason"]).label)
        return ClosingView(reason=reason, contact_attempted=row["contact_attempted"], **moments)  # type: ignore[arg-type]
    return None


def closure_waits(actor: Actor) -> Exists:
    """An expression for a query of cases: whether the victim of a closed one still has to be told (K11)."""
    waits = Clock.objects.visible_to(actor).filter(kind=ClockKind.K11, met_at=None, closed_at=None)
    return Exists(waits.filter(case_id=OuterRef("pk")))


def closing_get(*, actor: Actor, case: Case) -> Any:
    """The closing in force with `note_shown`, `by` and `duplicate_of`; None for an open case. One query."""
    rows = CaseClosure.objects.visible_to(actor).filter(case=case, reopened_at=None).select_related("by")
    return rows.annotate(note_shown=closing_note(actor)).annotate(other_id=F("duplicate_of_id")).first()


def duplicate_ref(*, actor: Actor, closing: Any) -> str:
    """The reference of the case that a closed one repeats, for who may see that one; else nothing. One query at most."""
    if closing is None or closing.other_id is None:
        return ""
    return Case.objects.visible_to(actor).filter(pk=closing.other_id).values_list("ref", flat=True).first() or ""
