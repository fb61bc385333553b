"""Emergency openings: one's own, and those that wait for a review."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q

from agencies.choices import Role
from incidents.models import EmergencyAccess
from incidents.scoping import DECIDERS, Excluded
from kernel import clock
from kernel.actors import Actor

SHOWN = 50
"""So many that are done with are listed."""


@dataclass(frozen=True)
class EmergencyLists:
    """Openings that wait for the actor's review, those of the actor that wait for somebody else's, and the reviewed."""

    waiting: list[EmergencyAccess]
    others: list[EmergencyAccess]


def emergency_lists(actor: Actor) -> EmergencyLists:
    """The openings that the actor may know of: every one that nobody has reviewed, the first due first, and the latest
    of the others. Two queries.
    """
    rows = _rows(actor)
    unreviewed = list(rows.filter(reviewed_at=None).order_by("review_due_at", "pk"))
    waiting = [row for row in unreviewed if row.user_id != actor.user_id]
    own = [row for row in unreviewed if row.user_id == actor.user_id]
    done = rows.filter(reviewed_at__isnull=False).order_by("-opened_at")[:SHOWN]
    return EmergencyLists(waiting, [*own, *done])


def emergency_get(actor: Actor, uid: uuid.UUID) -> EmergencyAccess | None:
    """One opening; None where the actor may not know of it. One query."""
    found: EmergencyAccess | None = _rows(actor).filter(uid=uid).first()
    return found


def _rows(actor: Actor) -> Any:
    """Openings, each with `late`: whether it should have been reviewed by now and was not; and with `kept_out`: whether
    the case is not there for the actor by now, who then knows of their own opening what they did themself, and no more.
    """
    late = Q(reviewed_at=None, review_due_at__lte=clock.now())
    rows = EmergencyAccess.objects.visible_to(actor).select_related("user", "reviewed_by", "lead_agency")
    late_told = ExpressionWrapper(late, output_field=BooleanField())
    return rows.annotate(late=late_told, kept_out=Excluded("case_id"))


def is_concerned(actor: Actor) -> bool:
    """Whether the page of emergency access is for the actor at all. No query."""
    return actor.has_role(*DECIDERS, Role.GOVERNANCE)
