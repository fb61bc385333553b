"""Who is asking. Every selector and every service takes an `Actor`; none reads the request."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Actor:
    """A person (or a recipient agency, or the system) on whose behalf something is read or written.

    `agency_ids` are the agencies whose case content the actor may use: it is empty for administrators,
    strategic members and analysts, whatever agency employs them. `member_ids` are all agencies the
    person belongs to. `roles` are pairs (agency id, role). `sides` are those of the agencies in
    `agency_ids`: which people they may know, "both", "victim" or "perpetrator" (docs/domain.md §5.4).

    Somebody who works for agencies of different sides knows in each case whom those agencies may know through
    which they hold that case. Where no case is at hand, only what holds in all of them counts.
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
        """Whether the actor may know victims, whichever case it is. Programme providers never do (§5.3)."""
        return bool(self.sides) and "perpetrator" not in self.sides

    @property
    def sees_perpetrators(self) -> bool:
        """Whether the actor may know alleged perpetrators, whichever case it is. Support agencies and reporting centres
        never do."""
        return bool(self.sides) and "victim" not in self.sides

    @property
    def sees_some_victims(self) -> bool:
        """Whether there can be a case in which the actor may know victims."""
        return bool(self.sides & {"both", "victim"})

    @property
    def sees_some_perpetrators(self) -> bool:
        """Whether there can be a case in which the actor may know alleged perpetrators."""
        return bool(self.sides & {"both", "perpetrator"})

    def knowing(self, sides: frozenset[str]) -> Actor:
        """The same actor within one case, where they may know these sides together."""
        whole = "both" in sides or {"victim", "perpetrator"} <= sides
        return replace(self, sides=frozenset({"both"}) if whole else sides)


ANONYMOUS = Actor()


def system_actor(reason: str) -> Actor:
    """The system itself, acting for a stated reason. It appears as such in the audit."""
    return Actor(is_system=True, name="The system", reason=reason)
