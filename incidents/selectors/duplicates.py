"""Reports that may be about the same event, among the cases that the actor may see (docs/domain.md §10.2)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, CharField, DateTimeField, F, FloatField, Func, OuterRef, Q, Value, When
from django.db.models import Case as Choose
from django.db.models.functions import JSONObject, NullIf

from incidents.choices import HOMES, OPEN_STATUSES, FieldGroup, Tier
from incidents.models import Case, Incident
from incidents.rules.likeness import (
    NEAR_METRES,
    TOWN_METRES,
    WINDOW,
    Likeness,
    Told,
    full_postcode,
    likeness,
    place_key,
)
from incidents.selectors.fields import may_be_shown, shown_in
from incidents.selectors.text import text_shown, written_by
from kernel.actors import Actor
from kernel.prepared import AmongRows, OneOf, Prepared

MOST, SHOWN = 20, 3
"""So many of one kind are compared with each report, those nearest in time first; so many are shown."""
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
    cases, or where the actor is shown the victims' addresses in both, or it would tell of an address (docs/domain.md
    §5.4). A RESTRICTED case is found by no likeness, as by no search: each look at it is told. Two queries, whatever
    their number, and one more where a home in another agency's case may be meant.
    """
    if not actor.sees_victims:
        return {}
    return _alike(actor, list(_rows(actor).select_related("case__lead_agency").filter(case_id__in=list(case_ids))))


def candidates_of(*, actor: Actor, cases: Iterable[Case]) -> dict[int, list[Candidate]]:
    """The same for cases that came with `told_array` as their `told_rows`. One query, or two."""
    if not actor.sees_victims:
        return {}
    return _alike(actor, [_report(case, told) for case in cases for told in case.told_rows])  # type: ignore[attr-defined]


def told_array(actor: Actor) -> ArraySubquery:
    """An expression for a query of cases: what their reports tell, as far as the actor may see it."""
    rows = _rows(actor).filter(case_id=OuterRef("pk"))
    return ArraySubquery(rows.values(data=JSONObject(**{name: name for name in (*_TOLD, *_MOMENTS, *_SHOWN)})))


_TOLD = ("id", "ref", "location", "postcode", "easting", "northing", "place_type", "district_id")
_MOMENTS = ("occurred_from", "occurred_to")
_SHOWN = ("narrative_shown", "place_key")
"""What the database works out: no model takes it at its making."""


def _report(case: Case, told: dict[str, Any]) -> Any:
    moments = {name: dt.datetime.fromisoformat(told[name]) if told[name] else None for name in _MOMENTS}
    row: Any = Incident(case=case, **{name: told[name] for name in _TOLD}, **moments)
    row.narrative_shown, row.place_key = (told[name] for name in _SHOWN)
    return row


def _alike(actor: Actor, rows: list[Any]) -> dict[int, list[Candidate]]:
    here = [row for row in rows if full_postcode(row.postcode) or row.place_key or _point(row)]
    if not here:
        return {}
    # Whether the other's case is open is seen below: asked there, the database would begin with all open cases.
    others = [row for row in _near(actor, [row.pk for row in here]) if row.case.tier != Tier.RESTRICTED]
    found: dict[int, dict[int, Candidate]] = defaultdict(dict)
    for row, other in _told_pairs(actor, [(row, other) for row in here for other in others if _meets(row, other)]):
        like = likeness(_told(row), _told(other))
        best = found[row.case_id].get(other.pk)
        if like and (best is None or best.like.score < like.score):
            found[row.case_id][other.pk] = _candidate(other, like)
    return {
        case_id: sorted(each.values(), key=lambda one: (-one.like.score, one.incident_ref))[:SHOWN]
        for case_id, each in found.items()
        if each
    }


