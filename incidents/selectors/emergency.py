"""Emergency openings: one's own, and those that wait for a review."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from agencies.choices import Role
from incidents.models import EmergencyAccess
from incidents.scoping import DECIDERS
from kernel.actors import Actor

SHOWN = 50


@dataclass(frozen=True)
class EmergencyLists:
    """Openings that wait for the actor's review, and those that the actor made or that were reviewed."""

    waiting: list[EmergencyAccess]
    others: list[EmergencyAccess]


def emergency_lists(actor: Actor) -> EmergencyLists:
    """The latest openings that the actor may know of. One query."""
    rows = EmergencyAccess.objects.visible_to(actor).select_related("user", "reviewed_by", "lead_agency")
    listed = list(rows.order_by("-opened_at")[:SHOWN])
    waiting = [row for row in listed if row.reviewed_at is None and row.user_id != actor.user_id]
    return EmergencyLists(waiting, [row for row in listed if row not in waiting])


def emergency_get(actor: Actor, uid: uuid.UUID) -> EmergencyAccess | None:
    """One opening; None where the actor may not know of it. One query."""
    rows = EmergencyAccess.objects.visible_to(actor).select_related("user", "reviewed_by", "lead_agency")
    return rows.filter(uid=uid).first()


def is_concerned(actor: Actor) -> bool:
    """Whether the page of emergency access is for the actor at all. No query."""
    return actor.has_role(*DECIDERS, Role.GOVERNANCE)
