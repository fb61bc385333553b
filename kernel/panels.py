"""Parts of a page that another app contributes, so that no app imports one above it.

My work, a case's page and a person's page have places. An app registers a function for a place when it
starts (`apps.py`, `ready`); the page asks every function of the place in order. A panel carries a template
and what that template needs:

    panel_register("work", release_panel, order=30)

    {% for panel in panels %}{% include panel.template with panel=panel.data only %}{% endfor %}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kernel.actors import Actor

PLACES = ("work", "start", "case", "victim", "wishes", "perpetrator", "meeting")
"""work and start: `/` with and without case content; wishes: the form that changes a victim's. The others: the page of
one record, the subject."""


@dataclass(frozen=True)
class Panel:
    """One part of a page: the template that draws it, and the data it is given under the name `panel`."""

    template: str
    data: Mapping[str, Any] = field(default_factory=dict)


PanelFunction = Callable[[Actor, Any], Panel | None]

_PANELS: dict[str, dict[str, tuple[int, PanelFunction]]] = {place: {} for place in PLACES}


def panel_register(place: str, function: PanelFunction, *, order: int = 50) -> None:
    """Let `function(actor, subject)` contribute to a place; it answers a panel, or None where it has nothing.

    The subject is the record whose page it is (None on My work). Registering a function again replaces it.
    Raises ValueError for a place that no page has.
    """
    if place not in _PANELS:
        raise ValueError(f"{place!r} is none of {', '.join(PLACES)}")
    _PANELS[place][f"{function.__module__}.{function.__qualname__}"] = (order, function)


def panels_for(place: str, actor: Actor, subject: Any = None) -> list[Panel]:
    """The panels that this actor has at a place, lowest order first. As many queries as the functions make."""
    functions = sorted(_PANELS[place].items(), key=lambda item: (item[1][0], item[0]))
    answers = (function(actor, subject) for _, (_, function) in functions)
    return [panel for panel in answers if panel is not None]
