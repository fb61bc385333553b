"""Narrow functions for the list and the page of a case.

`hatecase_case_page_newer` walks the list back towards the newest. `hatecase_text_shown` takes the names of the
side that the asker may not know in the case out of free text. `hatecase_case_wishes` answers what the victims of a case wish,
also to those who may not know the victims. `hatecase_name_kept` says whether another case keeps a name lawfully.
"""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

from kernel.rls import AGENCIES, gate_function

_CASE_PAGE = import_module("incidents.migrations.0002_functions").CASE_PAGE

# The same list read in the other direction: the rows just above a row, nearest first.
CASE_PAGE_NEWER = (
    _CASE_PAGE.replace("function hatecase_case_page(", "function hatecase_case_page_newer(")
    .replace(" desc", " asc")
    .replace("(a.sort_at, a.case_id) < ($3, $4)", "(a.sort_at, a.case_id) > ($3, $4)")
)

# Names that others recorded go first; those that the asker's own agencies brought into the case are then taken out of
# what is left. So what an asker adds (a guessed name of a person, a phrase with one in it) changes only what they could
# read before, and tells them nothing of what they could not.
TEXT_SHOWN = rf"""
create function hatecase_text_shown(wanted bigint, words text) returns text
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  sides varchar[];
  item text;
  pattern text;
  shown text := words;
begin
  if words is null or words = '' then return words; end if;
  sides := hatecase_case_sides(wanted);
  -- Then the longest first, so that an address goes whole before the surname within it. A very short name may be an
  -- ordinary word: it goes only where it is written as a name.
  for item in
    select n.name from (
      select unnest(array[a.given_name, a.family_name])::text as name, a.recorded_by_agency_id as source
        from incidents_party p join perpetrators_allegedperpetrator a on a.id = p.perpetrator_id
        where p.case_id = wanted and not sides && array['both', 'perpetrator']::varchar[]
      union all
      select unnest(array[r.subject_as_reported->>'given_name', r.subject_as_reported->>'family_name']),
          a.recorded_by_agency_id
        from incidents_subjectreport r join perpetrators_allegedperpetrator a on a.id = r.perpetrator_id
        where r.case_id = wanted and not sides && array['both', 'perpetrator']::varchar[]
      union all
      select unnest(array[v.organisation, v.given_name, v.family_name, v.phone, v.email, v.address, v.postcode]),
          v.recorded_by_agency_id
        from incidents_party p join victims_victim v on v.id = p.victim_id
        where p.case_id = wanted and not sides && array['both', 'victim']::varchar[]
      union all
      select i.reporter_name, i.reporting_agency_id
        from incidents_incident i where i.case_id = wanted and not sides && array['both', 'victim']::varchar[]) n
    where length(n.name) > 1
    group by n.name order by bool_and(n.source = any({AGENCIES})), length(n.name) desc, n.name
  loop
    pattern := regexp_replace(item, '([^[:alnum:][:space:]])', '\\\1', 'g');
    pattern := regexp_replace(pattern, '\\[''’]', '[''’]', 'g');
    pattern := '(?<![[:alnum:]])' || regexp_replace(pattern, '\s+', '\\s+', 'g') || '(?![[:alnum:]])';
    shown := regexp_replace(shown, pattern, '[not shown]', case when length(item) > 3 then 'gi' else 'g' end);
  end loop;
  return shown;
end $$
"""

CASE_WISHES = """
create function hatecase_case_wishes(wanted bigint) returns table (police varchar, council varchar, support varchar)
language sql stable security definer set search_path = public, pg_temp as $$
  select distinct v.wish_share_police, v.wish_share_council, v.wish_share_support
  from incidents_party p join victims_victim v on v.id = p.victim_id
  where p.case_id = wanted and hatecase_case_level(wanted) >= 2
$$
"""

NAME_KEPT = """
create function hatecase_name_kept(person uuid, except_case bigint) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (
    select 1 from incidents_party p join incidents_case c on c.id = p.case_id
    where p.perpetrator_id = person and c.id <> except_case
      and c.classification in ('crime_suspected', 'crime_recorded') and c.status <> 'merged')
$$
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0004_search_refresh")]

    operations = [
        gate_function("hatecase_case_page_newer(jsonb, timestamptz, bigint, int)", CASE_PAGE_NEWER),
        gate_function("hatecase_text_shown(bigint, text)", TEXT_SHOWN),
        gate_function("hatecase_case_wishes(bigint)", CASE_WISHES),
        gate_function("hatecase_name_kept(uuid, bigint)", NAME_KEPT),
    ]
