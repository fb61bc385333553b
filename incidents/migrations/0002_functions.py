"""The narrow functions of `hatecase_gate`: what no single asker may read, answered in one number or a list of ids.

Each filters by the asker's own identity (hatecase.user_id, hatecase.agency_ids) and answers no content.
"""

from __future__ import annotations

from django.db import migrations

from kernel.rls import AGENCIES, USER, gate_function

IN_FORCE = (
    "{0}.starts_at <= statement_timestamp() and ({0}.until is null or {0}.until > statement_timestamp())"
    " and {0}.ended_at is null"
)
GRANT_IN_FORCE = IN_FORCE.format("g")
PERSON_IN_FORCE = IN_FORCE.format("p")

# What an access row copies from its case, so that lists filter and sort without a join.
_COPIED = {
    "excluded_user_ids": "c.excluded_user_ids",
    "excluded_agency_ids": "c.excluded_agency_ids",
    "sort_at": "c.received_at",
    "status": "c.status",
    "band": "c.band",
    "district": "c.district_id",
    "strands": "c.strands",
    "lead_agency_id": "c.lead_agency_id",
    "case_ref": "c.ref",
}
COPIED = ", ".join(_COPIED)
COPIES = ", ".join(_COPIED.values())
UPSERT = ", ".join(f"{name} = excluded.{name}" for name in _COPIED)

CASE_LEVEL = f"""
create function hatecase_case_level(wanted bigint) returns int
language sql stable security definer set search_path = public, pg_temp as $$
  select case when exists (
      select 1 from incidents_caseexclusion x where x.case_id = wanted and x.ended_at is null
        and (x.user_id = {USER} or x.agency_id = any({AGENCIES})))
      and not exists (select 1 from incidents_caseperson p
        where p.case_id = wanted and p.user_id = {USER} and p.passes_exclusion and {PERSON_IN_FORCE})
    then 0
    else greatest(
      (select coalesce(max(g.rank), 0) from incidents_casegrant g join incidents_case c on c.id = g.content_object_id
        where g.content_object_id = wanted and not c.restricted and g.agency_id = any({AGENCIES}) and {GRANT_IN_FORCE}),
      (select coalesce(max(p.rank), 0) from incidents_caseperson p
        where p.case_id = wanted and p.user_id = {USER} and {PERSON_IN_FORCE})) end
$$
"""

# Whom of a case the asker may know: the sides of those of their agencies through which they hold the case at this
# moment. A named person holds it as such, so all of their agencies count (docs/domain.md §5.3, §5.4).
CASE_SIDES = f"""
create function hatecase_case_sides(wanted bigint) returns varchar[]
language sql stable security definer set search_path = public, pg_temp as $$
  select case when exists (select 1 from incidents_caseperson p
      where p.case_id = wanted and p.user_id = {USER} and p.passes_exclusion and {PERSON_IN_FORCE})
    then array['both']::varchar[] else coalesce(array_agg(distinct a.side), '{{}}') end from agencies_agency a
  where a.id = any({AGENCIES}) and hatecase_case_level(wanted) >= 2 and (
    exists (select 1 from incidents_casegrant g join incidents_case c on c.id = g.content_object_id
      where g.content_object_id = wanted and g.agency_id = a.id and g.rank >= 2 and not c.restricted and {GRANT_IN_FORCE})
    or exists (select 1 from incidents_caseperson p
      where p.case_id = wanted and p.user_id = {USER} and p.rank >= 2 and {PERSON_IN_FORCE}))
$$
"""
CASE_KNOWS = """
create function hatecase_case_knows(wanted bigint, side varchar) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select hatecase_case_sides(wanted) && array['both', side]::varchar[]
$$
"""

# Who opens a case that only the lead agency's own people open (docs/domain.md §5.4).
OWN_PEOPLE = """from incidents_case c join agencies_membership m on m.agency_id = c.lead_agency_id and m.is_active
    join agencies_user u on u.id = m.user_id and u.is_active
    where c.id = any(wanted) and c.tier = 'own'
      and (m.user_id = c.lead_worker_id or m.roles && array['spoc', 'deputy_spoc']::varchar[])"""

