"""Tasks as a machine reads them."""

from __future__ import annotations

from django.db.models import F, Q, QuerySet

from incidents.models import Task
from incidents.selectors.text import task_asked_by, text_shown
from kernel.actors import Actor
from kernel.cursor import Cursor
from kernel.references import reference_normalise


def _rows(actor: Actor) -> QuerySet[Task]:
    rows: QuerySet[Task] = Task.objects.visible_to(actor).select_related(
        "case", "agency", "assignee", "asked_by_agency"
    )
    return rows.annotate(title_shown=text_shown(actor, F("case_id"), F("title"), task_asked_by(actor)))


def task_by_ref(actor: Actor, ref: str) -> Task:
    """A task that the actor may see. One query. Raises Task.DoesNotExist, the same for absent and out of scope."""
    return _rows(actor).get(ref=reference_normalise(ref, "HT") or "")


def tasks_open(actor: Actor, *, after: Cursor, size: int) -> list[Task]:
    """The open tasks of the actor's agencies by due time, from a cursor on. One query."""
    rows = _rows(actor).filter(agency_id__in=actor.agency_ids, closed_at=None)
    if after.at is not None:
        rows = rows.filter(Q(due_at__gt=after.at) | Q(due_at=after.at, pk__gt=after.pk), due_at__gte=after.at)
    return list(rows.order_by("due_at", "pk")[:size])
