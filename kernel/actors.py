"""Who is asking. Every selector and every service takes an `Actor`; none reads the request."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Actor:
    """A person (or a recipient agency, or the system) on whose behalf something is read or written.

    `agency_ids` are the agencies whose case content the actor may use: it is empty for administrators,
    strategic members and analysts, whatever agency employs them. `member_ids` are all agencies the
    person belongs to. `roles` are pairs (agency id, role). `side_ids` tell, for each agency in
    `agency_ids`, which people it may know: "both", "victim" or "perpetrator" (docs/domain.md §5.4).
    """

    user_id: int | None = None
    name: str = ""
    email: str = ""
    agency_ids: tuple[int, ...] = ()
    member_ids: tuple[int, ...] = ()
    roles: frozenset[tuple[int, str]] = frozenset()
    sides: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    agency_names: tuple[str, ...] = ()
    is_system: bool = False
    reason: str = ""

    def has_role(self, *roles: str, agency_id: int | None = None) -> bool:
        """Whether the actor holds one of these roles, in that agency if one is given."""
        return any(r in roles and agency_id in (None, a) for a, r in self.roles)

    @property
    def role_names(self) -> frozenset[str]:
        """Every role the actor holds in any agency."""
        return frozenset(r for _, r in self.roles)

    @property
    def sees_victims(self) -> bool:
        """Programme providers never see the victim side (docs/domain.md §5.3)."""
        return bool(self.sides & {"both", "victim"})

    @property
    def sees_perpetrators(self) -> bool:
        """Support agencies and reporting centres never see an alleged perpetrator's identity."""
        return bool(self.sides & {"both", "perpetrator"})


ANONYMOUS = Actor()


def system_actor(reason: str) -> Actor:
    """The system itself, acting for a stated reason. It appears as such in the audit."""
    return Actor(is_system=True, name="The system", reason=reason)