# From grants, named people and exclusions to the envelopes and access rows. Locks the cases in order.
ACCESS_REBUILD = f"""
create function hatecase_access_rebuild(wanted bigint[]) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform 1 from incidents_case where id = any(wanted) order by id for update;

  update incidents_caseperson p set ended_at = statement_timestamp()
  where p.case_id = any(wanted) and p.source = 'own' and p.ended_at is null
    and not exists (select 1 {OWN_PEOPLE} and c.id = p.case_id and m.user_id = p.user_id);
  insert into incidents_caseperson (case_id, user_id, level, rank, source, passes_exclusion, reason, starts_at)
    select c.id, m.user_id, 'manage', 4, 'own', false, 'Works or answers for it in the lead agency',
      statement_timestamp()
    {OWN_PEOPLE} and not exists (select 1 from incidents_caseperson p
      where p.case_id = c.id and p.user_id = m.user_id and p.source = 'own' and p.ended_at is null);

  update incidents_case c set
    restricted = (c.tier in ('own', 'restricted')),
    agency_ids = e.agencies, user_ids = e.users,
    excluded_agency_ids = e.excluded_agencies, excluded_user_ids = e.excluded_users,
    access_ends_at = e.ends_at
  from (
    select w.id,
      coalesce(x.agencies, '{{}}') as excluded_agencies, coalesce(x.users, '{{}}') as excluded_users,
      coalesce(gr.agencies, '{{}}') as agencies, coalesce(pe.users, '{{}}') as users,
      least(gr.ends_at, pe.ends_at) as ends_at
    from unnest(wanted) as w(id)
    left join lateral (
      select array_agg(x.agency_id) filter (where x.agency_id is not null) as agencies,
             array_agg(x.user_id) filter (where x.user_id is not null) as users
      from incidents_caseexclusion x where x.case_id = w.id and x.ended_at is null
        and not exists (select 1 from incidents_caseperson p where p.case_id = w.id and p.user_id = x.user_id
          and p.passes_exclusion and {PERSON_IN_FORCE})) x on true
    left join lateral (
      select array_agg(distinct g.agency_id) as agencies, min(g.until) as ends_at
      from incidents_casegrant g where g.content_object_id = w.id and g.rank >= 2 and {GRANT_IN_FORCE}) gr on true
    left join lateral (
      select array_agg(distinct p.user_id) as users, min(p.until) as ends_at
      from incidents_caseperson p where p.case_id = w.id and p.rank >= 2 and {PERSON_IN_FORCE}) pe on true
  ) e where c.id = e.id;

  delete from incidents_caseaccess a using incidents_case c
  where a.case_id = any(wanted) and c.id = a.case_id and case
    when a.agency_id is null then not exists (select 1 from incidents_caseperson p
      where p.case_id = a.case_id and p.user_id = a.user_id and {PERSON_IN_FORCE})
    else c.restricted or not exists (select 1 from incidents_casegrant g
      where g.content_object_id = a.case_id and g.agency_id = a.agency_id and {GRANT_IN_FORCE}) end;

  insert into incidents_caseaccess (case_id, agency_id, level, ends_at, {COPIED})
    select c.id, w.agency_id, w.level, w.ends_at, {COPIES}
    from (select g.content_object_id as case_id, g.agency_id, max(g.rank) as level, min(g.until) as ends_at
          from incidents_casegrant g
          where g.content_object_id = any(wanted) and {GRANT_IN_FORCE} group by 1, 2) w
    join incidents_case c on c.id = w.case_id and not c.restricted
    on conflict (case_id, agency_id) do update set level = excluded.level, ends_at = excluded.ends_at, {UPSERT};

  insert into incidents_caseaccess (case_id, user_id, level, ends_at, {COPIED})
    select c.id, w.user_id, w.level, w.ends_at, {COPIES}
    from (select p.case_id, p.user_id, max(p.rank) as level, min(p.until) as ends_at
          from incidents_caseperson p where p.case_id = any(wanted) and {PERSON_IN_FORCE} group by 1, 2) w
    join incidents_case c on c.id = w.case_id
    on conflict (case_id, user_id) do update set level = excluded.level, ends_at = excluded.ends_at, {UPSERT};

  delete from victims_victimaccess where case_id = any(wanted);
  insert into victims_victimaccess (victim_id, case_id, agency_ids, user_ids, excluded_agency_ids,
      excluded_user_ids, access_ends_at, restricted)
    select distinct on (p.victim_id, c.id) p.victim_id, c.id,
      array(select a.id from agencies_agency a where a.id = any(c.agency_ids) and a.side <> 'perpetrator'), c.user_ids,
      c.excluded_agency_ids, c.excluded_user_ids, c.access_ends_at, c.restricted
    from incidents_party p join incidents_case c on c.id = p.case_id
    where c.id = any(wanted) and p.victim_id is not null;

  delete from perpetrators_perpetratoraccess where case_id = any(wanted);
  insert into perpetrators_perpetratoraccess (perpetrator_id, case_id, agency_ids, user_ids, excluded_agency_ids,
      excluded_user_ids, access_ends_at, restricted)
    select distinct on (p.perpetrator_id, c.id) p.perpetrator_id, c.id,
      array(select a.id from agencies_agency a where a.id = any(c.agency_ids) and a.side <> 'victim'), c.user_ids,
      c.excluded_agency_ids, c.excluded_user_ids, c.access_ends_at, c.restricted
    from incidents_party p join incidents_case c on c.id = p.case_id
    where c.id = any(wanted) and p.perpetrator_id is not null;
end $$
"""

