"""What the figures are made from: counts over all cases, RESTRICTED ones included, without any person.

Only the worker and the owner see enough for them; the application's role would count what one person may see. Nothing
read here is stored or shown before disclosure control (`strategy/suppression/`). One query each.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from typing import Any

from django.db import connection

from incidents.choices import OPEN_STATUSES, CaseStatus, Classification
from kernel.clock import LONDON
from strategy.choices import NOT_ASSESSED, ClockResult
from strategy.rules.periods import Window
from strategy.rules.plan import Counted

_LONDON = "at time zone 'Europe/London'"

# What is counted at all (docs/domain.md §9.2): hate, in the county, each event once.
_COUNTS = "c.classification <> all(%(left_out)s) and c.status <> %(merged)s"
_PARAMETERS: dict[str, Any] = {
    "left_out": [value.value for value in Classification if not value.counts_as_hate],
    "merged": CaseStatus.MERGED.value,
    "crimes": [value.value for value in Classification if value.keeps_names],
    "open": list(OPEN_STATUSES),
}

_INCIDENTS = f"""
select month, district, agency, strands, count(*), count(*) filter (where crime)
from (
  select date_trunc('month', i.occurred_from {_LONDON})::date as month, i.district_id as district, a.code as agency,
    coalesce((select array_agg(distinct h.code order by h.code) from incidents_characteristic h
      where h.incident_id = i.id), '{{}}') as strands,
    c.classification = any(%(crimes)s) as crime
  from incidents_incident i
  join incidents_case c on c.id = i.case_id
  join agencies_agency a on a.id = c.lead_agency_id
  where i.occurred_from >= %(start)s and i.occurred_from < %(end)s and i.same_as_id is null and {_COUNTS}
) counted
group by month, district, agency, strands
"""  # noqa: S608 - put together from constants

_BANDS = f"""
select c.district_id, coalesce(nullif(c.band, ''), %(not_assessed)s), count(*)
from incidents_case c where c.status = any(%(open)s) and {_COUNTS}
group by 1, 2
"""  # noqa: S608 - put together from constants

# Each reporter is answered, so K1 runs for every report; the other clocks run once for an event.
# How a clock stands: the same decision as incidents.rules.clocks.clock_state, for all of them at once.
_CLOCKS = f"""
select k.kind, case
    when k.due_at is null or k.outcome = 'not_applicable' then 'not_applicable'
    when k.outcome = 'met' and k.met_at <= k.due_at then 'met'
    when k.outcome = 'attempted' and k.met_at <= k.due_at then 'attempted'
    when k.outcome <> 'met' and k.paused_at < k.due_at then 'paused'
    when k.outcome = 'met' or %(now)s >= k.due_at then 'missed'
    else 'running' end as result, count(*)
from incidents_clock k join incidents_case c on c.id = k.case_id
left join incidents_incident i on i.id = k.incident_id
where (i.same_as_id is null or k.kind = 'K1') and k.starts_at >= %(start)s and k.starts_at < %(end)s and {_COUNTS}
group by 1, 2
"""  # noqa: S608 - put together from constants

# Each victim of the period once, in the district of the latest incident; targeted again where another incident lies
# in the 365 days that end on that day (docs/domain.md §9.3).
_VICTIMS = f"""
with counted as (
  select distinct p.victim_id, i.id, (i.occurred_from {_LONDON})::date as day, i.district_id
  from incidents_party p
  join incidents_incident r on r.id = p.incident_id
  join incidents_incident i on i.id = coalesce(r.same_as_id, r.id)
  join incidents_case c on c.id = i.case_id
  where p.victim_id is not null and i.occurred_from < %(end)s and {_COUNTS}
),
latest as (
  select distinct on (victim_id) victim_id, day, district_id from counted
  where day >= %(first)s order by victim_id, day desc, id desc
),
each as (
  select l.victim_id, l.district_id, count(*) as incidents
  from latest l join counted k on k.victim_id = l.victim_id and k.day between l.day - 365 and l.day
  group by 1, 2
)
select district_id, count(*) filter (where incidents > 1), count(*) filter (where incidents = 1) from each group by 1
"""  # noqa: S608 - put together from constants


def incidents_counted(window: Window) -> tuple[Counter[Counted], int]:
    """The incidents of a window by everything that they are counted by, and how many of them are crimes."""
    places = {month: place for place, month in enumerate(window.months)}
    records: Counter[Counted] = Counter()
    crimes = 0
    for month, district, agency, strands, number, of_crime in _rows(_INCIDENTS, window):
        records[Counted(places[month], district, agency, tuple(strands))] += number
        crimes += of_crime
    return records, crimes


def bands_counted() -> dict[str, Counter[str]]:
    """The open cases by district and band."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for district, band, number in _query(_BANDS, {"not_assessed": NOT_ASSESSED}):
        found[district][band] += number
    return found


def clocks_counted(window: Window, now: dt.datetime) -> dict[str, Counter[ClockResult]]:
    """The clocks that started in a window by kind and how they stand now."""
    found: dict[str, Counter[ClockResult]] = defaultdict(Counter)
    for kind, result, number in _rows(_CLOCKS, window, now=now):
        found[kind][ClockResult(result)] += number
    return found


def victims_counted(window: Window) -> dict[str, tuple[int, int]]:
    """The victims of a window's incidents by district: how many were targeted again, and how many once."""
    return {district: (again, once) for district, again, once in _rows(_VICTIMS, window)}


def role_sees_everything() -> bool:
    """Whether this connection's role counts over all cases: the application's role never does. One query."""
    with connection.cursor() as cursor:
        cursor.execute("select current_user not in ('hatecase_app', 'hatecase_stats')")
        return bool(cursor.fetchone()[0])


def _rows(statement: str, window: Window, **more: Any) -> list[tuple[Any, ...]]:
    limits = {"start": _midnight(window.first), "end": _midnight(window.end), "first": window.first}
    return _query(statement, limits | more)


def _query(statement: str, more: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, _PARAMETERS | more)
        return cursor.fetchall()


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=LONDON)
