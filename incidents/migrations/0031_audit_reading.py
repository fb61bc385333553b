"""The narrow functions that read the audit, and the wall around the monthly sample.

Each asks for the reader's role in the database itself: information governance reads events of all, a supervisor those
of their own staff. Neither finds an event about a case from which they are excluded; a supervisor none either about a
RESTRICTED case on which they are not named (docs/domain.md §5.5, §8.2). What is answered: references, actions, times,
reasons; never a digest, never the content of a record.
"""

from __future__ import annotations

from django.db import migrations

from kernel.rls import AGENCIES, USER, gate_function, wall

_ROLES = f"""
  select 1 from agencies_membership m
  join agencies_user u on u.id = m.user_id
  join agencies_agency a on a.id = m.agency_id
  where m.user_id = {USER} and m.is_active and u.is_active and a.is_active
    and (a.isa_expires_on is null or a.isa_expires_on >= (statement_timestamp() at time zone 'Europe/London')::date)
"""

GOVERNS = f"""
create function hatecase_governs() returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists ({_ROLES} and 'ig' = any(m.roles))
$$
"""

SUPERVISES = f"""
create function hatecase_supervises(wanted int) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select wanted = any({AGENCIES})
    and exists ({_ROLES} and m.agency_id = wanted and m.roles && array['manager', 'spoc', 'deputy_spoc']::varchar[])
$$
"""

# The cases from which the asker, or an agency of theirs, is excluded.
_EXCLUDED = f"""
  select x.case_id from incidents_caseexclusion x
  where x.ended_at is null and (x.user_id = {USER} or x.agency_id = any({AGENCIES})
    or x.agency_id in (select m.agency_id from agencies_membership m where m.user_id = {USER} and m.is_active))
"""

# What nobody may tell the asker of: cases, the keys of the people in them, and the references of both.
HIDDEN = f"""
create function hatecase_audit_hidden(out cases bigint[], out subjects text[], out refs text[])
language sql stable security definer set search_path = public, pg_temp as $$
  with hidden as materialized ({_EXCLUDED}),
  people as materialized (
    select v.id::text as id, v.ref from victims_victim v join victims_victimaccess a on a.victim_id = v.id
      where a.case_id in (select case_id from hidden)
    union
    select p.id::text, p.ref from perpetrators_allegedperpetrator p
      join perpetrators_perpetratoraccess a on a.perpetrator_id = p.id where a.case_id in (select case_id from hidden))
  select coalesce((select array_agg(case_id) from hidden), '{{}}'),
    coalesce((select array_agg(id) from people), '{{}}'),
    coalesce((select array_agg(ref) from (
      select c.ref from incidents_case c join hidden h on h.case_id = c.id union select ref from people) r), '{{}}')
$$
"""

# How far a supervisor may be told of an event about a case: 0 not at all, 1 without its reference, 2 with it. The
# agency must have held the case when it happened; the reference stands only as long as the case is open to the asker.
TOLD_CASE = f"""
create function hatecase_audit_told_case(wanted bigint, agency int, happened timestamptz) returns int
language sql stable security definer set search_path = public, pg_temp as $$
  select coalesce((select case
    when wanted in ({_EXCLUDED}) then 0
    when c.restricted and not exists (select 1 from incidents_caseperson p where p.case_id = c.id
      and p.user_id = {USER} and p.ended_at is null and p.starts_at <= statement_timestamp()
      and (p.until is null or p.until > statement_timestamp())) then 0
    when not c.restricted and not exists (select 1 from incidents_casegrant g where g.content_object_id = c.id
      and g.agency_id = agency and g.starts_at <= happened + interval '1 minute'
      and (g.until is null or g.until > happened) and (g.ended_at is null or g.ended_at > happened)) then 0
    when hatecase_case_level(c.id) >= 1 then 2 else 1 end
  from incidents_case c where c.id = wanted), 0)
$$
"""