# The conditions of a list, as text, from a JSON object of filters. Values are quoted by format(%L).
CASE_CONDITIONS = """
create function hatecase_case_conditions(filters jsonb) returns text
language sql immutable set search_path = public, pg_temp as $$
  select concat(
    ' a.level >= 2 and not a.excluded_agency_ids && $1 and ($2 is null or not a.excluded_user_ids @> array[$2])',
    ' and (a.ends_at is null or a.ends_at > statement_timestamp() or hatecase_case_level(a.case_id) >= 2)',
    case when filters ? 'status' then format(' and a.status = any(%L::varchar[])',
      (select array_agg(v) from jsonb_array_elements_text(filters->'status') v)) end,
    case when filters ? 'band' then format(' and a.band = %L', filters->>'band') end,
    case when filters ? 'district' then format(' and a.district = %L', filters->>'district') end,
    case when filters ? 'strands' then format(' and a.strands & %L::int <> 0', filters->>'strands') end,
    case when filters ? 'lead' then format(' and a.lead_agency_id = %L::int', filters->>'lead') end,
    case when filters ? 'received_from' then
      format(' and a.sort_at >= %L::timestamptz', filters->>'received_from') end,
    case when filters ? 'received_before' then
      format(' and a.sort_at < %L::timestamptz', filters->>'received_before') end)
$$
"""

# Which cases match the words, for this asker: what one side alone may read counts only through an agency of that
# side, or any of a named person's own (past an end the grants themselves are asked); and every word that an agency of
# the asker wrote itself counts.
_NAMES = "(websearch_to_tsquery('simple', {q}) || websearch_to_tsquery('english', {q}))"
_KNOWS = """(a.agency_id is null or g.side <> '{other}')
        and (a.agency_id is not null and (a.ends_at is null or a.ends_at > statement_timestamp())
          or hatecase_case_knows(a.case_id, '{side}'))"""
_MATCH = f"""(s.body @@ websearch_to_tsquery('english', {{q}})
      or (s.victims @@ {_NAMES} and {_KNOWS.format(side="victim", other="perpetrator")})
      or (s.perpetrators @@ {_NAMES} and {_KNOWS.format(side="perpetrator", other="victim")})
      or exists (select 1 from incidents_casewords o where o.case_id = s.case_id and o.agency_id = any({{agencies}})
        and o.words @@ websearch_to_tsquery('english', {{q}})))"""
_ANY_MATCH = f"""(s.body @@ websearch_to_tsquery('english', {{q}}) or s.victims @@ {_NAMES}
      or s.perpetrators @@ {_NAMES})"""
_MATCH_QUOTED = _MATCH.format(q="$7", agencies="$1").replace("'", "''")

