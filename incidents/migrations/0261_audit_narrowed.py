"""The audit's pages over many looks, told as before and found by less work (docs/decisions/0013-reading-the-audit.md).

- Out of hours: the hours are laid out first, and each is asked for its newest events. What is within office hours is not
  read; whether an event lies outside is still asked of the event itself.
- Own names: where few people have a name of the staff, the looks are joined with them; where many have, the looks are gone
  through from the newest until the page is full. Either way a digest narrows, and the names themselves decide.
- Looked at by many: who looked is made one row each before it is counted.
"""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

from kernel.rls import gate_function

_AUDIT = import_module("incidents.migrations.0031_audit_reading")


def _replaced(definition: str, *pairs: tuple[str, str]) -> str:
    for before, after in pairs:
        if definition.count(before) != 1:
            raise ValueError(f"Not once in the function: {before}")
        definition = definition.replace(before, after)
    return definition


def _in_place(definition: str) -> str:
    return definition.replace("create function", "create or replace function")


# --- Out of hours -----------------------------------------------------------------------------------

# The stretches of time outside the hours of a page, as far as there are events. They only narrow, so they may be too long,
# never too short: the clocks change on Sundays, which are out of hours as a whole.
HOURS = """
create function hatecase_audit_hours(filters jsonb) returns tstzmultirange
language sql stable security definer set search_path = public, pg_temp as $$
  select range_agg(tstzrange(o.starts at time zone 'Europe/London', o.ends at time zone 'Europe/London'))
  from (select
      greatest((filters->>'from')::timestamptz, (select min(e.at) from kernel_auditevent e)) as first,
      least((filters->>'before')::timestamptz, (select max(e.at) from kernel_auditevent e)) as last) b
  cross join lateral generate_series((b.first at time zone 'Europe/London')::date::timestamp,
    (b.last at time zone 'Europe/London')::date::timestamp, interval '1 day') day
  cross join lateral (
    select day, day + interval '1 day' where extract(isodow from day) > 5
      or coalesce(filters->'holidays', '[]') ? to_char(day, 'YYYY-MM-DD')
    union all select day, day + (filters->>'opens')::time
    union all select day + (filters->>'closes')::time, day + interval '1 day') o(starts, ends)
$$
"""

PAGE = _replaced(
    _AUDIT.PAGE,
    ("  shown_as text := '''''';\n", "  shown_as text := '''''';\n  source text := 'kernel_auditevent e';\n"),
    (
        "  return query execute",
        """  if filters ? 'opens' then
    source := '(select o.id from unnest($4) as hours cross join lateral (select e.id, e.at from kernel_auditevent e'
      || ' where e.at >= lower(hours) and e.at < upper(hours)' || conditions || about
      || ' order by e.at desc, e.id desc limit $3) o order by o.at desc, o.id desc limit $3) o'
      || ' join kernel_auditevent e on e.id = o.id';
  end if;
  return query execute""",
    ),
    ("from kernel_auditevent e left join", "from ' || source || ' left join"),
    (
        "using before_at, before_id, wanted;",
        "using before_at, before_id, wanted, case when filters ? 'opens' then hatecase_audit_hours(filters) end;",
    ),
)

# --- Own names --------------------------------------------------------------------------------------

MANY = 50_000
"""With so many pairs of staff and namesakes the newest looks fill a page sooner than joining all of them would find it."""

_LOOK = "e.id, e.at, e.actor_id, e.case_id, e.subject_type, e.subject_id"


def _subject(kind: str) -> str:
    return f"case when e.subject_type = '{kind}' and length(e.subject_id) = 36 then e.subject_id::uuid end"


_VICTIM, _PERPETRATOR = _subject("victims.victim"), _subject("perpetrators.allegedperpetrator")

