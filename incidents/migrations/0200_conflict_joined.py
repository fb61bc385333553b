"""A conflict of interest holds in the cases that were joined with the one in which it is said (docs/domain.md §5.5)."""

from __future__ import annotations

from django.db import migrations

from kernel.rls import USER, gate_function

# What the asker has just said of a case holds in the case that has its incidents now, and on, and in those that were
# joined into it: also in those that the asker may not see. Whoever is kept out leads none of them and does no task there.
# An agency is not kept out of a merged case that it led itself. Answers in which cases it is new; null, and nothing is
# done, where it is an agency that leads the case with the incidents.
CONFLICT_JOINED = f"""
create function hatecase_conflict_joined(wanted uuid) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  said incidents_caseexclusion%rowtype;
  above bigint[]; below bigint[]; made bigint[];
begin
  select x.* into said from incidents_caseexclusion x
    where x.uid = wanted and x.set_by_id = {USER} and x.ended_at is null;
  if not found then return '[]'; end if;
  with recursive up as (
    select c.merged_into_id as id from incidents_case c where c.id = said.case_id and c.merged_into_id is not null
    union select c.merged_into_id from incidents_case c join up on c.id = up.id where c.merged_into_id is not null)
  select coalesce(array_agg(id), '{{}}') into above from up;
  with recursive down as (
    select c.id from incidents_case c where c.merged_into_id = said.case_id
    union select c.id from incidents_case c join down on c.merged_into_id = down.id)
  select coalesce(array_agg(id), '{{}}') into below from down;
  if cardinality(above || below) = 0 then return '[]'; end if;
  if exists (select 1 from incidents_case c where c.id = any(above) and c.lead_agency_id = said.agency_id
      and c.merged_into_id is null) then
    return null;
  end if;
  with gone as (
    insert into incidents_caseexclusion (uid, case_id, user_id, agency_id, reason, declared, set_by_id, created_at)
    select gen_random_uuid(), c.id, said.user_id, said.agency_id, said.reason, said.declared, said.set_by_id, said.created_at
    from incidents_case c
    where c.id = any(above || below) and c.lead_agency_id is distinct from said.agency_id and not exists (
      select 1 from incidents_caseexclusion x where x.case_id = c.id and x.ended_at is null
        and x.user_id is not distinct from said.user_id and x.agency_id is not distinct from said.agency_id)
    returning case_id)
  select coalesce(array_agg(case_id order by case_id), '{{}}') into made from gone;
  if said.user_id is not null then
    update incidents_case set lead_worker_id = nullif(lead_worker_id, said.user_id),
      deputy_id = nullif(deputy_id, said.user_id)
      where id = any(made) and (lead_worker_id = said.user_id or deputy_id = said.user_id);
    update incidents_task set assignee_id = null
      where case_id = any(made) and assignee_id = said.user_id and closed_at is null;
  end if;
  perform hatecase_access_rebuild(made);
  return (select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'ref', c.ref, 'lead', c.lead_agency_id)), '[]')
    from incidents_case c where c.id = any(made));
end $$
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0191_notices_end")]

    operations = [gate_function("hatecase_conflict_joined(uuid)", CONFLICT_JOINED)]
