"""The names of a case are kept beside their letters, so that a text in which one stands need not ask the people again.

Most notes name whom they are about. For each of them `hatecase_text_shown` put the names of a case together anew, and asked
again what the reader is told of the case (docs/decisions/0034-names-by-share.md). Nothing is told that was not before:
triggers take the row away as they did, and only the functions of the gate read it.
"""

from __future__ import annotations

from importlib import import_module

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

from kernel.rls import AGENCIES, USER, gate_function

_BEFORE = import_module("incidents.migrations.0172_names_by_group")

COLUMNS = ("letters", "names", "kinds", "sources", "leads")
_ALL = ", ".join(COLUMNS)
_SET = ", ".join(f"{column} = {{0}}.{column}" for column in COLUMNS)
# Every name once for each thing that it may be told by, with the agency that recorded it; what has no letter is no name.
GATHERED = f"""select coalesce(array_agg(one.letters), '{{}}') as letters, coalesce(array_agg(one.name::text), '{{}}') as names,
      coalesce(array_agg(one.kind::text), '{{}}') as kinds, coalesce(array_agg(one.source::int), '{{}}') as sources,
      coalesce(array_agg(one.lead::int), '{{}}') as leads
    from (select distinct hatecase_letters(n.name) as letters, n.name, n.kind, n.source, n.lead from ({_BEFORE.NAMES}) n
      where length(n.name) > 1 and hatecase_letters(n.name) <> '') one"""

NAMES_OF = f"""
create function hatecase_names_of(wanted bigint)
returns table (letters text[], names text[], kinds text[], sources int[], leads int[])
language plpgsql stable security definer set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  kin bigint[] := hatecase_case_kin(wanted);
begin
  return query {GATHERED};
end $$
"""

NAMES_FILL = f"""
create or replace function hatecase_names_fill(wanted bigint[]) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into incidents_casenames (case_id, {_ALL})
    select one, n.* from unnest(wanted) one cross join lateral hatecase_names_of(one) n
    on conflict (case_id) do update set {_SET.format("excluded")};
end $$
"""

# What the reader is told of a case is asked once in a statement, and only where there is something to keep back: a page of
# notes is one statement, within which nothing changes. The key names all that the answer hangs on.
TEXT_SHOWN = f"""
create or replace function hatecase_text_shown(wanted bigint, words text) returns text
language plpgsql stable security definer set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
  said text;
  known record;
  item record;
  sides varchar[];
  groups varchar[];
  told varchar[];
  triager_of int[];
  key text;
  memo text[];
  shown text := words;
begin
  if words is null or words = '' then return words; end if;
  said := hatecase_letters(words);
  select {_ALL} into known from incidents_casenames n where n.case_id = wanted;
  if not found then select * into known from hatecase_names_of(wanted); end if;
  if not exists (select from unnest(known.letters) as held(one) where strpos(said, one) > 0) then return words; end if;
  -- Names that others recorded go first, then those of the reader's own agencies (docs/permissions.md); of each the longest
  -- first, so that an address goes whole before the surname within it.
  for item in
    select n.name, array_agg(distinct n.kind)::varchar[] as kinds, array_agg(distinct n.lead) as leads
    from unnest(known.letters, known.names, known.kinds, known.sources, known.leads) as n(letters, name, kind, source, lead)
    where strpos(said, n.letters) > 0
    group by n.name
    order by bool_and(coalesce(n.source = any({AGENCIES}), false)), length(n.name) desc, n.name
  loop
    if told is null then
      key := concat(wanted, '|', statement_timestamp(), '|', current_setting('hatecase.user_id', true), '|',
        current_setting('hatecase.agency_ids', true));
      memo := string_to_array(current_setting('hatecase.told', true), ';');
      if memo[1] = key then
        told := memo[2];
        triager_of := memo[3];
      else
        sides := hatecase_case_sides(wanted);
        groups := hatecase_case_groups(wanted);
        told := '{{}}';
        if sides && array['both', 'victim']::varchar[] then
          told := array['victim'] || case when coalesce('victim_contact' = any(groups), true) then array['contact'] end
            || case when coalesce('reporter_identity' = any(groups), true) then array['reporter'] end;
        end if;
        if sides && array['both', 'perpetrator']::varchar[] and coalesce('subject_identity' = any(groups), true) then
          told := told || array['subject']::varchar[];
        end if;
        triager_of := array(select m.agency_id from agencies_membership m join agencies_agency a on a.id = m.agency_id
          where m.user_id = {USER} and m.is_active and m.agency_id = any({AGENCIES}) and m.roles && {_BEFORE.TRIAGERS}
            and a.side <> 'victim');
        perform set_config('hatecase.told', concat_ws(';', key, told::text, triager_of::text), true);
      end if;
    end if;
    if not (item.kinds <@ (told || array['quarantine']::varchar[])
        and array_remove(item.leads, null) <@ triager_of) then
      -- A very short name may be an ordinary word: it goes only where it is written as a name.
      shown := regexp_replace(normalize(shown, NFD), hatecase_name_pattern(item.name), '[not shown]',
        case when length(item.name) > 3 then 'gi' else 'g' end);
    end if;
  end loop;
  return normalize(shown, NFC);
end $$
"""

FILL = f"""
update incidents_casenames held set {_SET.format("made")}
  from (select c.id, n.* from incidents_case c cross join lateral (select hatecase_case_kin(c.id) as kin) k
    cross join lateral ({GATHERED}) n) made
  where made.id = held.case_id
"""


def _added(name: str, inner: models.Field) -> migrations.AddField:
    return migrations.AddField("casenames", name, ArrayField(inner, default=list), preserve_default=False)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0270_danger_drafted")]

    operations = [
        _added("names", models.TextField()),
        _added("kinds", models.TextField()),
        _added("sources", models.IntegerField(null=True)),
        _added("leads", models.IntegerField(null=True)),
        gate_function("hatecase_names_of(bigint)", NAMES_OF),
        # Only the functions of the gate ask for it: who could ask directly would read the names.
        migrations.RunSQL(
            "revoke execute on function hatecase_names_of(bigint) from hatecase_app, hatecase_worker",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(NAMES_FILL, _BEFORE.NAMES_FILL.replace("create function", "create or replace function")),
        migrations.RunSQL(TEXT_SHOWN, _BEFORE.TEXT_SHOWN),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
