"""What meetings ask the lead agency's deciders: proposals of agenda releases, in the queue of what waits for them."""

from __future__ import annotations

import datetime as dt

from django.db.models import F, QuerySet
from django.urls import reverse

from hasbag.choices import ProposalState
from hasbag.models import AgendaProposal
from incidents.choices import OPEN_STATUSES
from incidents.scoping import DECIDERS
from kernel.actors import Actor
from kernel.sign_offs import SignOffKind, Waiting, sign_off_register, sign_off_rows


def releases(actor: Actor, now: dt.datetime) -> QuerySet | None:
    """Proposals of open cases for meetings to come."""
    if not actor.has_role(*DECIDERS):
        return None
    rows = AgendaProposal.objects.visible_to(actor).filter(
        state=ProposalState.WAITING,
        meeting__starts_at__gt=now,
        meeting__cancelled_at=None,
        case__status__in=OPEN_STATUSES,
    )
    ref, who = F("case__ref"), F("meeting__ref")
    return sign_off_rows("release", rows, key=F("uid"), ref=ref, who=who, at=F("meeting__starts_at"))


def _words(one: Waiting) -> tuple[str, str]:
    return f"Decide about its release for {one.who}", reverse("hasbag:proposal", args=[one.key])


def register() -> None:
    """Put the kind into the queue, when the app starts."""
    sign_off_register(SignOffKind("release", "Release to a meeting", "Meeting", releases, _words), order=40)
