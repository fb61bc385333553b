"""Who may know of what was corrected and struck, and who may do it."""

from __future__ import annotations

from typing import Any

from django.db.models import DateTimeField, Func, Q, Value

from agencies.choices import Side
from incidents.models import Case, CaseVisit, Contact, FieldCorrection, Note, StruckText
from incidents.scoping.deciding import is_decider
from incidents.scoping.opening import CaseKnows, through_case
from kernel.actors import Actor
from kernel.scoping import scope

UNDO_SECONDS = 60
"""For so long an author takes a note or contact back without a word."""


class UndoFrom(Func):
    """The moment from which on what was added can still be taken back, by the database's own clock."""

    template = f"(STATEMENT_TIMESTAMP() - interval '{UNDO_SECONDS} seconds')"
    output_field: Any = DateTimeField()


@scope(CaseVisit)
def _visits(queryset: Any, actor: Actor) -> Any:
    """One's own looks alone."""
    return through_case(queryset.filter(user_id=actor.user_id or 0), actor)


@scope(StruckText)
def _struck(queryset: Any, actor: Actor) -> Any:
    """Nobody reads what was struck."""
    return queryset.none()


@scope(FieldCorrection)
def _corrections(queryset: Any, actor: Actor) -> Any:
    """Those of cases that one may see; those of contacts for who may know the victims there."""
    rows = through_case(queryset, actor)
    if actor.sees_victims:
        return rows
    return rows.filter(Q(contact=None) | Q(CaseKnows("case_id", Value(Side.VICTIM.value))))


def may_strike(actor: Actor, case: Case, row: Note | Contact) -> bool:
    """Whether the actor may strike a note or contact: its writer's agency, and who decides for the lead agency."""
    return row.agency_id in actor.agency_ids or is_decider(actor, case.lead_agency_id)


def wrote(actor: Actor, row: Note | Contact) -> bool:
    """Whether the actor is who wrote a note or logged a contact."""
    author = row.author_id if isinstance(row, Note) else row.by_id
    return actor.user_id is not None and author == actor.user_id
