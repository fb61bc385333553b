"""Groups of fields that a page shows only to those who need them: what a person's page must ask of apps above it.

A victim's or an alleged perpetrator's page knows no cases, and only a case says who is shown what. The app that knows
registers its answer when it starts (`apps.py`, `ready`); where none is registered, nothing is shown.
Rules: docs/domain.md §5.4.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kernel.actors import Actor

PLACES = ("victim", "perpetrator")


@dataclass(frozen=True)
class FieldLine:
    """One group as a page offers it: hidden, with a way to ask for it in a case, or shown until a time."""

    case_ref: str
    group: str
    label: str
    hidden: bool
    until: dt.datetime | None = None


@dataclass(frozen=True)
class FieldsShown:
    """The groups that a reader is shown of one record, and the lines that say so where there is something to say."""

    groups: frozenset[str] = field(default_factory=frozenset)
    lines: tuple[FieldLine, ...] = ()

    @property
    def hidden(self) -> list[str]:
        """The groups that the reader may ask for and is not shown."""
        return [line.group for line in self.lines if line.hidden]

    def lines_of(self, *groups: str) -> list[FieldLine]:
        """The lines of some groups, in that order."""
        return [line for group in groups for line in self.lines if line.group == group]


FieldsFunction = Callable[[Actor, Any], FieldsShown]

_FIELDS: dict[str, FieldsFunction] = {}


def fields_register(place: str, function: FieldsFunction) -> None:
    """Let `function(actor, record)` say what a reader of a person's page is shown; registering again replaces it.

    Raises ValueError for a place that no page has.
    """
    if place not in PLACES:
        raise ValueError(f"{place!r} is none of {', '.join(PLACES)}")
    _FIELDS[place] = function


def fields_for(place: str, actor: Actor, record: Any) -> FieldsShown:
    """What this actor is shown of a record. As many queries as the function makes; nothing where none is registered."""
    return _FIELDS[place](actor, record) if place in _FIELDS else FieldsShown()
