"""Who may see the county's figures. They hold no personal data; counts are suppressed for everyone."""

from __future__ import annotations

from agencies.choices import Role
from kernel.actors import Actor

READERS = (Role.STRATEGIC, Role.ANALYST, Role.CHAIR, Role.SPOC, Role.DEPUTY_SPOC, Role.MANAGER, Role.GOVERNANCE)


def may_see_figures(actor: Actor) -> bool:
    """Strategic members and analysts; and those who answer for an agency's or an area's work."""
    return actor.has_role(*READERS)