# One page of a list or a search: ids and sort keys only, newest first, by keyset. Few matches: take them all
# from the text index and filter; many: walk the access rows in order and test each, those of the asker's agencies
# and those of the asker by name.
FEW_MATCHES = 3000
CASE_PAGE = f"""
create function hatecase_case_page(filters jsonb, before_at timestamptz, before_id bigint, wanted int)
returns table (case_id bigint, sort_at timestamptz)
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  agencies int[] := {AGENCIES};
  asker int := {USER};
  sought text := nullif(filters->>'q', '');
  conditions text := hatecase_case_conditions(filters);
  matched bigint[];
  keyset text := case when before_at is null then '' else ' and (a.sort_at, a.case_id) < ($3, $4)' end;
  walked text;
begin
  if sought is not null then
    select array_agg(f.case_id) into matched from (
      select s.case_id from incidents_casesearch s where {_ANY_MATCH.format(q="sought")}
      union
      select o.case_id from incidents_casewords o
        where o.agency_id = any(agencies) and o.words @@ websearch_to_tsquery('english', sought)
      limit {FEW_MATCHES + 1}) f;
    if matched is null then return; end if;
    if cardinality(matched) <= {FEW_MATCHES} then
      return query execute 'select distinct on (a.sort_at, a.case_id) a.case_id, a.sort_at
          from incidents_caseaccess a
          left join agencies_agency g on g.id = a.agency_id
          join incidents_casesearch s on s.case_id = a.case_id
          where a.case_id = any($6) and (a.agency_id = any($1) or a.user_id = $2) and ' || conditions || keyset || '
            and {_MATCH_QUOTED}
          order by a.sort_at desc, a.case_id desc limit $5'
        using agencies, asker, before_at, before_id, wanted, matched, sought;
      return;
    end if;
    conditions := conditions || ' and exists (select 1 from incidents_casesearch s where s.case_id = a.case_id
        and {_MATCH_QUOTED})';
  end if;
  walked := conditions || keyset || ' order by a.sort_at desc, a.case_id desc limit $5';
  return query execute 'select distinct on (u.sort_at, u.case_id) u.case_id, u.sort_at from (
        select f.case_id, f.sort_at from agencies_agency g cross join lateral (
          select a.case_id, a.sort_at from incidents_caseaccess a where a.agency_id = g.id and ' || walked || ') f
        where g.id = any($1)
        union all
        select f.case_id, f.sort_at from (select null::varchar as side) g cross join lateral (
          select a.case_id, a.sort_at from incidents_caseaccess a where a.user_id = $2 and ' || walked || ') f
      ) u order by u.sort_at desc, u.case_id desc limit $5'
    using agencies, asker, before_at, before_id, wanted, matched, sought;
end $$
"""

# The incidents of a victim that count for the repeat flag (docs/domain.md §9.3): across agencies, never from a
# RESTRICTED case. Answers ids and dates; the rule decides elsewhere. Only for a victim in a case that the asker may
# see; the system asks without an identity.
VICTIM_INCIDENTS = f"""
create function hatecase_victim_incidents(wanted uuid) returns table (case_id bigint, incident_id bigint, occurred timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  select i.case_id, i.id, i.occurred_from
  from incidents_party p join incidents_incident i on i.id = p.incident_id join incidents_case c on c.id = i.case_id
  where p.victim_id = wanted and c.tier <> 'restricted'
    and c.classification not in ('not_hate', 'no_record', 'out_of_area') and c.status <> 'merged'
    and ((session_user <> 'hatecase_app' and {USER} is null and cardinality({AGENCIES}) = 0)
      or exists (select 1 from incidents_party mine where mine.victim_id = wanted
                 and hatecase_case_level(mine.case_id) >= 2))
$$
"""
REPEAT_SET = """
create function hatecase_repeat_set(wanted bigint[], flag boolean) returns void
language sql security definer set search_path = public, pg_temp as $$
  update incidents_case set repeat_victim = flag where id = any(wanted) and repeat_victim <> flag
$$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0001_initial"),
        ("victims", "0001_initial"),
        ("perpetrators", "0001_initial"),
        ("agencies", "0002_walls"),
    ]

    operations = [
        gate_function("hatecase_case_level(bigint)", CASE_LEVEL),
        gate_function("hatecase_case_sides(bigint)", CASE_SIDES),
        gate_function("hatecase_case_knows(bigint, varchar)", CASE_KNOWS),
        gate_function("hatecase_access_rebuild(bigint[])", ACCESS_REBUILD),
        gate_function("hatecase_case_conditions(jsonb)", CASE_CONDITIONS),
        gate_function("hatecase_case_page(jsonb, timestamptz, bigint, int)", CASE_PAGE),
        gate_function("hatecase_victim_incidents(uuid)", VICTIM_INCIDENTS),
        gate_function("hatecase_repeat_set(bigint[], boolean)", REPEAT_SET),
    ]