# The same of any event. About a person it is told as far as of one of their cases, by an agency of their side. What is
# about no case and no person (a list, a search, a sign-in, a refusal) is told without a reference.
TOLD = """
create function hatecase_audit_told(e kernel_auditevent, agency int) returns int
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if e.case_id is not null then return hatecase_audit_told_case(e.case_id, agency, e.at); end if;
  if e.subject_type = 'victims.victim' then
    return coalesce((select max(hatecase_audit_told_case(a.case_id, agency, e.at)) from victims_victimaccess a
      where a.victim_id = e.subject_id::uuid
        and exists (select 1 from agencies_agency k where k.id = agency and k.side <> 'perpetrator')), 0);
  end if;
  if e.subject_type = 'perpetrators.allegedperpetrator' then
    return coalesce((select max(hatecase_audit_told_case(a.case_id, agency, e.at)) from perpetrators_perpetratoraccess a
      where a.perpetrator_id = e.subject_id::uuid
        and exists (select 1 from agencies_agency k where k.id = agency and k.side <> 'victim')), 0);
  end if;
  return 1;
end $$
"""

# The conditions of a page, as text, from a JSON object of filters. Values are quoted by format(%L).
CONDITIONS = """
create function hatecase_audit_conditions(filters jsonb) returns text
language sql immutable set search_path = public, pg_temp as $$
  select concat(
    case when filters ? 'user' then format(' and e.actor_id = %L::int', filters->>'user') end,
    case when filters ? 'agency' then format(' and e.actor_agencies @> array[%L::int]', filters->>'agency') end,
    case when filters ? 'operations' then format(' and e.operation = any(%L::varchar[])',
      (select array_agg(v) from jsonb_array_elements_text(filters->'operations') v)) end,
    case when filters ? 'actions' then format(' and e.action = any(%L::varchar[])',
      (select array_agg(v) from jsonb_array_elements_text(filters->'actions') v)) end,
    case when filters ? 'from' then format(' and e.at >= %L::timestamptz', filters->>'from') end,
    case when filters ? 'before' then format(' and e.at < %L::timestamptz', filters->>'before') end,
    case when filters ? 'opens' then format(
      ' and e.actor_id is not null and (extract(isodow from e.at at time zone ''Europe/London'') > 5'
      || ' or (e.at at time zone ''Europe/London'')::time < %L or (e.at at time zone ''Europe/London'')::time >= %L'
      || ' or (e.at at time zone ''Europe/London'')::date = any(%L::date[]))',
      filters->>'opens', filters->>'closes',
      coalesce((select array_agg(v) from jsonb_array_elements_text(filters->'holidays') v), '{}')) end)
$$
"""

_ROW = """(id bigint, at timestamptz, actor_id int, actor_agencies int[], operation varchar, action varchar,
  subject_ref varchar, case_ref varchar, reason varchar, detail jsonb, how text)"""
_SHOWN = "e.id, e.at, e.actor_id, e.actor_agencies, e.operation, e.action"
_DETAIL = """jsonb_strip_nulls(jsonb_build_object('system', e.detail->'system', 'agency', e.detail->'agency',
  'level', e.detail->'level', 'gateway', e.detail->'gateway', 'until', e.detail->'until', 'part', e.detail->'part',
  'page', e.detail->'page', 'status', e.detail->'status', 'view', e.detail->'view'))"""

