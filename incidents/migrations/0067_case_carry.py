"""What follows incidents into another case, and names that stay hidden in both (docs/domain.md §5.4, §10.2).

After incidents went from one case to another, texts of either may name people of the other: a note that stayed names
a victim who went. `hatecase_case_kin` answers the cases between which incidents ever went; names of all of them go out
of texts and searches of each.
"""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

from kernel.rls import gate_function, through_case, wall

_GRANT_IN_FORCE = import_module("incidents.migrations.0002_functions").GRANT_IN_FORCE
_PARTS = import_module("incidents.migrations.0004_search_refresh")
_BEFORE = import_module("incidents.migrations.0062_involved_names")

# For the narrow functions alone: it says which cases belong together to whoever calls it.
KIN = """
create function hatecase_case_kin(wanted bigint) returns bigint[]
language sql stable security definer set search_path = public, pg_temp as $$
  with recursive kin(id) as (
    select wanted
    union
    select m.other from kin k cross join lateral (
      select o.to_case_id as other from incidents_incidentmove o where o.from_case_id = k.id
      union all select i.from_case_id from incidents_incidentmove i where i.to_case_id = k.id) m)
  select array_agg(id) from kin
$$;
grant create on schema public to hatecase_gate;
alter function hatecase_case_kin(bigint) owner to hatecase_gate;
revoke create on schema public from hatecase_gate;
revoke all on function hatecase_case_kin(bigint) from public
"""


def _changed(definition: str, *pairs: tuple[str, str]) -> str:
    for before, after in pairs:
        if before not in definition:
            raise ValueError(f"The function has no {before!r} to change.")
        definition = definition.replace(before, after)
    return definition


_SIDES = """  sides := hatecase_case_sides(wanted);
  if 'both' = any(sides) then return words; end if;
  kin := hatecase_case_kin(wanted);"""
TEXT_SHOWN = _changed(
    _BEFORE.TEXT_SHOWN,
    ("  sides varchar[];", "  sides varchar[];\n  kin bigint[];"),
    ("  sides := hatecase_case_sides(wanted);", _SIDES),
    ("case_id = wanted and not", "case_id = any(kin) and not"),
    ("case_id = wanted and o.side", "case_id = any(kin) and o.side"),
)


def _of_kin(names: str) -> str:
    return names.replace("case_id = c.id", "case_id = any(hatecase_case_kin(c.id))")


_NAMES = (_PARTS._VICTIMS, _PARTS._PERPETRATORS, _BEFORE._names("victim"), _BEFORE._names("perpetrator"))
# What somebody is called in one of them is left out of the words of all.
_ALL = "\nbegin\n  wanted := array(select distinct unnest(hatecase_case_kin(one)) from unnest(wanted) as one);\n"
SEARCH_REFRESH = _changed(
    _BEFORE.SEARCH_REFRESH, ("\nbegin\n", _ALL), *((names, _of_kin(names)) for names in _NAMES)
)

# Whether whoever does or asked for a task can open the case that it would go to.
_OPENS = f"""(({{agency}} is null or {{agency}} = c.lead_agency_id or (not c.restricted and exists (
      select 1 from incidents_casegrant g where g.content_object_id = c.id and g.agency_id = {{agency}}
        and g.rank >= 2 and {_GRANT_IN_FORCE}))) and not coalesce({{agency}} = any(c.excluded_agency_ids), false)
      or coalesce({{person}} = any(c.user_ids), false))
      and not coalesce({{person}} = any(c.excluded_user_ids), false)"""