def _told_pairs(actor: Actor, pairs: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """The pairs that may be compared: where one is a home, the actor's agencies lead the cases of all that are, or the
    actor is shown the victims' addresses in them. A query where the latter is asked."""
    unsure = {one.case_id for pair in pairs if not _led(actor, pair) for one in pair if one.place_type in HOMES}
    shown = shown_in(actor, unsure, FieldGroup.VICTIM_CONTACT) if unsure else frozenset()
    return [
        pair
        for pair in pairs
        if _led(actor, pair) or all(one.place_type not in HOMES or one.case_id in shown for one in pair)
    ]


def _led(actor: Actor, pair: tuple[Any, Any]) -> bool:
    return all(one.place_type not in HOMES or one.case.lead_agency_id in actor.agency_ids for one in pair)


def _rows(actor: Actor) -> Any:
    return Incident.objects.visible_to(actor).annotate(
        narrative_shown=text_shown(actor, F("case_id"), F("narrative"), written_by(actor, "reporting_agency")),
    )


@Prepared
def _near(actor: Actor, ids: list[int]) -> Any:
    """What may be about the same event as one of these reports, so far as the database can tell; `_meets` and the rule
    decide. Of each report's own nearest so many at places that are no homes of others, and as many homes in cases of
    others where the actor has something to do: what somebody is not told of takes nothing's place.

    Times, numbers and whole texts are compared along an index before the walls are asked, which no expression is: so the
    key of a place is a column. An event may be told from both sides of a district's border.
    """
    since, until = _shifted("occurred_from", -WINDOW), _shifted("ended", WINDOW)
    # Bounds on both sides, or the index would give the whole table.
    times = Q(occurred_from__gte=_shifted("occurred_from", -WINDOW - LASTED), occurred_from__lte=until)
    times &= Q(occurred_from__gte=since) | Q(occurred_to__gte=since)
    same_town = Q(district_id=OuterRef("district_id")) | _box(TOWN_METRES)
    where = Q(postcode=OuterRef("whole")) | Q(place_key=OuterRef("named")) & same_town | _box(NEAR_METRES)
    others = Incident.objects.visible_to(actor).filter(times & where).exclude(case_id=OuterRef("case_id"))
    others = others.annotate(apart=_Apart(F("occurred_from"), OuterRef("occurred_from"))).order_by("apart", "-pk")
    led = Q(case__lead_agency_id__in=actor.agency_ids)
    plain = others.filter(~Q(place_type__in=HOMES) | led)
    homes = others.filter(may_be_shown(actor), place_type__in=HOMES).exclude(led)
    here = Incident.objects.visible_to(actor).filter(OneOf("pk", ids))
    here = here.annotate(
        whole=_Whole(F("postcode")),
        named=NullIf(F("place_key"), Value("")),
        # No COALESCE: the database takes what is in one for something that might leak, and would leave its index.
        ended=Choose(When(occurred_to=None, then="occurred_from"), default="occurred_to"),
        near=_Unnested(*(ArraySubquery(part.values("pk")[:MOST]) for part in (plain, homes))),
    )
    return _rows(actor).select_related("case__lead_agency").filter(AmongRows("pk", here, "near"))


class _Apart(Func):
    """How far two moments are apart, in seconds."""

    template, arg_joiner = "abs(extract(epoch from %(expressions)s))", " - "
    output_field: Any = FloatField()


class _Whole(Func):
    """A whole postcode; null for a first half, which is a town and no place."""

    template = "substring(%(expressions)s from '^[A-Z0-9]+ [0-9][A-Z]{2}$')"
    output_field: Any = CharField()


class _Unnested(Func):
    """The members of arrays of keys, as rows."""

    template, arg_joiner = "unnest(%(expressions)s)", " || "
    output_field: Any = BigIntegerField()
    set_returning = True


def _shifted(column: str, by: dt.timedelta) -> Func:
    """A moment of the report, so much later or (less than nothing) earlier."""
    template = f"(%(expressions)s + interval '{round(by.total_seconds())} seconds')"
    return Func(OuterRef(column), template=template, output_field=DateTimeField())


def _box(metres: int) -> Q:
    """At a point no further from the report's than so many metres to each side."""
    east, north = OuterRef("easting"), OuterRef("northing")
    return Q(easting__range=(east - metres, east + metres), northing__range=(north - metres, north + metres))


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
