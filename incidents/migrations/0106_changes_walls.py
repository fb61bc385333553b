"""The second wall around what changed in a case and the steps of its tasks, and how changes are written that their
writer may not read.

A victim's record changes for every case that they are in, of which whoever changed it may see some alone; an
administrator who hands work on sees none.
"""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

from kernel.rls import USER, gate_function, role_in, through_case, wall

_ALLOCATION = import_module("incidents.migrations.0051_allocation_walls")

CASE = through_case()
_LEADS = "exists (select 1 from incidents_case c where c.id = case_id and {role} offset 0)"
_TRIAGERS = _LEADS.format(role=role_in("c.lead_agency_id", "triager", "spoc", "deputy_spoc", "manager"))
_DECIDERS = _LEADS.format(role=role_in("c.lead_agency_id", "spoc", "deputy_spoc", "manager"))
CHANGE = (
    f"{CASE} and (not needs_victim or hatecase_case_knows(case_id, 'victim'))"
    " and (not needs_perpetrator or hatecase_case_knows(case_id, 'perpetrator'))"
    f" and (readers = 'everybody' or (readers = 'triagers' and {_TRIAGERS}) or (readers = 'deciders' and {_DECIDERS}))"
)
STEP = "exists (select 1 from incidents_task t where t.id = task_id offset 0)"

# For who may add to one of the victim's cases. In a case that they may not open nobody is told who it was.
VICTIM_CHANGED = f"""
create function hatecase_victim_changed(wanted uuid, told varchar[], moment timestamptz) returns integer
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  found bigint[] := array(select distinct p.case_id from incidents_party p where p.victim_id = wanted);
  made integer;
begin
  if not exists (select 1 from unnest(found) as one where hatecase_case_level(one) >= 3) then return 0; end if;
  insert into incidents_casechange
    (case_id, kind, before, after, needs_victim, needs_perpetrator, readers, by_id, at)
  select one, what, '', '', true, false, 'everybody',
    case when hatecase_case_level(one) >= 2 then {USER} end, moment
  from unnest(found) as one cross join unnest(told) as what
  where what in ('safe_contact', 'wishes', 'victim_details');
  get diagnostics made = row_count;
  return made;
end $$
"""

_CASES_HANDED = """    returning c.id, c.ref, c.lead_worker_id)
  select 'case', m.id::text, m.id, m.ref::text, m.lead_worker_id from moved m;"""
_CASES_TOLD = f"""    returning c.id, c.ref, c.lead_worker_id),
  told as (insert into incidents_casechange
      (case_id, kind, before, after, person_id, needs_victim, needs_perpetrator, readers, by_id, agency_id, at)
    select m.id, 'lead_worker', '', '', m.lead_worker_id, false, false, 'everybody', {USER}, at_agency, moment
    from moved m)
  select 'case', m.id::text, m.id, m.ref::text, m.lead_worker_id from moved m;"""
_TASKS_HANDED = """ returning t.id, t.case_id, s.ref, t.assignee_id)
  select 'task', m.id::text, m.case_id, m.ref::text, m.assignee_id from moved m;"""
_TASKS_TOLD = f""" returning t.id, t.case_id, s.ref, t.assignee_id),
  told as (insert into incidents_taskstep (uid, task_id, kind, text, person_id, by_id, agency_id, at)
    select gen_random_uuid(), m.id, 'given', '', m.assignee_id, {USER}, at_agency, moment from moved m)
  select 'task', m.id::text, m.case_id, m.ref::text, m.assignee_id from moved m;"""
WORK_HAND = _ALLOCATION._replaced(
    _ALLOCATION.WORK_HAND, (_CASES_HANDED, _CASES_TOLD), (_TASKS_HANDED, _TASKS_TOLD)
)

# What was done with tasks before their steps were kept, as far as the task still says it.
STEPS_BEFORE = """
insert into incidents_taskstep (uid, task_id, kind, text, by_id, agency_id, at)
select gen_random_uuid(), id, 'accepted', '', assignee_id, agency_id, accepted_at
from incidents_task where accepted_at is not null and accepted_at > created_at
union all
select gen_random_uuid(), id, state, outcome, closed_by_id,
  case when state = 'withdrawn' then null else agency_id end, closed_at
from incidents_task where closed_at is not null
union all
select gen_random_uuid(), task_id, 'commented', '', author_id, agency_id, at from incidents_taskcomment
"""

# Pauses and agreed updates have rows of their own, from which the chronology can tell what was before.
CHANGES_BEFORE = """
insert into incidents_casechange
  (case_id, kind, before, after, needs_victim, needs_perpetrator, readers, by_id, agency_id, at)
select p.case_id, 'clock_paused', '', k.kind, true, false, 'everybody', p.by_id, p.agency_id, p.paused_at
from incidents_clockpause p join incidents_clock k on k.id = p.clock_id
union all
select p.case_id, 'clock_resumed', '', k.kind, true, false, 'everybody', p.resumed_by_id, null, p.resumed_at
from incidents_clockpause p join incidents_clock k on k.id = p.clock_id where p.resumed_at is not null
union all
select case_id, 'updates', '', coalesce(every_days::text, 'none'), true, false, 'everybody', by_id, agency_id, created_at
from incidents_updateagreement
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0105_changes")]

    operations = [
        wall("incidents_casechange", CHANGE, app_check=CASE, app_commands=("select", "insert")),
        wall("incidents_taskstep", STEP, app_commands=("select", "insert")),
        gate_function("hatecase_victim_changed(uuid, varchar[], timestamptz)", VICTIM_CHANGED),
        migrations.RunSQL(WORK_HAND, _ALLOCATION.WORK_HAND),
        migrations.RunSQL(STEPS_BEFORE, migrations.RunSQL.noop),
        migrations.RunSQL(CHANGES_BEFORE, migrations.RunSQL.noop),
    ]