# One page of events for information governance, newest first. With `ref` whatever touched that record: on it, in a
# list that showed it, in a pack; for a person also the reading of their cases by an agency that may know them.
PAGE = f"""
create function hatecase_audit_page(filters jsonb, before_at timestamptz, before_id bigint, wanted int)
returns table {_ROW}
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  conditions text := hatecase_audit_conditions(filters);
  hidden record;
  wanted_ref text := filters->>'ref';
  subject text;
  case_ids bigint[] := '{{}}';
  about text := '';
  shown_as text := '''''';
begin
  if not hatecase_governs() then return; end if;
  select * into hidden from hatecase_audit_hidden();
  if wanted_ref is not null then
    if wanted_ref like 'HC-%' then
      select array_agg(c.id) into case_ids from incidents_case c where c.ref = wanted_ref;
      about := format(' and (e.case_id = any(%L::bigint[]) or e.subject_ref = %L'
        || ' or (e.detail ? ''cases'' and (e.detail -> ''cases'' @> to_jsonb(%L::text)'
        || ' or e.detail -> ''cases'' @> to_jsonb(%L::bigint))))',
        coalesce(case_ids, '{{}}'), wanted_ref, wanted_ref, coalesce(case_ids[1], 0));
      shown_as := format('case when e.case_id = any(%L::bigint[]) or e.subject_ref = %L then '''' else ''listed'' end',
        coalesce(case_ids, '{{}}'), wanted_ref);
    elsif wanted_ref like 'HV-%' or wanted_ref like 'HA-%' then
      if wanted_ref like 'HV-%' then
        select v.id::text into subject from victims_victim v where v.ref = wanted_ref;
        select array_agg(a.case_id) into case_ids from victims_victimaccess a where a.victim_id = subject::uuid;
      else
        select p.id::text into subject from perpetrators_allegedperpetrator p where p.ref = wanted_ref;
        select array_agg(a.case_id) into case_ids from perpetrators_perpetratoraccess a
          where a.perpetrator_id = subject::uuid;
      end if;
      about := format(' and ((e.subject_type = %L and e.subject_id = %L) or e.subject_ref = %L'
        || ' or (e.detail ? ''victims'' and e.detail -> ''victims'' @> to_jsonb(%L::text))'
        || ' or (e.case_id = any(%L::bigint[]) and e.operation in (''consultation'', ''disclosure'') and exists ('
        || 'select 1 from agencies_agency k where k.id = any(e.actor_agencies) and k.side <> %L)))',
        case when wanted_ref like 'HV-%' then 'victims.victim' else 'perpetrators.allegedperpetrator' end,
        coalesce(subject, '-'), wanted_ref, wanted_ref, coalesce(case_ids, '{{}}'),
        case when wanted_ref like 'HV-%' then 'perpetrator' else 'victim' end);
      shown_as := format('case when e.subject_id = %L or e.subject_ref = %L then '''' when e.case_id is null'
        || ' then ''listed'' else ''case'' end', coalesce(subject, '-'), wanted_ref);
    else
      about := format(' and e.subject_ref = %L', wanted_ref);
    end if;
  end if;
  if cardinality(hidden.cases) > 0 then
    conditions := conditions || format(' and (e.case_id is null or e.case_id <> all(%L::bigint[]))'
      || ' and e.subject_id <> all(%L::text[]) and e.subject_ref <> all(%L::text[])',
      hidden.cases, hidden.subjects, hidden.refs);
    if wanted_ref = any(hidden.refs) then return; end if;
  end if;
  if before_at is not null then conditions := conditions || ' and (e.at, e.id) < ($1, $2)'; end if;
  return query execute 'select {_SHOWN}, e.subject_ref, c.ref, e.reason, {_DETAIL.replace("'", "''")}, ' || shown_as || '
      from kernel_auditevent e left join incidents_case c on c.id = e.case_id
      where true' || conditions || about || ' order by e.at desc, e.id desc limit $3'
    using before_at, before_id, wanted;
end $$
"""

