"""The service's menu: which places there are and who is offered which.

To be offered a place is not to be let in: every page decides for itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from agencies.choices import Role
from agencies.scoping import governs, may_decide_agreement, may_see_agreement, supervised
from incidents.scoping import DECIDERS, TRIAGERS, agencies_as, supervises
from incidents.scoping.letters import template_agencies
from kernel.actors import Actor
from strategy.scoping import may_see_figures

_ADMINISTRATORS = (Role.AGENCY_ADMIN, Role.SYSTEM_ADMIN)
_EMERGENCY_ROLES = (*DECIDERS, Role.GOVERNANCE)
_MEETING_ROLES = (Role.CHAIR, Role.MEMBER, *DECIDERS)


@dataclass(frozen=True)
class Place:
    """One entry of the menu."""

    label: str
    path: str
    offered: Callable[[Actor], bool]
    keys: str = ""


@dataclass(frozen=True)
class MenuItem:
    """A place as one page shows it: `current` is this very page, `active` this part of the service."""

    label: str
    path: str
    active: bool
    current: bool
    keys: str = ""


def _works_cases(actor: Actor) -> bool:
    return bool(actor.agency_ids)


def _sorts_reports(actor: Actor) -> bool:
    return bool(agencies_as(actor, *TRIAGERS))


def _confirms_people(actor: Actor) -> bool:
    return actor.has_role(Role.SPOC, Role.DEPUTY_SPOC) and not actor.has_role(*_ADMINISTRATORS)


def _has_agreements(actor: Actor) -> bool:
    return may_decide_agreement(actor) or any(may_see_agreement(actor, agency) for agency in actor.member_ids)


PLACES = (
    Place("My work", "/", lambda actor: actor.user_id is not None, "g w"),
    Place("Cases", "/cases/", _works_cases, "g c"),
    Place("Log an incident", "/cases/new/", _works_cases),
    Place("Triage", "/triage/", _sorts_reports, "g r"),
    Place("Tasks", "/tasks/", _works_cases, "g t"),
    Place("Team", "/team/", lambda actor: bool(supervises(actor)), "g m"),
    Place("HASBAG", "/hasbag/", lambda actor: _works_cases(actor) and actor.has_role(*_MEETING_ROLES)),
    Place("Letter templates", "/letters/templates/", lambda actor: bool(template_agencies(actor))),
    Place("Emergency access", "/emergency-access/", lambda actor: actor.has_role(*_EMERGENCY_ROLES)),
    Place("Strategy", "/strategy/", may_see_figures),
    Place("Breaches", "/breaches/", lambda actor: actor.has_role(Role.GOVERNANCE)),
    Place("People", "/people/", lambda actor: actor.has_role(*_ADMINISTRATORS)),
    Place("Agreements", "/agreements/", _has_agreements),
    Place("Who is still here", "/people/confirm/", _confirms_people),
    Place("Audit", "/governance/", governs),
    Place("Staff activity", "/governance/staff/", lambda actor: bool(supervised(actor)) and not governs(actor)),
)

# Pages that are reached from another place than the one beneath whose address they lie.
ELSEWHERE = (
    (re.compile(r"/(?:cover|overdue|sign-off)/|/hasbag/proposals/"), "/"),
    (re.compile(r"/(?:victims|perpetrators|add)/|/hasbag/refer/"), "/cases/"),
    (re.compile(r"/cases/[^/]+/triage/(?:ways|ask)/"), "/triage/"),
    (re.compile(r"/cases/[^/]+/strike/comment/"), "/tasks/"),
    (re.compile(r"/governance/samples/"), "/governance/staff/"),
)


def menu_for(actor: Actor | None, path: str) -> list[MenuItem]:
    """The menu of this person on this page; the place from which the page is reached is the active one. No queries."""
    if actor is None or actor.user_id is None:
        return []
    places = [place for place in PLACES if place.offered(actor)]
    here = _place_of(path, [place.path for place in places])
    return [MenuItem(place.label, place.path, place.path == here, place.path == path, place.keys) for place in places]


def _place_of(path: str, offered: list[str]) -> str:
    """The place that a page belongs to: by name where it lies elsewhere, else the longest path above it."""
    named = next((place for pattern, place in ELSEWHERE if pattern.match(path)), "")
    if named in offered:
        return named
    return max((place for place in offered if _under(path, place)), key=len, default="")


def _under(path: str, place: str) -> bool:
    return path == place if place == "/" else path.startswith(place)
