"""Pure decisions about people: which roles go together, who may give them, and when a sign-in is over.

Rules: docs/domain.md §5.3, §8.6.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from agencies.choices import AgencyType, Role, Side, SignInEnd

ADMINISTRATION = frozenset({Role.AGENCY_ADMIN, Role.SYSTEM_ADMIN})
GIVEN_BY_SYSTEM = frozenset({Role.SYSTEM_ADMIN, Role.STRATEGIC, Role.ANALYST, Role.GOVERNANCE})
"""Roles that look across agencies: only a system administrator gives or takes them."""

KEPT_FOR = dt.timedelta(hours=1)
"""How long a form that came too late waits for its sender."""


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
    asks. Administrators of accounts never work cases, in any agency: who gives access has none. Nor are they of
    information governance, which opens what it looks into and reads the trace that they leave.
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
    if everything & ADMINISTRATION and Role.GOVERNANCE in everything:
        return f"Who manages accounts cannot do this as well: {_names({Role.GOVERNANCE})}"
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


def sign_in_end(
    *,
    started_at: dt.datetime,
    seen_at: dt.datetime,
    now: dt.datetime,
    idle: dt.timedelta,
    longest: dt.timedelta,
    short: bool = False,
) -> SignInEnd | None:
    """Why a sign-in is over by the clock, or None while it is not (docs/domain.md §8.6).

    `short`: `idle` is the limit of a sign-in in which a RESTRICTED case was opened.
    """
    if now - started_at >= longest:
        return SignInEnd.ABSOLUTE
    if now - seen_at < idle:
        return None
    return SignInEnd.IDLE_SHORT if short else SignInEnd.IDLE


CONFIRM_EVERY = dt.timedelta(days=91)
CONFIRM_GRACE = dt.timedelta(days=14)
SLEEP_AFTER = dt.timedelta(days=60)


class Confirmation(NamedTuple):
    """Whether it is time to say that somebody is still here, and whether that time has passed."""

    due: bool
    overdue: bool


def confirmation_due(last: dt.datetime, now: dt.datetime) -> Confirmation:
    """Once a quarter, with two weeks to do it in; `last` is the last answer, or when the person came."""
    return Confirmation(now - last >= CONFIRM_EVERY, now - last >= CONFIRM_EVERY + CONFIRM_GRACE)


AGREEMENT_WARNING = dt.timedelta(days=60)
_WARNED_AT = (60, 30, 14, 7, 3, 1, 0)
NOT_READY = "{name} cannot take over: its own agreement has ended, or nobody there is its single point of contact"
LONGEST_EXTENSION = dt.timedelta(days=3 * 366)


def agreement_stage(ends: dt.date, today: dt.date) -> int | None:
    """The last of the days before the end at which a warning is due; None before the first of them."""
    left = (ends - today).days
    return min((days for days in _WARNED_AT if left <= days), default=None)


def extension_error(until: dt.date, ends: dt.date | None, today: dt.date) -> str | None:
    """Why an agreement may not be extended to this day, in a sentence; None where it may."""
    if until <= max(ends or today, today):
        return "The new end must be after today and after the present end"
    return "An extension is for 3 years at most" if until - today > LONGEST_EXTENSION else None


def successor_error(side: str, successor_side: str, successor_type: str) -> str | None:
    """Why an agency may not take over another's cases, in a sentence; None where it may."""
    if not AgencyType(successor_type).is_casework:
        return "Cases are not shared with this kind of agency"
    if successor_side not in (Side.BOTH, side):
        return "This agency may not know the people of those cases"
    return None
