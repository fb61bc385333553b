"""Pure decisions about people: which roles go together, and who may give them. Rules: docs/domain.md §5.3."""

from __future__ import annotations

from collections.abc import Iterable

from agencies.choices import AgencyType, Role

ADMINISTRATION = frozenset({Role.AGENCY_ADMIN, Role.SYSTEM_ADMIN})
GIVEN_BY_SYSTEM = frozenset({Role.SYSTEM_ADMIN, Role.STRATEGIC, Role.ANALYST, Role.GOVERNANCE})
"""Roles that look across agencies: only a system administrator gives or takes them."""


def roles_error(
    wanted: Iterable[str],
    held: Iterable[str],
    elsewhere: Iterable[str],
    agency_type: str,
    *,
    by_system: bool,
) -> str | None:
    """Why a person may not be given these roles in an agency, in a sentence; None where they may.

    `held` are the roles there so far, `elsewhere` those in other agencies, `by_system` whether a system administrator
    asks. Administrators of accounts never work cases, in any agency: who gives access has none.
    """
    roles, before, others = _roles(wanted), _roles(held), _roles(elsewhere)
    if not roles:
        return "Select at least one role"
    changed = (roles ^ before) & GIVEN_BY_SYSTEM
    if changed and not by_system:
        return f"Only a system administrator gives or takes the role {_names(changed)}"
    everything = roles | others
    casework = {role for role in everything if role.is_casework}
    if everything & ADMINISTRATION and casework:
        return f"Who manages accounts cannot work cases as well: {_names(casework)}"
    if {role for role in roles if role.is_casework} and not AgencyType(agency_type).is_casework:
        return f"Cases are not shared with this kind of agency: {_names({r for r in roles if r.is_casework})}"
    return None


def works_cases(roles: Iterable[str]) -> bool:
    """Whether any of these roles opens cases."""
    return any(role.is_casework for role in _roles(roles))


def _roles(values: Iterable[str]) -> frozenset[Role]:
    return frozenset(Role(value) for value in values)


def _names(roles: Iterable[Role]) -> str:
    return ", ".join(sorted(role.label for role in roles))
