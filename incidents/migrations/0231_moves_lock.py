"""Moves of incidents take the locks of every case that they write to at once, in one order."""

from __future__ import annotations

from django.db import migrations

from kernel.rls import gate_function

# A move writes to more cases than its two: to the access rows of those among which incidents ever went (0172), and to
# the repeat flag of its victims' other cases. Which they are may change while one waits for them: then what was locked is
# let go, by the end of the inner block, and all are asked for anew. Answers nothing, so that it tells of no case.
MOVES_LOCK = """
create function hatecase_moves_lock(wanted bigint[]) returns void
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  found bigint[] := '{}';
  touched bigint[];
begin
  if exists (select from unnest(wanted) as w(id) where coalesce(hatecase_case_level(w.id), 0) < 4) then return; end if;
  loop
    begin
      perform 1 from incidents_case c where c.id = any(found) order by c.id for update;
      touched := array(
        select k from unnest(wanted) as w(id) cross join lateral unnest(hatecase_case_kin(w.id)) k
        union
        select o.case_id from incidents_party p join incidents_party o on o.victim_id = p.victim_id
          where p.case_id = any(wanted));
      exit when touched <@ found;
      raise exception using errcode = 'HC001';
    exception when sqlstate 'HC001' then
      found := found || touched;
    end;
  end loop;
end $$
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0230_names_back")]

    operations = [gate_function("hatecase_moves_lock(bigint[])", MOVES_LOCK)]
