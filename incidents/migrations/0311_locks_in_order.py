"""Whoever writes to several cases takes the locks of all of them at once, in one order, before anything is written.

Names go out of the texts of every case among which incidents went; whether a victim is a repeat victim stands on each of
their cases, and what somebody is called on the access rows of each (0172, 0250, 0260). So a change of one case, or of
one person, writes to rows of others: two who began at different ends waited for each other until one of them was
refused. `incidents.services.hold` asks here. The functions answer nothing, so that they tell of no case, and hold
nothing for who may not see what they begin from.
"""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

from kernel.rls import gate_function

_BEFORE = import_module("incidents.migrations.0231_moves_lock")

# Of these cases, and of all in which these people stand, those among which incidents went. Which they are may change while one
# waits for them: then what was locked is let go, by the end of the inner block, and all are asked for anew.
HELD = """
create function hatecase_held(wanted bigint[], people uuid[]) returns void
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  found bigint[] := '{}';
  touched bigint[];
begin
  loop
    begin
      perform 1 from incidents_case c where c.id = any(found) order by c.id for update;
      touched := array(
        select distinct k from (
          select unnest(wanted) as id
          union select p.case_id from incidents_party p where p.victim_id = any(people)
          union select p.case_id from incidents_party p where p.perpetrator_id = any(people)) c
        cross join lateral unnest(hatecase_case_kin(c.id)) k);
      exit when touched <@ found;
      raise exception using errcode = 'HC001';
    exception when sqlstate 'HC001' then
      found := found || touched;
    end;
  end loop;
end $$
"""

_PEOPLE = """array(select p.victim_id from incidents_party p where p.case_id = any({0}) and p.victim_id is not null
      union select p.perpetrator_id from incidents_party p where p.case_id = any({0}) and p.perpetrator_id is not null)"""

# A case alone, with those among which its incidents went: nearly always itself, which its reader locks anyhow. `people`: with
# the other cases of everybody in it. `known`: with every case of these, who come into it, or into a new one, as far as
# the asker may see them in one of these.
CASE_HOLD = f"""
create function hatecase_case_hold(wanted bigint, people boolean, known uuid[]) returns void
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  concerned uuid[] := array(
    select o.id from unnest(known) o(id)
    where exists (select from incidents_party p where p.victim_id = o.id and hatecase_case_level(p.case_id) >= 2)
      or exists (select from incidents_party p where p.perpetrator_id = o.id and hatecase_case_level(p.case_id) >= 2));
begin
  if wanted is not null then
    if not people and cardinality(concerned) = 0 and not exists (
        select from incidents_incidentmove m where m.from_case_id = wanted or m.to_case_id = wanted) then
      return;
    end if;
    if coalesce(hatecase_case_level(wanted), 0) < 2 then return; end if;
    if people then concerned := concerned || {_PEOPLE.format("hatecase_case_kin(wanted)")}; end if;
  end if;
  perform hatecase_held(array_remove(array[wanted], null), concerned);
end $$
"""

# Of these cases those that nobody holds, with all among which incidents went; for the sweep, which does not wait. What else it locks
# it lets go with the rest.
FREE = """
create function hatecase_held_free(wanted bigint[]) returns bigint[]
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  free bigint[] := array(
    select c.id from incidents_case c
    where c.id in (select k from unnest(wanted) as w(id) cross join lateral unnest(hatecase_case_kin(w.id)) k)
    order by c.id for update skip locked);
begin
  return array(select w.id from unnest(wanted) as w(id) where hatecase_case_kin(w.id) <@ free order by w.id);
end $$
"""

MOVES_LOCK = f"""
create or replace function hatecase_moves_lock(wanted bigint[]) returns void
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  if exists (select from unnest(wanted) as w(id) where coalesce(hatecase_case_level(w.id), 0) < 4) then return; end if;
  perform hatecase_held(wanted, {_PEOPLE.format("wanted")});
end $$
"""

# What is kept of a case's names is filled and forgotten in turn. Whoever fills has the row before they read the names, so that no
# name is missed that was being written meanwhile; whoever forgets has it as well, so that nobody fills it from before.
_CLAIM = """insert into incidents_casenames (case_id, letters, names, kinds, sources, leads)
    select one, '{{}}', '{{}}', '{{}}', '{{}}', '{{}}' from unnest({0}) one order by one
    on conflict (case_id) do update set case_id = excluded.case_id;"""


def _replaced(definition: str, before: str, after: str) -> str:
    if definition.count(before) != 1:
        raise ValueError(f"Not once in the function: {before}")
    return definition.replace(before, after)


def _again(definition: str) -> str:
    return definition.replace("create function", "create or replace function")


_KEPT = import_module("incidents.migrations.0280_names_kept")
_FORGOTTEN = import_module("incidents.migrations.0172_names_by_group")
NAMES_FILL = _replaced(_KEPT.NAMES_FILL, "begin\n", f"begin\n  {_CLAIM.format('wanted')}\n")
NAMES_CHANGED = _replaced(
    _again(_FORGOTTEN.NAMES_CHANGED),
    "  delete from incidents_casenames n",
    f"  {_CLAIM.format('cases')}\n  delete from incidents_casenames n",
)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0310_memo_sealed")]

    operations = [
        gate_function("hatecase_held(bigint[], uuid[])", HELD),
        gate_function("hatecase_held_free(bigint[])", FREE),
        # One is for the functions of the gate, the other for the worker, which sees every case.
        migrations.RunSQL(
            "revoke execute on function hatecase_held(bigint[], uuid[]) from hatecase_app, hatecase_worker;"
            "revoke execute on function hatecase_held_free(bigint[]) from hatecase_app",
            migrations.RunSQL.noop,
        ),
        gate_function("hatecase_case_hold(bigint, boolean, uuid[])", CASE_HOLD),
        migrations.RunSQL(MOVES_LOCK, _again(_BEFORE.MOVES_LOCK)),
        migrations.RunSQL(NAMES_FILL, _KEPT.NAMES_FILL),
        migrations.RunSQL(NAMES_CHANGED, _again(_FORGOTTEN.NAMES_CHANGED)),
    ]