# One page of the events of an agency's own staff, for its supervisors.
STAFF = f"""
create function hatecase_audit_staff(agency int, filters jsonb, before_at timestamptz, before_id bigint, wanted int)
returns table {_ROW}
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  conditions text := hatecase_audit_conditions(filters);
begin
  if not hatecase_supervises(agency) then return; end if;
  if before_at is not null then conditions := conditions || ' and (e.at, e.id) < ($1, $2)'; end if;
  return query execute 'select {_SHOWN}, case when t.told = 2 and e.subject_type in (''victims.victim'',
        ''perpetrators.allegedperpetrator'', ''incidents.incident'', ''incidents.task'') then e.subject_ref else '''' end,
        case when t.told = 2 then c.ref end, case when t.told = 2 then e.reason else '''' end,
        ''{{}}''::jsonb, case when t.told = 1 and (e.case_id is not null or e.subject_ref <> '''') then ''withheld'' else '''' end
      from kernel_auditevent e
      left join incidents_case c on c.id = e.case_id
      cross join lateral (select hatecase_audit_told(e, $4) offset 0) t(told)
      where e.actor_agencies @> array[$4] and e.actor_id = any($5) and t.told > 0' || conditions || '
      order by e.at desc, e.id desc limit $3'
    using before_at, before_id, wanted, agency,
      (select array_agg(m.user_id) from agencies_membership m where m.agency_id = agency);
end $$
"""

# Whose own name is on what they opened, or in what they searched for. `own` maps digests of words to user and kind:
# only the audit's key makes them, so they come from outside.
OWN_NAME = f"""
create function hatecase_audit_own_name(filters jsonb, own jsonb, before_at timestamptz, before_id bigint, wanted int)
returns table {_ROW}
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  conditions text := hatecase_audit_conditions(filters);
  hidden record;
begin
  if not hatecase_governs() then return; end if;
  select * into hidden from hatecase_audit_hidden();
  if cardinality(hidden.cases) > 0 then
    conditions := conditions || format(' and (e.case_id is null or e.case_id <> all(%L::bigint[]))'
      || ' and e.subject_id <> all(%L::text[]) and e.subject_ref <> all(%L::text[])',
      hidden.cases, hidden.subjects, hidden.refs);
  end if;
  if before_at is not null then conditions := conditions || ' and (e.at, e.id) < ($1, $2)'; end if;
  return query execute 'with staff as materialized (
      select u.id, lower(u.name) as whole, lower(w.word) as word
      from agencies_user u cross join lateral regexp_split_to_table(u.name, ''\\s+'') w(word) where length(w.word) > 2),
    people as materialized (
      select v.id, ''victims.victim'' as type, v.given_name, v.family_name from victims_victim v where v.family_name <> ''''
      union all select p.id, ''perpetrators.allegedperpetrator'', p.given_name, p.family_name
        from perpetrators_allegedperpetrator p where p.family_name <> ''''),
    same as materialized (
      select s.id as user_id, p.id, p.type,
        bool_or(s.whole = lower(p.given_name || '' '' || p.family_name)) as whole
      from staff s join people p on lower(p.family_name) = s.word group by 1, 2, 3),
    cases as materialized (
      select s.user_id, a.case_id, bool_or(s.whole) as whole
      from same s join victims_victimaccess a on s.type = ''victims.victim'' and a.victim_id = s.id group by 1, 2
      union all select s.user_id, a.case_id, bool_or(s.whole) from same s join perpetrators_perpetratoraccess a
        on s.type = ''perpetrators.allegedperpetrator'' and a.perpetrator_id = s.id group by 1, 2),
    found as (
      select e.id, s.whole, ''record'' as kind from same s join kernel_auditevent e
        on e.subject_type = s.type and e.subject_id = s.id::text and e.actor_id = s.user_id
        where e.operation in (''consultation'', ''disclosure'')' || conditions || '
      union all select e.id, s.whole, ''record'' from cases s join kernel_auditevent e
        on e.case_id = s.case_id and e.actor_id = s.user_id
        where e.operation in (''consultation'', ''disclosure'')' || conditions || '
      union all select e.id, o.whole, ''search'' from jsonb_to_recordset($4) as o(user_id int, digest text, whole boolean)
        join kernel_auditevent e on e.detail ? ''words'' and e.detail ->> ''words'' = o.digest and e.actor_id = o.user_id
        where true' || conditions || ')
    select {_SHOWN}, e.subject_ref, c.ref, e.reason, {_DETAIL.replace("'", "''")},
      case when f.kind = ''record'' then case when f.whole then ''full'' else ''family'' end
        else case when f.whole then ''search_full'' else ''search_word'' end end
    from (select f.id, bool_or(f.whole) as whole, min(f.kind) as kind from found f group by f.id) f
    join kernel_auditevent e on e.id = f.id left join incidents_case c on c.id = e.case_id
    order by e.at desc, e.id desc limit $3'
    using before_at, before_id, wanted, own;
end $$
"""

