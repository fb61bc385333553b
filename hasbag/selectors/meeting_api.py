"""Meetings as a machine pages through them."""

from __future__ import annotations

from django.db.models import Q

from hasbag.models import Meeting
from hasbag.selectors.meeting import meetings_visible
from kernel.actors import Actor
from kernel.cursor import Cursor


def meetings_from(actor: Actor, after: Cursor, size: int) -> list[Meeting]:
    """The meetings of the actor's agencies, latest first, from a cursor on. One query."""
    rows = meetings_visible(actor)
    if after.at is not None:
        rows = rows.filter(Q(starts_at__lt=after.at) | Q(starts_at=after.at, pk__lt=after.pk))
    return list(rows[:size])
