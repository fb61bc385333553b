"""Narrow functions for the list and the page of a case.

`hatecase_case_page_newer` walks the list back towards the newest. `hatecase_text_shown` takes the names of the
side that the asker may not know out of free text. `hatecase_case_wishes` answers what the victims of a case wish,
also to those who may not know the victims. `hatecase_name_kept` says whether another case keeps a name lawfully.
"""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

from kernel.rls import gate_function

_CASE_PAGE = import_module("incidents.migrations.0002_functions").CASE_PAGE

# The same list read in the other direction: the rows just above a row, nearest first.
CASE_PAGE_NEWER = (
    _CASE_PAGE.replace("function hatecase_case_page(", "function hatecase_case_page_newer(")
    .replace(" desc", " asc")
    .replace("(a.sort_at, a.case_id) < ($3, $4)", "(a.sort_at, a.case_id) > ($3, $4)")
)

TEXT_SHOWN = r"""
create function hatecase_text_shown(wanted bigint, words text) returns text
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  sides varchar[];
  hidden text[];
  item text;
  pattern text;
  shown text := words;
begin
  if words is null or words = '' then return words; end if;
  sides := hatecase_case_sides(wanted);
  if not sides && array['both', 'perpetrator']::varchar[] then
    select array_agg(n.name::text) into hidden from (
      select unnest(array[a.given_name, a.family_name]) as name
        from incidents_party p join perpetrators_allegedperpetrator a on a.id = p.perpetrator_id where p.case_id = wanted
      union
      select unnest(array[r.subject_as_reported->>'given_name', r.subject_as_reported->>'family_name'])
        from incidents_subjectreport r where r.case_id = wanted) n;
  end if;
  if not sides && array['both', 'victim']::varchar[] then
    select coalesce(hidden, '{}') || array_agg(n.name::text) into hidden from (
      select unnest(array[v.organisation, v.given_name, v.family_name, v.phone, v.email, v.address, v.postcode]) as name
        from incidents_party p join victims_victim v on v.id = p.victim_id where p.case_id = wanted
      union
      select i.reporter_name from incidents_incident i where i.case_id = wanted) n;
  end if;
  -- The longest first, so that an address goes whole before the surname within it. A very short name may be an
  -- ordinary word: it goes only where it is written as a name.
  for item in select distinct on (length(h), h) h from unnest(hidden) h where length(h) > 1 order by length(h) desc, h loop
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
