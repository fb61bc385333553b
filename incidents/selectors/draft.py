"""Drafts of reports: the author's own, and those of the agencies whose single point of contact asks."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import QuerySet

from agencies.models import Agency
from incidents.models import IncidentDraft
from incidents.rules.drafts import erase_warning
from incidents.services.clock import holidays_all
from kernel import clock
from kernel.actors import Actor
from kernel.prepared import Prepared


@dataclass(frozen=True)
class DraftRow:
    """One draft as a list shows it: no content, only whose it is, how far it got and when it goes."""

    uid: uuid.UUID
    author: str
    mine: bool
    agency: str
    step: str
    started_at: dt.datetime
    edited_at: dt.datetime
    erase_on: dt.date
    warn: bool

    @property
    def path(self) -> str:
        """Where it goes on."""
        return f"/cases/new/{self.uid}/"


@Prepared
def _drafts(actor: Actor, *, limit: int) -> QuerySet[IncidentDraft]:
    found = IncidentDraft.objects.visible_to(actor).select_related("author", "agency")
    return found.order_by("erase_on", "-edited_at")[:limit]


def drafts_for(actor: Actor, limit: int = 50) -> list[DraftRow]:
    """The actor's drafts and, for a single point of contact, the agency's, those erased first at the top.

    `warn` is set in the last three working days before a draft is erased. Two queries.
    """
    drafts = _drafts(actor, limit=limit)
    holidays = holidays_all() if drafts else frozenset()
    today = clock.today()
    return [
        DraftRow(
            uid=draft.uid,
            author=draft.author.name,
            mine=draft.author_id == actor.user_id,
            agency=draft.agency.name,
            step=draft.step,
            started_at=draft.created_at,
            edited_at=draft.edited_at,
            erase_on=draft.erase_on,
            warn=erase_warning(draft.erase_on, today, holidays),
        )
        for draft in drafts
    ]


def draft_find(actor: Actor, uid: uuid.UUID) -> IncidentDraft | None:
    """A draft that the actor may open; None for any other. One query."""
    return IncidentDraft.objects.visible_to(actor).select_related("author", "agency").filter(uid=uid).first()


def agencies_to_log_for(actor: Actor) -> list[Agency]:
    """The agencies for which the actor may log, by name. One query."""
    return list(Agency.objects.filter(pk__in=actor.agency_ids).order_by("name"))