# The records that many different people looked at.
OFTEN = """
create function hatecase_audit_often(starts timestamptz, ends timestamptz, threshold int, wanted int)
returns table (ref varchar, kind text, people bigint, looks bigint, latest timestamptz)
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  hidden record;
begin
  if not hatecase_governs() then return; end if;
  select * into hidden from hatecase_audit_hidden();
  return query
    with looked as materialized (
      select case when e.case_id is not null then 'case' when e.subject_type = 'victims.victim' then 'victim'
          else 'perpetrator' end as kind,
        coalesce(e.case_id::text, e.subject_id) as subject,
        count(distinct e.actor_id) as people, count(*) as looks, max(e.at) as latest
      from kernel_auditevent e
      where e.at >= starts and e.at < ends and e.operation in ('consultation', 'disclosure') and e.actor_id is not null
        and (e.case_id is not null or e.subject_type in ('victims.victim', 'perpetrators.allegedperpetrator'))
        and (e.case_id is null or e.case_id <> all(hidden.cases)) and e.subject_id <> all(hidden.subjects)
      group by 1, 2 having count(distinct e.actor_id) >= threshold
      order by 3 desc, 4 desc limit wanted)
    select coalesce(c.ref, v.ref, p.ref), l.kind, l.people, l.looks, l.latest
    from looked l
    left join incidents_case c on l.kind = 'case' and c.id = case when l.kind = 'case' then l.subject::bigint end
    left join victims_victim v on v.id = case when l.kind = 'victim' then l.subject::uuid end
    left join perpetrators_allegedperpetrator p on p.id = case when l.kind = 'perpetrator' then l.subject::uuid end
    order by l.people desc, l.looks desc, l.latest desc;
end $$
"""

# Whether the asker may know of an event of the sample, and whether they may sign it off: never their own.
DIP_TOLD = """
create function hatecase_dip_told(wanted bigint, agency int) returns int
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  e kernel_auditevent;
  hidden record;
begin
  select * into e from kernel_auditevent where id = wanted;
  if not found then return 0; end if;
  if hatecase_governs() then
    select * into hidden from hatecase_audit_hidden();
    if e.case_id = any(hidden.cases) or e.subject_id = any(hidden.subjects) or e.subject_ref = any(hidden.refs) then
      return 0;
    end if;
    return 2;
  end if;
  if hatecase_supervises(agency) then return hatecase_audit_told(e, agency); end if;
  return 0;
end $$
"""
DIP_SIGNABLE = f"""
create function hatecase_dip_signable(wanted bigint, agency int) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select hatecase_dip_told(wanted, agency) > 0
    and exists (select 1 from kernel_auditevent e where e.id = wanted and e.actor_id <> {USER})
$$
"""

