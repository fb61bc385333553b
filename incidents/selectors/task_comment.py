"""What was said about a task, as a reader may know it, and whom a comment may mention."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet

from agencies.choices import Side
from agencies.models import User
from incidents.models import Task, TaskComment
from incidents.scoping import hidden_sides, in_case, party_to_task
from incidents.scoping.repair import strikes_words_of
from incidents.selectors.audience import agencies_told, case_staff
from incidents.selectors.text import person_told, text_shown, written_by
from kernel.actors import Actor

SHOWN = 100


@dataclass(frozen=True)
class CommentRow:
    """One comment: who said it, for which agency, when, and whom it mentions."""

    text: str
    author: str
    agency: str
    at: dt.datetime
    mentioned: tuple[str, ...]
    uid: uuid.UUID
    struck: bool
    may_strike: bool


def comments_of(*, actor: Actor, task: Task, people: list[User]) -> list[CommentRow]:
    """The latest comments on a task from `task_get`, oldest first. `people` are those of `mentionable`. One query, and
    one for somebody of agencies of different sides.

    As with notes, other sides' names are left out, and so is what the other side's own agencies say; who may not know
    victims reads comments on tasks that their own agency asked for or does, else those of their side alone.
    """
    names = {person.pk: person.name for person in people}
    knows = in_case(actor, task.case)
    rows = comments_shown(knows, task, TaskComment.objects.visible_to(actor).filter(task=task))
    words = text_shown(knows, F("task__case_id"), F("text"), written_by(knows, "agency"))
    rows = rows.annotate(words=words, who=person_told(knows, "author"), whose=F("agency__name"))
    found = rows.order_by("-at", "-pk").values_list(
        "words", "who", "whose", "at", "mentioned_ids", "uid", "struck_at", "agency_id"
    )[:SHOWN]
    return [
        CommentRow(
            text=text,
            author=who or "",
            agency=whose or "",
            at=at,
            mentioned=() if struck_at else tuple(names[one] for one in mentioned if one in names),
            uid=uid,
            struck=struck_at is not None,
            may_strike=struck_at is None and strikes_words_of(actor, task.case, agency_id),
        )
        for text, who, whose, at, mentioned, uid, struck_at, agency_id in reversed(found)
    ]


def comments_shown(actor: Actor, task: Task, comments: QuerySet) -> QuerySet:
    """Comments on a task, less those of which the actor is not told."""
    own = Q(agency_id__in=actor.agency_ids)
    if not actor.sees_victims and not party_to_task(actor, task):
        return comments.filter(own | Q(agency__side=Side.PERPETRATOR))
    return comments.exclude(~own & Q(agency__side__in=hidden_sides(actor)))


def mentionable(actor: Actor, task: Any) -> list[User]:
    """The people whom a comment may mention: those who may see the case and the task, as far as the actor is told of
    their agencies, less the actor. One query.
    """
    told = agencies_told(actor, task.case)
    parties = Q(pk=task.agency_id) | Q(pk=task.asked_by_agency_id or 0)
    agencies = told.filter(Q(side=Side.BOTH) | parties)
    staff = case_staff(task.case, agencies).exclude(pk=actor.user_id or 0)
    return list({person.pk: person for person in staff}.values())
