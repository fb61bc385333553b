"""Who of a case was reached, or tried, and when: what the clocks that hang on a contact are worked out from. Pure."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime

from incidents.rules.clocks import Attempt, attempts_complete_at, minute_of


@dataclass(frozen=True)
class Told:
    """One contact, as far as a clock hangs on it. `victim` is a key; None where it was with somebody else.

    `tried` is an attempt of ours; `acknowledged` that it acknowledged the report to whoever made it.
    """

    at: datetime
    method: str
    victim: Hashable | None = None
    two_way: bool = False
    tried: bool = False
    acknowledged: bool = False


def with_victims(told: Iterable[Told], victims: Collection[Hashable] | None) -> list[Told]:
    """The contacts with these victims; without any, with whichever victim."""
    return [one for one in told if one.victim is not None and (not victims or one.victim in victims)]


def reached_at(told: Iterable[Told], since: datetime) -> datetime | None:
    """When a victim was first reached, from the minute of an instant on."""
    return min((one.at for one in told if one.two_way and one.at >= minute_of(since)), default=None)


def tried_at(told: Iterable[Told], since: datetime) -> datetime | None:
    """When one and the same victim had been tried often enough since an instant (docs/domain.md §3.3): attempts at
    several victims do not add up."""
    tries: dict[Hashable, list[Attempt]] = {}
    for one in told:
        if one.tried and one.victim is not None:
            tries.setdefault(one.victim, []).append(Attempt(one.at, one.method))
    done = [attempts_complete_at(theirs, since) for theirs in tries.values()]
    return min((at for at in done if at is not None), default=None)


def acknowledged_at(told: Iterable[Told], since: datetime) -> datetime | None:
    """When a report was first acknowledged, from the minute of an instant on."""
    return min((one.at for one in told if one.acknowledged and one.at >= minute_of(since)), default=None)
