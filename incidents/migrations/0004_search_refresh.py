"""The narrow function that keeps the search vectors true: each side's names in a vector of their own."""

from __future__ import annotations

from django.db import migrations

from kernel.rls import gate_function

# 400,000 characters stay well inside the size of a tsvector.
SEARCH_REFRESH = """
create function hatecase_search_refresh(wanted bigint[]) returns void
language sql security definer set search_path = public, pg_temp as $$
  insert into incidents_casesearch (case_id, body, victims, perpetrators)
  select c.id,
    to_tsvector('english', left(concat_ws(' ', c.ref, c.summary,
      (select string_agg(concat_ws(' ', i.ref, i.narrative, i.location, i.postcode, d.name,
          array_to_string(i.behaviours, ' ')), ' ')
        from incidents_incident i join agencies_district d on d.code = i.district_id where i.case_id = c.id),
      (select string_agg(concat_ws(' ', h.sub, h.other), ' ') from incidents_characteristic h where h.case_id = c.id),
      (select string_agg(n.text, ' ') from incidents_note n where n.case_id = c.id)), 400000)),
    (select to_tsvector('simple', string_agg(concat_ws(' ', v.ref, v.organisation, v.given_name, v.family_name), ' '))
      from incidents_party p join victims_victim v on v.id = p.victim_id where p.case_id = c.id),
    (select to_tsvector('simple',
        string_agg(concat_ws(' ', a.ref, a.given_name, a.family_name, a.description), ' '))
      from incidents_party p join perpetrators_allegedperpetrator a on a.id = p.perpetrator_id where p.case_id = c.id)
  from incidents_case c where c.id = any(wanted)
  on conflict (case_id) do update
    set body = excluded.body, victims = excluded.victims, perpetrators = excluded.perpetrators
$$
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0003_walls")]

    operations = [gate_function("hatecase_search_refresh(bigint[])", SEARCH_REFRESH)]
