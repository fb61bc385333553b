"""What agencies must ask of apps that they do not know: what a leaver holds.

The apps register their answers when they start (`apps.py`, `ready`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kernel.actors import Actor

MembersChange = Callable[[int], None]


@dataclass(frozen=True)
class Holding:
    """One kind of work that a person holds in an agency: what it is called, and how much there is of it.

    `personal` is what cannot be handed on: it is theirs as long as they stay.
    """

    label: str
    count: int
    personal: bool = False


@dataclass(frozen=True)
class Handover:
    """How one app hands on a leaver's work.

    `count(actor, user_id, agency_id)` answers what there is. `hand(actor, user_id, agency_id, to_user_id, leaving)`
    gives all of it to a colleague in the present transaction and answers what was handed on; it raises RuleError,
    with nothing done, where something cannot be handed on. What is personal ends where the person is leaving, and
    only there. It is called at every leaving: where nothing is held there is no colleague.
    """

    count: Callable[[Actor, int, int], list[Holding]]
    hand: Callable[[Actor, int, int, int | None, bool], list[Holding]]


@dataclass(frozen=True)
class Succession:
    """How one app hands on what an agency leads when its sharing agreement ends.

    `count(agency_id)` answers how much there is. `hand(actor, agency_id, successor_id)` gives what it can to the
    successor in the present transaction, and answers how much; what it may not have (a conflict of interest) stays.
    `leave(actor, agency_id)` gives back what others asked of it, once it leads nothing any more; safe to repeat.
    """

    count: Callable[[int], int]
    hand: Callable[[Actor, int, int], int]
    leave: Callable[[Actor, int], int]


NoticeAbout = Callable[[Actor, list[str]], dict[str, str]]
"""Of references, what each is called as the actor may read it; nothing of what they may not know."""

_abouts: dict[str, NoticeAbout] = {}


def notice_about_register(name: str, about: NoticeAbout) -> None:
    """Let an app say what the records are called that notices name by reference: on the page, never in a mail."""
    _abouts[name] = about


def notices_about(actor: Actor, refs: list[str]) -> dict[str, str]:
    """What the records of these references are called, over all apps. One query for each app at most."""
    return {ref: words for name in sorted(_abouts) for ref, words in _abouts[name](actor, refs).items()}


_successions: dict[str, Succession] = {}
_handovers: dict[str, Handover] = {}
_members_changes: dict[str, MembersChange] = {}


def members_change_register(name: str, follow: MembersChange) -> None:
    """Let an app follow a change of an agency's people: who holds which role there decides about access."""
    _members_changes[name] = follow


def members_changed(agency_id: int) -> None:
    """Tell every app that an agency's people or their roles have changed, in the present transaction."""
    for name in sorted(_members_changes):
        _members_changes[name](agency_id)


def handover_register(name: str, handover: Handover) -> None:
    """Let an app hand on what it knows of; a name registered again is replaced."""
    _handovers[name] = handover


def handovers() -> list[Handover]:
    """Every app's way of handing on work, in order of their names."""
    return [_handovers[name] for name in sorted(_handovers)]


def holdings(actor: Actor, user_id: int, agency_id: int) -> list[Holding]:
    """What a person holds in an agency, over all apps: counts only. As many queries as there are apps that know."""
    return [held for one in handovers() for held in one.count(actor, user_id, agency_id)]


def succession_register(name: str, succession: Succession) -> None:
    """Let an app hand on what an agency leads; a name registered again is replaced."""
    _successions[name] = succession


def led_count(agency_id: int) -> int:
    """How much an agency leads that must not be left without anybody, over all apps."""
    return sum(one.count(agency_id) for one in _successions.values())


def led_hand(actor: Actor, agency_id: int, successor_id: int) -> int:
    """Give to the successor what an agency leads, over all apps; answers how much was given."""
    return sum(_successions[name].hand(actor, agency_id, successor_id) for name in sorted(_successions))


def asked_return(actor: Actor, agency_id: int) -> int:
    """Give back what others asked of an agency that has left, over all apps; answers how much was given back."""
    return sum(_successions[name].leave(actor, agency_id) for name in sorted(_successions))
