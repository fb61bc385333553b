"""What is asked of the narrow functions of finding: the ids of a page with the counts beside it, and neighbours.

They filter by the identity of the database session, as whoever asks there; the cases themselves are then read by both
walls (selectors/case_list.py).
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import CharField, Func

from agencies.choices import Role
from kernel import clock
from kernel.references import reference_normalise

_SPOCS = (
    "array(select u.name from agencies_membership m join agencies_user u on u.id = m.user_id"  # noqa: S608
    " where m.agency_id = {agency} and m.is_active and u.is_active"
    f" and m.roles && array['{Role.SPOC.value}', '{Role.DEPUTY_SPOC.value}']::varchar[] order by u.name)"
)
_SIGNPOSTS = (
    "select jsonb_agg(jsonb_build_object('ref', s.case_ref, 'lead_agency', g.name, 'spocs', "  # noqa: S608
    + _SPOCS.format(agency="g.id")
    + ") order by s.sort_at desc) from hatecase_case_signposts(%s) s join agencies_agency g on g.id = s.lead_agency_id"
)
_BESIDE = {
    "": "null::bigint[]",
    "older": "array(select p.case_id from e, hatecase_case_page(%s, e.sort_at, e.case_id, %s) p)",
    "newer": "array(select p.case_id from e, hatecase_case_page_newer(%s, e.sort_at, e.case_id, %s) p)",
}


class SpocNames(Func):
    """An expression for the names of an agency's single points of contact and their deputies, by the agency's key."""

    output_field: Any = ArrayField(CharField())

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        agency, params = compiler.compile(self.get_source_expressions()[0])
        return _SPOCS.format(agency=agency), list(params)


@dataclass(frozen=True)
class Found:
    """What a list found: the newest ids as far as they are counted, what they can be narrowed by, and where the list
    goes on from an edge (`beside`, nearest first), if the asker may see the row there.
    """

    ids: list[int]
    counts: dict[str, dict[str, int]]
    edge_known: bool
    newer: bool
    beside: list[int]
    signposts: list[dict[str, Any]]


def page_found(filters: str, *, edge: str, newer: bool, wanted: int, counted: int, signposts: int) -> Found:
    """The ids of a page of the list, by filters as the narrow functions take them, with the counts of the newest
    `counted` and, where asked for, so many signposts. One query.
    """
    way = ("newer" if newer else "older") if edge else ""
    values: list[Any] = [edge, filters, counted, clock.now()]
    values += [filters, wanted] if edge else []
    values += [signposts] if signposts else []
    with connection.cursor() as cursor:
        cursor.execute(
            "with e as (select * from hatecase_case_edge(%s))"  # noqa: S608
            " select exists (select 1 from e), hatecase_case_facets(%s, %s, %s),"
            f" {_BESIDE[way]}, ({_SIGNPOSTS if signposts else 'null::jsonb'})",
            values,
        )
        known, facets, beside, signposted = cursor.fetchone()
    facets, signposted = _loaded(facets), _loaded(signposted)
    return Found(facets["ids"], facets["counts"], known, newer, beside or [], signposted or [])


def page_ids(filters: str, limit: int, after: tuple[dt.datetime, int] | None = None) -> list[int]:
    """The ids of the newest cases by filters, older than a row's sort key where one is given. One query."""
    at, pk = after or (None, None)
    with connection.cursor() as cursor:
        cursor.execute("select case_id from hatecase_case_page(%s, %s, %s, %s)", [filters, at, pk, limit])
        return [row[0] for row in cursor.fetchall()]


@dataclass(frozen=True)
class Neighbours:
    """The references beside a case in a list: empty where it is the first or the last one."""

    newer: str = ""
    older: str = ""


def case_neighbours(*, filters: str, ref: str) -> Neighbours:
    """The cases before and after a case in a list, as far as the asker may see them and the case itself. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select newer, older from hatecase_case_neighbours(%s, %s)",
            [filters, reference_normalise(ref, "HC") or ""],
        )
        row = cursor.fetchone()
    return Neighbours(*(one or "" for one in row)) if row else Neighbours()


def case_fresh(*, filters: str, since: dt.datetime, until: dt.datetime, counted: int) -> int:
    """How many cases of a list came into the asker's view between two moments: opened then, or first shared then.
    Of the newest `counted`. One query.
    """
    with connection.cursor() as cursor:
        cursor.execute("select hatecase_case_fresh(%s, %s, %s, %s)", [filters, since, until, counted])
        return int(cursor.fetchone()[0])


def _loaded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
