"""Narrow functions for names: back to the quarantine when no crime is suspected, and search by a corrected name.

Both reach past the asker on purpose. The lead agency may be one that may not know an alleged perpetrator, and a
victim whose name is corrected may be in cases that the asker does not see. Neither answers any content.
"""

from __future__ import annotations

from django.db import migrations

from kernel.rls import gate_function

NAMES_QUARANTINE = """
create function hatecase_names_quarantine(wanted bigint, erase_on date, at timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  people uuid[];
begin
  if hatecase_case_level(wanted) < 4 then return 0; end if;
  select array_agg(distinct a.id) into people
  from incidents_party p join perpetrators_allegedperpetrator a on a.id = p.perpetrator_id
  where p.case_id = wanted and a.status = 'named' and not hatecase_name_kept(a.id, wanted);
  if people is null then return 0; end if;
  insert into incidents_subjectreport
      (id, case_id, incident_id, lead_agency_id, perpetrator_id, subject_as_reported, erase_on, created_at)
    select distinct on (a.id) gen_random_uuid(), wanted,
      coalesce(p.incident_id, (select max(i.id) from incidents_incident i where i.case_id = wanted)), c.lead_agency_id,
      a.id, jsonb_strip_nulls(jsonb_build_object('given_name', nullif(a.given_name, ''),
        'family_name', nullif(a.family_name, ''), 'date_of_birth', a.date_of_birth::text)), erase_on, at
    from perpetrators_allegedperpetrator a
    join incidents_party p on p.perpetrator_id = a.id and p.case_id = wanted
    join incidents_case c on c.id = wanted
    where a.id = any(people) order by a.id, p.created_at;
  update perpetrators_allegedperpetrator
    set status = 'described', given_name = '', family_name = '', date_of_birth = null, version = version + 1, updated_at = at
    where id = any(people);
  return cardinality(people);
end $$
"""

VICTIM_SEARCH_REFRESH = """
create function hatecase_victim_search_refresh(wanted uuid) returns void
language sql security definer set search_path = public, pg_temp as $$
  select hatecase_search_refresh(
    coalesce((select array_agg(distinct p.case_id) from incidents_party p where p.victim_id = wanted), '{}'))
$$
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0006_work")]

    operations = [
        gate_function("hatecase_names_quarantine(bigint, date, timestamptz)", NAMES_QUARANTINE),
        gate_function("hatecase_victim_search_refresh(uuid)", VICTIM_SEARCH_REFRESH),
    ]
