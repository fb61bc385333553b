"""Finding: whose work a case is and whether it is late as filters; counts beside a list; the row before and after.

`hatecase_case_facets` counts the newest cases of a list, so many at most, by what they can be narrowed by.
`hatecase_case_edge` is the sort key of a row, `hatecase_case_neighbours` the references beside it,
`hatecase_case_signposts` what an asker only knows to exist. `hatecase_case_fresh` counts what came into the asker's
view between two moments. Each walks `hatecase_case_page`, which filters by the asker's own identity, or asks
`hatecase_case_level`; none answers content.
"""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

from kernel.rls import AGENCIES, USER, gate_function

_FUNCTIONS = import_module("incidents.migrations.0002_functions")
_BEFORE = _FUNCTIONS.CASE_CONDITIONS.replace("create function", "create or replace function")
_OPEN = "('new', 'triage', 'open', 'on_hold', 'monitoring', 'reopened')"
_QUOTED_OPEN = _OPEN.replace("'", "''")
_LATE = "k.met_at is null and k.closed_at is null and k.paused_at is null and k.due_at <="
_END = """'received_before') end)
$$"""

assert _END in _BEFORE  # noqa: S101
# Whose work it is and whether it is late stand on the case and its clocks: the few that fit are found first.
CASE_CONDITIONS = _BEFORE.replace(
    _END,
    f"""'received_before') end,
    case filters->>'worker'
      when 'mine' then ' and a.case_id in (select k.id from incidents_case k where k.lead_worker_id = $2)'
      when 'none' then ' and a.lead_agency_id = any($1) and a.status in {_QUOTED_OPEN} and a.case_id in (
        select k.id from incidents_case k where k.lead_worker_id is null and k.lead_agency_id = any($1))' end,
    case when filters ? 'overdue' then format(' and a.status in {_QUOTED_OPEN} and a.case_id in (
      select k.case_id from incidents_clock k where {_LATE} %L::timestamptz)', filters->>'overdue') end)
$$""",
)

CASE_EDGE = """
create function hatecase_case_edge(wanted varchar) returns table (sort_at timestamptz, case_id bigint)
language sql stable security definer set search_path = public, pg_temp as $$
  select c.received_at, c.id from incidents_case c where c.ref = wanted and hatecase_case_level(c.id) >= 2
$$
"""

CASE_FACETS = f"""
create function hatecase_case_facets(filters jsonb, counted int, moment timestamptz) returns jsonb
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  agencies int[] := {AGENCIES};
  asker int := {USER};
  found bigint[] := array(select p.case_id from hatecase_case_page(filters, null, null, counted) p);
  counts jsonb;
begin
  with c as materialized (
    select k.id, k.status, k.band, k.district_id, k.strands, k.lead_agency_id, k.lead_worker_id
    from incidents_case k where k.id = any(found)
  ), n(facet, value, cases) as (
    select 'status', c.status::text, count(*) from c group by 2
    union all select 'band', coalesce(nullif(c.band, ''), 'none'), count(*) from c group by 2
    union all select 'district', c.district_id::text, count(*) from c group by 2
    union all select 'lead', c.lead_agency_id::text, count(*) from c group by 2
    union all select 'strand', b.place::text, count(*)
      from c cross join generate_series(0, 30) b(place) where c.strands & (1 << b.place) <> 0 group by 2
    union all select 'worker', 'mine', count(*) from c where c.lead_worker_id = asker
    union all select 'worker', 'none', count(*) from c
      where c.lead_worker_id is null and c.lead_agency_id = any(agencies) and c.status in {_OPEN}
    union all select 'overdue', 'yes', count(*) from c where c.status in {_OPEN} and exists (
      select 1 from incidents_clock k where k.case_id = c.id and {_LATE} moment)
  )
  select jsonb_object_agg(f.facet, f.counted) into counts
    from (select n.facet, jsonb_object_agg(n.value, n.cases) as counted from n where n.cases > 0 group by 1) f;
  return jsonb_build_object('ids', to_jsonb(found), 'counts', coalesce(counts, '{{}}'));
end $$
"""

CASE_NEIGHBOURS = """
create function hatecase_case_neighbours(filters jsonb, wanted varchar) returns table (newer varchar, older varchar)
language sql stable security definer set search_path = public, pg_temp as $$
  select
    (select c.ref from hatecase_case_page_newer(filters, e.sort_at, e.case_id, 1) p join incidents_case c on c.id = p.case_id),
    (select c.ref from hatecase_case_page(filters, e.sort_at, e.case_id, 1) p join incidents_case c on c.id = p.case_id)
  from hatecase_case_edge(wanted) e
$$
"""

CASE_SIGNPOSTS = f"""
create function hatecase_case_signposts(wanted int) returns table (case_ref varchar, lead_agency_id int, sort_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  select a.case_ref, a.lead_agency_id, a.sort_at from incidents_caseaccess a
  where a.level = 1 and (a.agency_id = any({AGENCIES}) or a.user_id = {USER}) and not a.excluded_agency_ids && {AGENCIES}
    and ({USER} is null or not a.excluded_user_ids @> array[{USER}])
    and (a.ends_at is null or a.ends_at > statement_timestamp() or hatecase_case_level(a.case_id) >= 1)
  order by a.sort_at desc limit wanted
$$
"""

# A case comes into somebody's view when it is opened, or when the first share of it with them begins.
CASE_FRESH = f"""
create function hatecase_case_fresh(filters jsonb, since timestamptz, until timestamptz, counted int) returns int
language sql stable security definer set search_path = public, pg_temp as $$
  select count(*)::int from hatecase_case_page(filters, null, null, counted) p
    join incidents_case c on c.id = p.case_id
    cross join lateral (select greatest(c.created_at, least(
      (select min(g.starts_at) from incidents_casegrant g
        where g.content_object_id = c.id and g.agency_id = any({AGENCIES}) and g.rank >= 2),
      (select min(n.starts_at) from incidents_caseperson n
        where n.case_id = c.id and n.user_id = {USER} and n.rank >= 2))) as at) came
  where came.at > since and came.at <= until
$$
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0038_note_search")]

    operations = [
        migrations.RunSQL(CASE_CONDITIONS, _BEFORE),
        gate_function("hatecase_case_edge(varchar)", CASE_EDGE),
        gate_function("hatecase_case_facets(jsonb, int, timestamptz)", CASE_FACETS),
        gate_function("hatecase_case_neighbours(jsonb, varchar)", CASE_NEIGHBOURS),
        gate_function("hatecase_case_signposts(int)", CASE_SIGNPOSTS),
        gate_function("hatecase_case_fresh(jsonb, timestamptz, timestamptz, int)", CASE_FRESH),
    ]
