"""Reports that may be about the same event, among the cases that the actor may see (docs/domain.md §10.2)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q
from django.db.models.functions import JSONObject

from incidents.choices import HOMES, OPEN_STATUSES, Tier
from incidents.models import Case, Incident
from incidents.rules.likeness import NEAR_METRES, WINDOW, Likeness, Told, full_postcode, likeness, place_key
from incidents.selectors.text import text_shown, written_by
from kernel.actors import Actor

MOST, SHOWN = 200, 3
LASTED = dt.timedelta(days=7)
"""What went on for longer is no single event."""


@dataclass(frozen=True)
class Candidate:
    """Another report that may be about the same event."""

    incident_ref: str
    case_ref: str
    agency: str
    occurred_from: Any
    narrative: str
    like: Likeness


def candidates(*, actor: Actor, case_ids: Iterable[int]) -> dict[int, list[Candidate]]:
    """For each of these cases, which the actor may see, the reports in other open cases that the actor may see too and
    that may be about the same event: likest first.

    Nothing for who may not know victims: a place may be theirs. A home counts only where the actor's agency leads both
    cases, or it would tell of an address (docs/domain.md §5.4). A RESTRICTED case is found by no
    likeness, as by no search: each look at it is told. Two queries, whatever their number.
    """
    if not actor.sees_victims:
        return {}
    return _alike(actor, list(_rows(actor).select_related("case__lead_agency").filter(case_id__in=list(case_ids))))


def candidates_of(*, actor: Actor, cases: Iterable[Case]) -> dict[int, list[Candidate]]:
    """The same for cases that came with `told_array` as their `told_rows`. One query."""
    if not actor.sees_victims:
        return {}
    return _alike(actor, [_report(case, told) for case in cases for told in case.told_rows])  # type: ignore[attr-defined]


def told_array(actor: Actor) -> ArraySubquery:
    """An expression for a query of cases: what their reports tell, as far as the actor may see it."""
    rows = _rows(actor).filter(case_id=OuterRef("pk"))
    return ArraySubquery(rows.values(data=JSONObject(**{name: name for name in (*_TOLD, *_MOMENTS, *_SHOWN)})))


_TOLD = ("ref", "location", "postcode", "easting", "northing", "place_type", "district_id")
_MOMENTS = ("occurred_from", "occurred_to")
_SHOWN = ("narrative_shown", "place_key")
"""What the database works out: no model takes it at its making."""


def _report(case: Case, told: dict[str, Any]) -> Any:
    moments = {name: dt.datetime.fromisoformat(told[name]) if told[name] else None for name in _MOMENTS}
    row: Any = Incident(case=case, **{name: told[name] for name in _TOLD}, **moments)
    row.narrative_shown, row.place_key = (told[name] for name in _SHOWN)
    return row


def _alike(actor: Actor, rows: list[Any]) -> dict[int, list[Candidate]]:
    here = [row for row in rows if _comparable(actor, row)]
    if not here:
        return {}
    # Whether the other's case is open is seen below: asked there, the database would begin with all open cases.
    there = (
        _rows(actor).select_related("case__lead_agency").filter(_near(here)).order_by("-occurred_from", "-pk")[:MOST]
    )
    others = [row for row in there if row.case.tier != Tier.RESTRICTED and _comparable(actor, row)]
    found: dict[int, dict[int, Candidate]] = defaultdict(dict)
    for row in here:
        for other in others:
            like = likeness(_told(row), _told(other)) if _meets(row, other) else None
            best = found[row.case_id].get(other.pk)
            if like and (best is None or best.like.score < like.score):
                found[row.case_id][other.pk] = _candidate(other, like)
    return {
        case_id: sorted(each.values(), key=lambda one: (-one.like.score, one.incident_ref))[:SHOWN]
        for case_id, each in found.items()
        if each
    }


def _rows(actor: Actor) -> Any:
    return Incident.objects.visible_to(actor).annotate(
        narrative_shown=text_shown(actor, F("case_id"), F("narrative"), written_by(actor, "reporting_agency")),
    )


def _near(rows: list[Any]) -> Q:
    """What may be about the same event as one of these as far as the database can tell; `_meets` and the rule decide.

    Times, numbers and whole texts are compared along an index before the walls are asked, which no expression is: so the
    key of a place is a column. Whatever its district: an event may be told from both sides of a border.
    """
    spans: list[list[dt.datetime]] = []
    for since, until in sorted(_span(row) for row in rows):
        if spans and since <= spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], until)
        else:
            spans.append([since, until])
    times = Q()
    for since, until in spans:
        # Bounds on both sides, or the index would give the whole table.
        bounds = Q(occurred_from__gte=since - LASTED, occurred_from__lte=until)
        times |= bounds & (Q(occurred_from__gte=since) | Q(occurred_to__gte=since))
    where = Q(postcode__in=sorted({full_postcode(row.postcode) for row in rows} - {""}))
    where |= Q(place_key__in=sorted({row.place_key for row in rows} - {""}))
    for easting, northing in sorted({point for row in rows if (point := _point(row))}):
        where |= Q(
            easting__range=(easting - NEAR_METRES, easting + NEAR_METRES),
            northing__range=(northing - NEAR_METRES, northing + NEAR_METRES),
        )
    return times & where


def _point(row: Any) -> tuple[int, int] | None:
    return None if row.easting is None or row.northing is None else (row.easting, row.northing)


def _meets(row: Any, other: Any) -> bool:
    """Whether another report is of the same time, in another case that is open."""
    since, until = _span(row)
    lasts = other.occurred_from >= since or (other.occurred_to is not None and other.occurred_to >= since)
    return (
        other.case_id != row.case_id
        and since - LASTED <= other.occurred_from <= until
        and lasts
        and other.case.status in OPEN_STATUSES
    )


def _span(row: Any) -> tuple[dt.datetime, dt.datetime]:
    return row.occurred_from - WINDOW, (row.occurred_to or row.occurred_from) + WINDOW


def _comparable(actor: Actor, row: Any) -> bool:
    if not (full_postcode(row.postcode) or row.place_key or _point(row)):
        return False
    return row.place_type not in HOMES or row.case.lead_agency_id in actor.agency_ids


def _told(row: Any) -> Told:
    return Told(
        row.narrative_shown,
        row.occurred_from,
        row.occurred_to,
        place_key(row.location),
        row.postcode,
        _point(row),
        row.district_id,
    )


def _candidate(row: Any, like: Likeness) -> Candidate:
    return Candidate(row.ref, row.case.ref, row.case.lead_agency.name, row.occurred_from, row.narrative_shown, like)
