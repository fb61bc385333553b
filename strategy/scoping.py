"""Who may see the county's figures. They hold no personal data; counts are suppressed for everyone."""

from __future__ import annotations

from agencies.choices import Role
from kernel.actors import Actor
from kernel.errors import ForbiddenError

READERS = (Role.STRATEGIC, Role.ANALYST, Role.CHAIR, Role.SPOC, Role.DEPUTY_SPOC, Role.MANAGER, Role.GOVERNANCE)


def may_see_figures(actor: Actor) -> bool:
    """Strategic members and analysts; and those who answer for an agency's or an area's work."""
    return actor.has_role(*READERS)


def require_reader(actor: Actor) -> None:
    """Raise ForbiddenError for somebody who may not see figures."""
    if not may_see_figures(actor):
        raise ForbiddenError("Your role does not see the county’s figures.")
