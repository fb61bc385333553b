"""Incidents that came into a case or left it, as sources of the chronology (docs/domain.md §10.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Case as Choose
from django.db.models import CharField, F, OuterRef, Subquery, Value, When

from incidents.choices import MoveKind
from incidents.models import Case, CaseMoved, IncidentMove
from incidents.selectors.text import person_told
from kernel.actors import Actor

_NOTHING = Value("", output_field=CharField())


def move_sources(actor: Actor, of_case: Callable[[Any], Any]) -> list[tuple[Any, ...]]:
    """Name, place, rows, moment, person, agency, text and columns of each source, as the chronology draws them.

    Every reader of the case learns that incidents came or went; which case the other one is, those who may see both.
    """
    moved = of_case(CaseMoved)
    parted = moved.filter(undone_at__isnull=False)
    columns = (F("kind"), F("came"), F("incidents"), _other(actor))
    return [
        ("moved", 22, moved, "at", person_told(actor, "by"), _NOTHING, _NOTHING, columns),
        ("parted", 23, parted, "undone_at", person_told(actor, "undone_by"), _NOTHING, _NOTHING, columns),
    ]


def _other(actor: Actor) -> Any:
    """The reference of the other case, for who may see both."""
    both = IncidentMove.objects.visible_to(actor).filter(act=OuterRef("act"))
    here = When(to_case_id=OuterRef("case_id"), then=F("from_case__ref"))
    named: Any = Choose(here, default=F("to_case__ref"), output_field=CharField())
    return Subquery(both.order_by().annotate(other=named).values("other")[:1], output_field=CharField())


_Words = tuple[str, str, str]


def _how_many(incidents: str) -> str:
    return "1 incident" if incidents == "1" else f"{incidents} incidents"


def _moved(case: Case, kind: str, came: str, incidents: str, other: str) -> _Words:
    way = "came from" if came == "true" else "went to"
    title = f"{_how_many(incidents)} {way} {other or 'another case'}"
    return "sharing", f"{_LABELS[MoveKind(kind)]}: {title}", _history(case, other)


def _parted(case: Case, kind: str, came: str, incidents: str, other: str) -> _Words:
    way = "went back to" if came == "true" else "came back from"
    title = f"{_how_many(incidents)} {way} {other or 'another case'}"
    return "sharing", f"Undone: {title}", _history(case, other)


def _history(case: Case, other: str) -> str:
    """Where it can be undone: a page that shows what its reader may see of both cases."""
    return f"/cases/{case.ref}/moves/" if other else ""


_LABELS = {MoveKind.MOVE: "Moved", MoveKind.JOIN: "Cases joined", MoveKind.SPLIT: "Case split"}

MOVE_WORDS: dict[str, Callable[..., _Words]] = {"moved": _moved, "parted": _parted}