# The staff with a namesake at all, a row for each word of their names that is somebody's family name.
_STAFF = """
  with words as materialized (
    select u.id, lower(w.word) as word from agencies_user u
      cross join lateral regexp_split_to_table(u.name, '\\s+') w(word) where length(w.word) > 2),
  alike as materialized (
    select d.word, (select count(*) from victims_victim v where lower(v.family_name) = d.word and v.family_name <> '')
      + (select count(*) from perpetrators_allegedperpetrator p
         where lower(p.family_name) = d.word and p.family_name <> '') as people
    from (select distinct word from words) d)
  select array_agg(w.id), array_agg(w.word), coalesce(sum(a.people), 0) into own_ids, own_words, namesakes
    from words w join alike a on a.word = w.word where a.people > 0"""

# Whether a look may be one at a namesake, by the digests of the case and the name of the person looked at.
_NEAR = f"""select bool_or(n.near) from (
          select (e.actor_id, a.family_key) in (select id, key from staff) as near from victims_victimaccess a
            where a.case_id = e.case_id and a.family_key is not null
          union all select (e.actor_id, a.family_key) in (select id, key from staff) from perpetrators_perpetratoraccess a
            where a.case_id = e.case_id and a.family_key is not null
          union all select (e.actor_id, lower(v.family_name)) in (select id, word from staff) from victims_victim v
            where v.id = {_VICTIM}
          union all select (e.actor_id, lower(p.family_name)) in (select id, word from staff)
            from perpetrators_allegedperpetrator p where p.id = {_PERPETRATOR}) n"""

# Whether it is one, and of the whole name; null where it is none.
_WHOLE = f"""select bool_or(s.whole = lower(n.given_name || ' ' || n.family_name)) from (
          select v.given_name, v.family_name from victims_victimaccess a join victims_victim v on v.id = a.victim_id
            where a.case_id = e.case_id
          union all select p.given_name, p.family_name from perpetrators_perpetratoraccess a
            join perpetrators_allegedperpetrator p on p.id = a.perpetrator_id where a.case_id = e.case_id
          union all select v.given_name, v.family_name from victims_victim v where v.id = {_VICTIM}
          union all select p.given_name, p.family_name from perpetrators_allegedperpetrator p where p.id = {_PERPETRATOR}) n
        join staff s on s.id = e.actor_id and s.word = lower(n.family_name)"""

_READ = "e.operation in ('consultation', 'disclosure') and e.actor_id is not null and e.actor_id = any($5)"

# Many namesakes: the looks from the newest, as far as the page needs them.
_WALKED = f"""select {_LOOK} from kernel_auditevent e cross join lateral ({_NEAR} offset 0) k(near)
      where k.near and {_READ} $q$ || conditions || $q$ order by e.at desc, e.id desc offset 0"""
# Few: all looks of the time at once, joined with them.
_JOINED = f"""with looks as materialized (select {_LOOK} from kernel_auditevent e where {_READ} $q$ || conditions || $q$)
      select l.* from looks l where l.id in (
        select l.id from looks l join (
            select a.case_id, a.family_key from victims_victimaccess a where a.family_key is not null
            union all select a.case_id, a.family_key from perpetrators_perpetratoraccess a
              where a.family_key is not null) a on a.case_id = l.case_id
          join staff s on s.key = a.family_key and s.id = l.actor_id
        union all select l.id from looks l join (
            select s.id as user_id, 'victims.victim' as type, v.id::text as subject_id from staff s
              join victims_victim v on lower(v.family_name) = s.word and v.family_name <> ''
            union all select s.id, 'perpetrators.allegedperpetrator', p.id::text from staff s
              join perpetrators_allegedperpetrator p on lower(p.family_name) = s.word and p.family_name <> '') n
          on n.user_id = l.actor_id and n.type = l.subject_type and n.subject_id = l.subject_id)"""

