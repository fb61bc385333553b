"""What meetings add to other pages: My work and a case's page."""

from __future__ import annotations

from typing import Any

from hasbag.selectors.proposal import case_meetings, proposals_waiting
from hasbag.selectors.sign_off import register as sign_off_kinds
from incidents.scoping import DECIDERS, is_decider
from kernel.actors import Actor
from kernel.panels import Panel, panel_register

SHOWN = 10


def releases(actor: Actor, subject: Any = None) -> Panel | None:
    """My work: the nearest releases that the actor is asked to decide. One query, for deciders only."""
    if not actor.has_role(*DECIDERS):
        return None
    waiting = proposals_waiting(actor, SHOWN + 1)
    if not waiting:
        return None
    return Panel("hasbag/panel_work.html", {"proposals": waiting[:SHOWN], "more": len(waiting) > SHOWN})


def meetings(actor: Actor, subject: Any) -> Panel | None:
    """A case's page: the meetings it is before, and the way to refer it. One query."""
    case = subject
    found = case_meetings(actor, case)
    may_refer = is_decider(actor, case.lead_agency_id)
    if not (found or may_refer):
        return None
    data = {"meetings": found, "may_refer": may_refer, "ref": case.ref}
    return Panel("hasbag/panel_case.html", data)


def register() -> None:
    """Put the panels in their places, when the app starts."""
    sign_off_kinds()
    panel_register("work", releases, order=20)
    panel_register("case", meetings, order=60)
