"""Names that a triage decision put aside come back with it (docs/decisions/0033-decisions-taken-back.md)."""

from __future__ import annotations

from django.db import migrations

from kernel.rls import gate_function, role_in

# The keys of what waits in a case, and nothing of what it says, for who manages the case: a decision keeps which of it
# it put there itself.
QUARANTINE_KEYS = """
create function hatecase_quarantine_keys(wanted bigint) returns setof uuid
language sql stable security definer set search_path = public, pg_temp as $$
  select r.id from incidents_subjectreport r where r.case_id = wanted and hatecase_case_level(wanted) >= 4 order by r.id
$$
"""

# As `hatecase_names_quarantine` put it there: a name to the person who was described meanwhile, an account to a row of the
# agency that told of it. Only for who sorts reports for the lead agency, and where the case keeps names again.
NAMES_BACK = f"""
create function hatecase_names_back(wanted bigint, reports uuid[], at timestamptz) returns int
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  named uuid[];
  accounts int;
begin
  if hatecase_case_level(wanted) < 4 or not exists (select 1 from incidents_case c where c.id = wanted
      and c.classification in ('crime_suspected', 'crime_recorded')
      and {role_in("c.lead_agency_id", "triager", "spoc", "deputy_spoc", "manager")}) then
    return 0;
  end if;
  with back as (
    update perpetrators_allegedperpetrator a
      set status = 'named', given_name = coalesce(r.subject_as_reported->>'given_name', ''),
        family_name = coalesce(r.subject_as_reported->>'family_name', ''),
        date_of_birth = (r.subject_as_reported->>'date_of_birth')::date, version = a.version + 1, updated_at = at
      from incidents_subjectreport r
      where r.case_id = wanted and r.id = any(reports) and r.perpetrator_id = a.id and a.status = 'described'
      returning r.id)
  select coalesce(array_agg(id), '{{}}') into named from back;
  delete from incidents_subjectreport r where r.id = any(named);
  with back as (
    delete from incidents_subjectreport r
      where r.case_id = wanted and r.id = any(reports) and r.perpetrator_id is null returning r.*)
  insert into incidents_onlineaccount (id, submission_id, incident_id, case_id, handle, display_name, profile_url, post_id,
      urls, place, agency_id, by_id, version, created_at)
    select gen_random_uuid(), gen_random_uuid(), r.incident_id, wanted,
      coalesce(r.subject_as_reported->>'handle', ''), coalesce(r.subject_as_reported->>'display_name', ''),
      coalesce(r.subject_as_reported->>'profile_url', ''), coalesce(r.subject_as_reported->>'post_id', ''),
      array(select jsonb_array_elements_text(coalesce(r.subject_as_reported->'urls', '[]'))),
      coalesce(r.subject_as_reported->>'place', ''), r.told_by_id, null, 1, at
    from back r;
  get diagnostics accounts = row_count;
  return cardinality(named) + accounts;
end $$
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0220_search_by_group")]

    operations = [
        gate_function("hatecase_quarantine_keys(bigint)", QUARANTINE_KEYS),
        gate_function("hatecase_names_back(bigint, uuid[], timestamptz)", NAMES_BACK),
    ]