# The newest `wanted` of the records are enough, of the searches there are few: what is on the page is in them.
OWN_NAME = f"""
create or replace function hatecase_audit_own_name(filters jsonb, own jsonb, before_at timestamptz, before_id bigint,
  wanted int)
returns table {_AUDIT._ROW}
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  conditions text := hatecase_audit_conditions(filters);
  hidden record;
  own_ids int[];
  own_words text[];
  namesakes bigint;
  near text;
begin
  if not hatecase_governs() then return; end if;
  select * into hidden from hatecase_audit_hidden();
  if cardinality(hidden.cases) > 0 then
    conditions := conditions || format(' and (e.case_id is null or e.case_id <> all(%L::bigint[]))'
      || ' and e.subject_id <> all(%L::text[]) and e.subject_ref <> all(%L::text[])',
      hidden.cases, hidden.subjects, hidden.refs);
  end if;
  if before_at is not null then conditions := conditions || ' and (e.at, e.id) < ($1, $2)'; end if;
{_STAFF};
  near := case when namesakes > {MANY} then $q$ {_WALKED} $q$ else $q$ {_JOINED} $q$ end;
  return query execute $q$ with
    staff as materialized (
      select s.id, s.word, hatecase_family_key(s.word) as key, lower(u.name) as whole
      from unnest($5, $6) s(id, word) join agencies_user u on u.id = s.id),
    found as (
      (select e.id, w.whole, 'record' as kind
        from ($q$ || near || $q$) e cross join lateral ({_WHOLE} offset 0) w(whole)
        where w.whole is not null order by e.at desc, e.id desc limit $3)
      union all select e.id, o.whole, 'search' from jsonb_to_recordset($4) as o(user_id int, digest text, whole boolean)
        join kernel_auditevent e on e.detail ? 'words' and e.detail ->> 'words' = o.digest and e.actor_id = o.user_id
        where true $q$ || conditions || $q$)
    select {_AUDIT._SHOWN}, e.subject_ref, c.ref, e.reason, {_AUDIT._DETAIL},
      case when f.kind = 'record' then case when f.whole then 'full' else 'family' end
        else case when f.whole then 'search_full' else 'search_word' end end
    from (select f.id, bool_or(f.whole) as whole, min(f.kind) as kind from found f group by f.id) f
    join kernel_auditevent e on e.id = f.id left join incidents_case c on c.id = e.case_id
    order by e.at desc, e.id desc limit $3 $q$
    using before_at, before_id, wanted, own, own_ids, own_words;
end $$
"""

# --- Looked at by many ------------------------------------------------------------------------------

OFTEN = _replaced(
    _AUDIT.OFTEN,
    (
        """      select case when e.case_id is not null then 'case' when e.subject_type = 'victims.victim' then 'victim'
          else 'perpetrator' end as kind,
        coalesce(e.case_id::text, e.subject_id) as subject,
        count(distinct e.actor_id) as people, count(*) as looks, max(e.at) as latest
      from kernel_auditevent e
""",
        """      select case when o.case_id is not null then 'case' when o.type = 'victims.victim' then 'victim'
          else 'perpetrator' end as kind,
        coalesce(o.case_id::text, o.subject) as subject,
        count(*) as people, sum(o.looks)::bigint as looks, max(o.latest) as latest
      from (select e.case_id, case when e.case_id is null then e.subject_type end as type,
          case when e.case_id is null then e.subject_id end as subject, e.actor_id,
          count(*) as looks, max(e.at) as latest
      from kernel_auditevent e
""",
    ),
    (
        "      group by 1, 2 having count(distinct e.actor_id) >= threshold\n      order by 3 desc, 4 desc limit wanted)",
        """      group by 1, 2, 3, 4) o
      group by o.case_id, o.type, o.subject having count(*) >= threshold
      order by 3 desc, 4 desc, 5 desc limit wanted)""",
    ),
)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0260_namesakes"), ("kernel", "0005_audit_looks")]

    # Replaced in place: owner and who may call them stay as they are.
    operations = [
        gate_function("hatecase_audit_hours(jsonb)", HOURS),
        # Asked inside the page alone: by itself it would tell how far the audit goes back.
        migrations.RunSQL(
            "revoke execute on function hatecase_audit_hours(jsonb) from hatecase_app, hatecase_worker",
            migrations.RunSQL.noop,
        ),
        *[
            migrations.RunSQL(_in_place(now), _in_place(before))
            for now, before in ((PAGE, _AUDIT.PAGE), (OWN_NAME, _AUDIT.OWN_NAME), (OFTEN, _AUDIT.OFTEN))
        ],
    ]
