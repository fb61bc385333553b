"""Breaches, and who opened what of a case while it was shared by mistake (docs/domain.md §8.3)."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import connection
from django.db.models import Case as Choose
from django.db.models import IntegerField, Value, When

from agencies.models import User
from incidents.choices import BreachState
from incidents.models import Breach, CaseGrant
from incidents.rules.audit_words import action_words
from incidents.rules.breach import hours_left
from incidents.selectors.share import group_labels
from kernel import clock
from kernel.actors import Actor
from kernel.errors import AbsentError

ROWS = 100

OPENINGS_SHOWN = 500
"""So many openings a page shows; that there are more it says."""


@dataclass(frozen=True)
class Opening:
    """Somebody of the receiver opened something: who, what, when."""

    user_id: int
    name: str
    action: str
    at: dt.datetime

    @property
    def what(self) -> str:
        """What was opened, in words."""
        return action_words(self.action)


@dataclass(frozen=True)
class Openings:
    """What was opened as a page shows it: the first of it, and whether that is all."""

    rows: list[Opening]
    more: bool


@dataclass(frozen=True)
class BreachView:
    """One breach, with how its 72 hours stand."""

    breach: Breach
    hours: int
    openings: Openings

    @property
    def is_open(self) -> bool:
        """Whether it is not decided yet, so that the hours matter."""
        return self.breach.state == BreachState.OPEN

    @property
    def groups(self) -> list[str]:
        """The field groups that the share covered, in words."""
        return group_labels(self.breach.field_groups)

    @property
    def left(self) -> str:
        """How many hours are left, in words."""
        if self.hours < 0:
            return f"{-self.hours} hour{'s' * (self.hours != -1)} over time"
        return f"{self.hours} hour{'s' * (self.hours != 1)} left"

    @property
    def late(self) -> bool:
        """Whether the time is over."""
        return self.hours < 0

    @property
    def people(self) -> int:
        """How many people of the receiver opened something."""
        return len({one.user_id for one in self.openings.rows})


def openings(grant_uid: uuid.UUID) -> list[Opening]:
    """Which of the receiver's people opened what while a share was in force, or took it in a pack, oldest first: one more
    than is shown where there are more. Nothing for who does not manage the case. By the identity of this transaction.
    Two queries.
    """
    with connection.cursor() as cursor:
        cursor.execute("select user_id, at, action from hatecase_share_openings(%s)", [grant_uid])
        rows = cursor.fetchall()
    names = dict(User.objects.filter(pk__in={row[0] for row in rows}).values_list("pk", "name"))
    return [Opening(user_id, names.get(user_id, ""), action, at) for user_id, at, action in rows]


def openings_shown(rows: list[Opening]) -> Openings:
    """Openings as far as a page shows them. No query."""
    return Openings(rows[:OPENINGS_SHOWN], len(rows) > OPENINGS_SHOWN)


def breaches(*, actor: Actor) -> list[BreachView]:
    """The breaches that the actor may see: those not decided first, the latest first. One query."""
    waits = Choose(When(state=BreachState.OPEN, then=Value(0)), default=Value(1), output_field=IntegerField())
    rows = Breach.objects.visible_to(actor).select_related("lead_agency", "agency").annotate(waits=waits)
    return [_view(row) for row in rows.order_by("waits", "-aware_at")[:ROWS]]


def breach_get(*, actor: Actor, uid: uuid.UUID) -> BreachView:
    """One breach. Raises AbsentError for absent and out of scope alike. One query."""
    rows = Breach.objects.visible_to(actor).select_related(
        "lead_agency", "agency", "reported_by", "decided_by", "closed_by"
    )
    found = rows.filter(pk=uid).first()
    if found is None:
        raise AbsentError
    return _view(found)


def breach_of(*, actor: Actor, grant: CaseGrant) -> Breach | None:
    """The breach that the recall of a share opened, if the actor may see it. One query."""
    found: Breach | None = Breach.objects.visible_to(actor).filter(grant=grant).first()
    return found


def _view(row: Breach) -> BreachView:
    seen = [
        Opening(one["user"], one["who"], one["what"], dt.datetime.fromisoformat(one["at"])) for one in row.openings
    ]
    return BreachView(row, hours_left(row.due_at, clock.now()), openings_shown(seen))
