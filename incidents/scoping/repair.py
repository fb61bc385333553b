"""Who may know of what was corrected and struck, and who may do it."""

from __future__ import annotations

from typing import Any

from django.db.models import DateTimeField, Exists, Func, OuterRef, Q, Value

from agencies.choices import Side
from incidents.choices import DateField
from incidents.models import (
    ActionPlan,
    Case,
    CaseVisit,
    Contact,
    Evidence,
    FieldCorrection,
    Handover,
    KeyEvent,
    Letter,
    Note,
    StruckText,
    SupportReferral,
    TaskComment,
    UpdateAgreement,
)
from incidents.scoping.deciding import is_decider, withdraws_evidence
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
    """Those of cases that one may see; those of contacts, plans, referrals and of where something happened for who may know
    the victims there, and those of files for who may know of the file."""
    rows = through_case(queryset, actor)
    if actor.sides == {Side.BOTH.value}:
        return rows
    rows = rows.filter(
        Q(evidence=None) | Exists(Evidence.objects.visible_to(actor).filter(pk=OuterRef("evidence_id")))
    )
    if actor.sees_victims:
        return rows
    others = Q(contact=None, plan=None, referral=None, needs_victim=False)
    return rows.filter(others | Q(CaseKnows("case_id", Value(Side.VICTIM.value))))


Strikable = (
    Note | Contact | TaskComment | KeyEvent | ActionPlan | Handover | SupportReferral | UpdateAgreement | Letter
)


def may_strike(actor: Actor, case: Case, row: Strikable) -> bool:
    """Whether the actor may strike something, with a reason: its writer's agency, and who decides for the lead agency.

    Whoever only reads a case strikes nothing but comments on the tasks that they are asked to do there.
    """
    return strikes_words_of(actor, case, row.agency_id)


def strikes_words_of(actor: Actor, case: Case, agency_id: int | None) -> bool:
    """The same of what an agency wrote."""
    return agency_id in actor.agency_ids or is_decider(actor, case.lead_agency_id)


Corrigible = KeyEvent | ActionPlan | SupportReferral | Evidence

RECORD_DATES: dict[type, tuple[str, str]] = {
    KeyEvent: ("event", DateField.HAPPENED_AT.value),
    ActionPlan: ("plan", DateField.AGREED_AT.value),
    SupportReferral: ("referral", DateField.SENT_AT.value),
    Evidence: ("evidence", DateField.OBTAINED_AT.value),
}
"""The date of each kind of record that can be corrected."""


def may_correct(actor: Actor, case: Case, row: Corrigible) -> bool:
    """Whether the actor may correct the date of a record: the agency that recorded it, and who decides for the lead
    agency; of a file, who may withdraw it."""
    if isinstance(row, Evidence):
        return row.withdrawn_at is None and withdraws_evidence(actor, case, row)
    return row.agency_id in actor.agency_ids or is_decider(actor, case.lead_agency_id)


def wrote(actor: Actor, row: Note | Contact) -> bool:
    """Whether the actor is who wrote a note or logged a contact."""
    author = row.author_id if isinstance(row, Note) else row.by_id
    return actor.user_id is not None and author == actor.user_id
