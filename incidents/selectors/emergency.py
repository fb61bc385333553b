"""Emergency openings: one's own, and those that wait for a review."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, ExpressionWrapper, OuterRef, Q
from django.db.models.functions import JSONObject

from agencies.choices import Role
from incidents.models import EmergencyAccess
from incidents.scoping import DECIDERS, Excluded
from kernel import clock
from kernel.actors import Actor

SHOWN = 50
"""So many that are done with are listed."""
ON_A_CASE = 5
"""So many are named on the page of a case."""


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


@dataclass(frozen=True)
class OpeningLine:
    """One opening as the page of its case says it."""

    uid: str
    by: str
    own: bool
    opened_at: dt.datetime
    until: dt.datetime
    reviewed: bool


def openings_array(actor: Actor) -> ArraySubquery:
    """An expression for a query of cases: the latest openings that the actor may know of, the newest first."""
    rows = EmergencyAccess.objects.visible_to(actor).filter(case_id=OuterRef("pk")).order_by("-opened_at", "-pk")
    told = JSONObject(
        uid="uid", by="user__name", user="user_id", opened_at="opened_at", until="until", reviewed_at="reviewed_at"
    )
    return ArraySubquery(rows.values(data=told)[:ON_A_CASE])


def opening_lines(actor: Actor, rows: Iterable[dict[str, Any]]) -> list[OpeningLine]:
    """The openings of `openings_array`. No query."""
    return [
        OpeningLine(
            uid=str(row["uid"]),
            by=row["by"] or "An account that is gone",
            own=row["user"] is not None and row["user"] == actor.user_id,
            opened_at=dt.datetime.fromisoformat(row["opened_at"]),
            until=dt.datetime.fromisoformat(row["until"]),
            reviewed=row["reviewed_at"] is not None,
        )
        for row in rows
    ]


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
