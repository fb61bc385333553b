"""What follows a change of a victim's record in apps that victims do not know.

The apps register what they do when they start (`apps.py`, `ready`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from kernel.actors import Actor
from victims.models import Victim


class VictimChange(Enum):
    """What of a victim's record changed, for those who go by it."""

    SAFE_CONTACT = "how to contact them safely"
    WISHES = "what they want"
    DETAILS = "anything else"


@dataclass(frozen=True)
class VictimChanged:
    """A record that somebody changed: what of it, and what the changed fields said before."""

    actor: Actor
    victim: Victim
    what: frozenset[VictimChange]
    before: Mapping[str, Any]


VictimFollow = Callable[[VictimChanged], None]

_follows: dict[str, VictimFollow] = {}


def victim_change_register(name: str, follow: VictimFollow) -> None:
    """Let an app follow changes of victims' records, in their transaction; a name registered again is replaced."""
    _follows[name] = follow


def victim_changed(change: VictimChanged) -> None:
    """Tell every app what of a victim's record has changed."""
    for name in sorted(_follows):
        _follows[name](change)