# One page of the sample with its events: what is overdue first.
DIP_PAGE = f"""
create function hatecase_dip_page(filters jsonb, after_due date, after_id bigint, wanted int)
returns table (item_id bigint, agency_id int, month date, due_on date, outcome varchar, note varchar, signed_by_id int,
  signed_at timestamptz, own boolean, id bigint, at timestamptz, actor_id int, actor_agencies int[], operation varchar,
  action varchar, subject_ref varchar, case_ref varchar, reason varchar, detail jsonb, how text)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return query
    select d.id, d.agency_id, d.month, d.due_on, d.outcome, d.note, d.signed_by_id, d.signed_at, e.actor_id = {USER},
      {_SHOWN},
      case when t.told < 2 or (not t.governs and e.subject_type not in ('victims.victim',
        'perpetrators.allegedperpetrator', 'incidents.incident', 'incidents.task')) then '' else e.subject_ref end,
      case when t.told = 2 then c.ref end, case when t.told = 2 then e.reason else '' end,
      case when t.governs then {_DETAIL} else '{{}}'::jsonb end,
      case when t.told = 1 and (e.case_id is not null or e.subject_ref <> '') then 'withheld' else '' end
    from incidents_dipitem d
    join kernel_auditevent e on e.id = d.event_id
    left join incidents_case c on c.id = e.case_id
    cross join lateral (select hatecase_dip_told(d.event_id, d.agency_id), hatecase_governs() offset 0) t(told, governs)
    where t.told > 0
      and (not filters ? 'item' or d.id = (filters->>'item')::bigint)
      and (not filters ? 'agency' or d.agency_id = (filters->>'agency')::int)
      and (not filters ? 'month' or d.month = (filters->>'month')::date)
      and (not filters ? 'open' or (d.outcome = '') = (filters->>'open')::boolean)
      and (not filters ? 'due_before' or d.due_on < (filters->>'due_before')::date)
      and (after_id is null or (d.due_on, d.id) > (after_due, after_id))
    order by d.due_on, d.id limit wanted;
end $$
"""

DIP_SEEN = "hatecase_dip_told(event_id, agency_id) > 0"
SIGN = f"""
create policy app_update on incidents_dipitem for update to hatecase_app
  using ({DIP_SEEN} and outcome = '')
  with check (hatecase_dip_signable(event_id, agency_id) and outcome <> '' and signed_by_id = {USER})
"""


# Asked inside the others alone: by itself it would tell whether another agency held a case.
INNER = """
revoke execute on function hatecase_audit_hidden(), hatecase_audit_told_case(bigint, int, timestamptz),
  hatecase_audit_told(kernel_auditevent, int) from hatecase_app, hatecase_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0030_dip_sample"), ("kernel", "0003_audit_reading")]

    operations = [
        gate_function("hatecase_governs()", GOVERNS),
        gate_function("hatecase_supervises(int)", SUPERVISES),
        gate_function("hatecase_audit_hidden()", HIDDEN),
        gate_function("hatecase_audit_told_case(bigint, int, timestamptz)", TOLD_CASE),
        gate_function("hatecase_audit_told(kernel_auditevent, int)", TOLD),
        gate_function("hatecase_audit_conditions(jsonb)", CONDITIONS),
        gate_function("hatecase_audit_page(jsonb, timestamptz, bigint, int)", PAGE),
        gate_function("hatecase_audit_staff(int, jsonb, timestamptz, bigint, int)", STAFF),
        gate_function("hatecase_audit_own_name(jsonb, jsonb, timestamptz, bigint, int)", OWN_NAME),
        gate_function("hatecase_audit_often(timestamptz, timestamptz, int, int)", OFTEN),
        gate_function("hatecase_dip_told(bigint, int)", DIP_TOLD),
        gate_function("hatecase_dip_signable(bigint, int)", DIP_SIGNABLE),
        gate_function("hatecase_dip_page(jsonb, date, bigint, int)", DIP_PAGE),
        migrations.RunSQL(INNER, migrations.RunSQL.noop),
        wall("incidents_dipsample", "hatecase_governs()", app_commands=("select",), gate="select"),
        wall("incidents_dipitem", DIP_SEEN, app_commands=("select",), gate="select"),
        migrations.RunSQL(SIGN, "drop policy app_update on incidents_dipitem"),
    ]