# After `hatecase_incidents_move`, for who manages both cases. What hangs on an incident or clock that went follows it.
# `wanted` says what else goes: nothing ('{}'), what a joined case has to hand over ('{"all": true}'), or these rows,
# which come back when it is parted. Answers the keys of what went beside that.
CASE_CARRY = f"""
create function hatecase_case_carry(source bigint, target bigint, wanted jsonb) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  whole boolean := coalesce((wanted->>'all')::boolean, false);
  tasks bigint[]; people uuid[]; ties uuid[]; agreed bigint[];
begin
  if source = target or hatecase_case_level(source) < 4 or hatecase_case_level(target) < 4 then return null; end if;
  perform 1 from incidents_case where id in (source, target) order by id for update;
  update incidents_fieldcorrection f set case_id = target from incidents_incident i
    where i.id = f.incident_id and i.case_id = target and f.case_id = source;
  update incidents_clockpause p set case_id = target from incidents_clock k
    where k.id = p.clock_id and k.case_id = target and p.case_id = source;
  update incidents_keyevent e set case_id = target from incidents_clock k
    where k.id = e.clock_id and k.case_id = target and e.case_id = source;

  with gone as (update incidents_task t set case_id = target from incidents_case c
    where t.case_id = source and c.id = target and (
      (whole and t.closed_at is null
        and {_OPENS.format(agency="t.agency_id", person="t.assignee_id")}
        and {_OPENS.format(agency="t.asked_by_agency_id", person="t.asked_by_id")})
      or wanted->'tasks' @> to_jsonb(t.id)) returning t.id)
  select array_agg(id) into tasks from gone;
  with gone as (update incidents_involvedperson o set case_id = target
    where o.case_id = source and (whole or wanted->'people' @> to_jsonb(o.id)) returning o.id)
  select array_agg(id) into people from gone;
  with gone as (update incidents_persontie o set case_id = target
    where o.case_id = source and (whole or wanted->'ties' @> to_jsonb(o.id)) returning o.id)
  select array_agg(id) into ties from gone;
  -- What the victim agreed about updates counts on where nothing else was agreed there.
  with gone as (update incidents_updateagreement u set case_id = target
    where u.case_id = source and ((whole and not exists (
      select 1 from incidents_updateagreement a where a.case_id = target)) or wanted->'agreed' @> to_jsonb(u.id))
    returning u.id)
  select array_agg(id) into agreed from gone;
  return jsonb_build_object('tasks', coalesce(tasks, '{{}}'), 'people', coalesce(people, '{{}}'),
    'ties', coalesce(ties, '{{}}'), 'agreed', coalesce(agreed, '{{}}'));
end $$
"""

# A correction of an incident's date follows it.
CORRECTIONS = """
create policy gate_select on incidents_fieldcorrection for select to hatecase_gate using (true);
create policy gate_update on incidents_fieldcorrection for update to hatecase_gate using (true) with check (true)
"""
_CORRECTIONS_BACK = """
drop policy if exists gate_select on incidents_fieldcorrection;
drop policy if exists gate_update on incidents_fieldcorrection
"""

# What was moved before its cases' chronologies could tell it.
TOLD = """
insert into incidents_casemoved (case_id, act, kind, came, incidents, by_id, at, undone_at, undone_by_id)
select c.id, m.act, m.kind, c.id = m.to_case_id, count(*), m.by_id, m.at, m.undone_at, m.undone_by_id
from incidents_incidentmove m join incidents_case c on c.id in (m.from_case_id, m.to_case_id)
where m.from_case_id <> m.to_case_id
group by c.id, m.act, m.kind, c.id = m.to_case_id, m.by_id, m.at, m.undone_at, m.undone_by_id
on conflict do nothing
"""

# Names of the cases that belong together leave each other's searches.
REFRESH_ALL = """
do $$
declare
  concerned bigint[] := array(select from_case_id from incidents_incidentmove where from_case_id <> to_case_id
    union select to_case_id from incidents_incidentmove where from_case_id <> to_case_id);
begin
  if cardinality(concerned) > 0 then perform hatecase_search_refresh(concerned); end if;
end $$
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0066_case_moved")]

    operations = [
        wall("incidents_casemoved", through_case(), app_commands=("select", "insert", "update")),
        migrations.RunSQL(CORRECTIONS, _CORRECTIONS_BACK),
        migrations.RunSQL(KIN, "drop function if exists hatecase_case_kin(bigint)"),
        migrations.RunSQL(TEXT_SHOWN, _BEFORE.TEXT_SHOWN),
        migrations.RunSQL(SEARCH_REFRESH, _BEFORE.SEARCH_REFRESH),
        gate_function("hatecase_case_carry(bigint, bigint, jsonb)", CASE_CARRY),
        migrations.RunSQL(TOLD, migrations.RunSQL.noop),
        migrations.RunSQL(REFRESH_ALL, migrations.RunSQL.noop),
    ]
