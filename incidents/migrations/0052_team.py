"""A supervisor's team in numbers: one narrow function, so that a team of thousands of cases is counted in one pass.

Under the policies every task and every clock would look its case up by itself. It counts for the agencies in which the
asker is point of contact, deputy or manager, and only in cases that the asker may see at this moment.
"""

from __future__ import annotations

from django.db import migrations

from kernel.rls import AGENCIES, USER, gate_function

_OPEN = "('new', 'triage', 'open', 'on_hold', 'monitoring', 'reopened')"
_SEEN = """((not c.restricted and c.agency_ids && a.ids) or c.user_ids @> array[a.asker])
      and not c.excluded_agency_ids && a.ids and not c.excluded_user_ids @> array[a.asker]
      and (c.access_ends_at is null or c.access_ends_at > statement_timestamp() or hatecase_case_level(c.id) >= 2)"""

TEAM = f"""
create function hatecase_team(moment timestamptz)
  returns table (what text, user_id int, band varchar, counted bigint, late bigint)
language sql stable security definer set search_path = public, pg_temp set jit = off as $$
  with asker as materialized (select {AGENCIES} as ids, {USER} as asker),
  led as materialized (
    select m.agency_id from agencies_membership m, asker a
    where m.user_id = a.asker and m.is_active and m.agency_id = any(a.ids)
      and m.roles && array['spoc', 'deputy_spoc', 'manager']::varchar[]),
  seen as materialized (
    select c.id, c.lead_worker_id, c.band from incidents_case c, asker a
    where c.lead_agency_id in (select agency_id from led) and c.status in {_OPEN} and {_SEEN})
  select 'case', s.lead_worker_id, s.band, count(*), 0::bigint from seen s group by s.lead_worker_id, s.band
  union all
  select 'clock', s.lead_worker_id, '', count(*), count(*)
  from incidents_clock k join seen s on s.id = k.case_id
  where k.lead_agency_id in (select agency_id from led) and k.closed_at is null and k.due_at <= moment
    and k.met_at is null and k.paused_at is null
  group by s.lead_worker_id
  union all
  select 'task', t.assignee_id, '', count(*), count(*) filter (where t.due_at <= moment)
  from incidents_task t join incidents_case c on c.id = t.case_id, asker a
  where t.agency_id in (select agency_id from led) and t.closed_at is null and {_SEEN}
  group by t.assignee_id
$$
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0051_allocation_walls")]

    operations = [gate_function("hatecase_team(timestamptz)", TEAM)]
