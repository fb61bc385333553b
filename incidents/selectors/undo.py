"""What somebody has just added and may take back, as they may know it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db.models import Model

from incidents.choices.changes import DecisionKind
from incidents.models import (
    ActionPlan,
    Case,
    CaseGrant,
    Evidence,
    InvolvedPerson,
    JustDecided,
    KeyEvent,
    PersonTie,
    SupportReferral,
    Task,
    TaskComment,
    UpdateAgreement,
)
from incidents.scoping.repair import UNDO_SECONDS
from kernel import clock
from kernel.actors import Actor
from kernel.errors import AbsentError
from kernel.references import reference_normalise

KINDS: dict[str, tuple[Any, str, str, str]] = {
    "task": (Task, "case_id", "ref", "task"),
    "comment": (TaskComment, "task__case_id", "uid", "comment"),
    "evidence": (Evidence, "case_id", "uid", "evidence"),
    "event": (KeyEvent, "case_id", "uid", "key event"),
    "plan": (ActionPlan, "case_id", "uid", "action plan"),
    "referral": (SupportReferral, "case_id", "uid", "support referral"),
    "updates": (UpdateAgreement, "case_id", "uid", "agreement about updates"),
    "person": (InvolvedPerson, "case_id", "pk", "person"),
    "tie": (PersonTie, "case_id", "pk", "relationship"),
    "share": (CaseGrant, "content_object_id", "uid", "share"),
    "decision": (JustDecided, "case_id", "uid", "decision"),
}
"""Each kind by its word in an address: its records, how they lead to a case, their key, and what it is called."""


def just_added_get(*, actor: Actor, case: Case, kind: str, key: str) -> Any:
    """A record of a case, of one of the kinds that can be taken back. One query.

    Raises AbsentError, the same for what is out of scope and what is not there.
    """
    if kind not in KINDS:
        raise AbsentError
    model, to_case, name, _ = KINDS[kind]
    value = reference_normalise(key, "HT") if kind == "task" else _uuid(key)
    rows = model.objects.visible_to(actor).filter(**{to_case: case.pk, name: value}) if value else None
    found: Model | None = rows.first() if rows is not None else None
    if found is None:
        raise AbsentError
    return found


def just_decided(*, actor: Actor, case: Case, kind: DecisionKind) -> JustDecided | None:
    """What the actor has just decided about a case, if it can still be taken back. One query."""
    rows = JustDecided.objects.visible_to(actor).filter(case=case, kind=kind, undone_at=None)
    fresh = rows.filter(at__gte=clock.now() - dt.timedelta(seconds=UNDO_SECONDS))
    found: JustDecided | None = fresh.order_by("-at", "-pk").first()
    return found


def _uuid(key: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(key)
    except ValueError:
        return None
