"""The second wall around proposals and moves; and moving an incident whole, whoever of its people the asker may know."""

from __future__ import annotations

from django.db import migrations

from kernel.rls import gate_function, through_case, wall

# A move names both cases, so it is read by those who may see both.
BOTH = f"{through_case('from_case_id')} and {through_case('to_case_id')}"

# An incident with its characteristics, parties, clocks and quarantine goes from one case to another, for who manages
# both: also the parties of a side that the asker may not know. `loose` are the parties that belong to the case and to
# no incident: all of them (null), or these. Answers the loose ones that went; null where nothing was done, because the
# incidents are not all there any more.
INCIDENTS_MOVE = """
create function hatecase_incidents_move(wanted bigint[], source bigint, target bigint, loose uuid[]) returns uuid[]
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  led_by int;
  went uuid[];
begin
  if source = target or hatecase_case_level(source) < 4 or hatecase_case_level(target) < 4 then return null; end if;
  perform 1 from incidents_case where id in (source, target) order by id for update;
  perform 1 from incidents_incident where id = any(wanted) order by id for update;
  if (select count(*) from incidents_incident where id = any(wanted) and case_id = source) <> cardinality(wanted) then
    return null;
  end if;
  select lead_agency_id into led_by from incidents_case where id = target;
  update incidents_incident set case_id = target where id = any(wanted);
  update incidents_characteristic set case_id = target where incident_id = any(wanted);
  update incidents_party set case_id = target where incident_id = any(wanted);
  update incidents_clock set case_id = target, lead_agency_id = led_by where incident_id = any(wanted);
  update incidents_subjectreport set case_id = target, lead_agency_id = led_by where incident_id = any(wanted);
  with gone as (
    update incidents_party set case_id = target
    where case_id = source and incident_id is null and (loose is null or id = any(loose)) returning id
  ) select coalesce(array_agg(id), '{}') into went from gone;
  return went;
end $$
"""

# Nothing of an alleged perpetrator is kept in a case that is not to be recorded (docs/domain.md §1.4).
QUARANTINE_DROP = """
create function hatecase_quarantine_drop(wanted bigint) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  dropped int;
begin
  if hatecase_case_level(wanted) < 4 then return 0; end if;
  delete from incidents_subjectreport where case_id = wanted;
  get diagnostics dropped = row_count;
  return dropped;
end $$
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0040_triage")]

    operations = [
        wall("incidents_classificationproposal", through_case()),
        wall("incidents_incidentmove", BOTH, app_commands=("select", "insert", "update")),
        gate_function("hatecase_incidents_move(bigint[], bigint, bigint, uuid[])", INCIDENTS_MOVE),
        gate_function("hatecase_quarantine_drop(bigint)", QUARANTINE_DROP),
    ]
