"""What another priority does to the time limits of a case, in sentences shown before it is saved (docs/domain.md §3.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from incidents.choices import ClockKind, Priority
from kernel.when import moment_text

LOWERED = "It is lowered: a time limit that runs already stays as early as it is."
NOTHING_MOVES = "No time limit that runs moves."


@dataclass(frozen=True)
class Moved:
    """One time limit under the new priority; without `before` it starts only now."""

    kind: ClockKind
    before: datetime | None
    after: datetime


def priority_effects(before: str, after: str, moved: Iterable[Moved], now: datetime) -> list[str]:
    """The sentences: each time limit that comes forward or starts, and that a lowered priority moves none back."""
    said = list(dict.fromkeys(_sentence(one, now) for one in moved))
    if Priority(after) > Priority(before):
        return [LOWERED, *said]
    return said or [NOTHING_MOVES]


def _sentence(one: Moved, now: datetime) -> str:
    due = moment_text(one.after)
    words = f"starts, and is due by {due}" if one.before is None else f"is due by {due}, not {moment_text(one.before)}"
    late = " It is overdue at once." if one.after <= now else ""
    return f"{one.kind.label} {words}.{late}"
