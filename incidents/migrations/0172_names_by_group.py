"""Names and contact details go out of texts, and names out of searches, by what a share covers, not by side alone.

- A share that leaves "alleged perpetrator's identity", "reporter's identity" or "victim's contact" out leaves it out of
  free text too, and who is not told an alleged perpetrator's name does not find the case by it.
- A name in quarantine goes out of texts for everybody but those who read the quarantine (docs/domain.md §1.4).
- A name is found however it is written: plural, with or without accents, apostrophes, hyphens, invisible characters,
  letter by letter, within an address of the internet. One half of a double name counts as well.

`texts_whole` and `tells_subjects` on the access rows answer for nearly every row without asking the grants; a trigger
keeps them, so that nothing that writes an access row can forget it (docs/decisions/0034-names-by-share.md).
"""

from __future__ import annotations

from django.db import migrations, models

from kernel.rls import AGENCIES, USER, gate_function

TRIAGERS = "array['triager', 'spoc', 'deputy_spoc', 'manager']::varchar[]"
IN_FORCE = (
    "g.starts_at <= statement_timestamp() and (g.until is null or g.until > statement_timestamp())"
    " and g.ended_at is null"
)

# Characters that show nothing: soft hyphen, zero-width ones, word joiner, byte order mark; and combining accents.
UNSEEN = r"\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff"
_PUNCTUATION = " \t\r\n.,;:!?()[]{}<>@#%&*+-_=/\\|\"''’‘“”–—·~^`£$"

LETTERS = rf"""
create function hatecase_letters(words text) returns text
language sql immutable parallel safe set search_path = public, pg_temp as $$
  select case when octet_length(words) = char_length(words) then lower(translate(words, '{_PUNCTUATION}', ''))
    else lower(translate(regexp_replace(normalize(words, NFD), '[^[:alnum:]]|[{UNSEEN}]', '', 'g'),
      'øØłŁđĐðıæÆ', 'oOlLdDdiaA')) end
$$
"""

# Between the letters may stand what shows nothing; in place of a gap, a hyphen or an apostrophe anything short or nothing.
PATTERN = rf"""
create function hatecase_name_pattern(name text) returns text
language plpgsql immutable parallel safe set search_path = public, pg_temp as $$
declare
  plain text := regexp_replace(normalize(name, NFD), '[{UNSEEN}]', '', 'g');
  together text;
  spelt text;
begin
  select string_agg(case when one ~ '[[:alnum:]]' then one || '[{UNSEEN}]*' else '[^[:alnum:]]{{0,3}}' end, '' order by place),
      string_agg(case when one ~ '[[:alnum:]]' then one end, '[-\s._·*]' order by place)
    into together, spelt
    from (
      select place, case lower(letter) when 'o' then '[oø]' when 'l' then '[lł]' when 'd' then '[dđð]' when 'i' then '[iı]'
          when 'ø' then '[oø]' when 'ł' then '[lł]' when 'đ' then '[dđ]' when 'ð' then '[dð]' when 'æ' then '[æa]e?'
          else letter end as one
        from regexp_split_to_table(btrim(regexp_replace(plain, '[^[:alnum:]]+', ' ', 'g')), '') with ordinality as p(letter, place)
    ) letters;
  if char_length(name) <= 3 then
    return '(?<![[:alnum:]])' || regexp_replace(plain, '([^[:alnum:][:space:]])', '\\\1', 'g') || '(?![[:alnum:]])';
  end if;
  return '[[:alnum:]._%+-]*' || together || '[[:alnum:]._%+-]*@[[:alnum:].-]+'
    || '|[@/][[:alnum:]._-]*' || together || '[[:alnum:]._-]*'
    || '|(?<![[:alnum:]])(?:' || together || '(?:[''’]?e?s)?[''’]?|' || spelt || ')(?![[:alnum:]])';
end $$
"""

TEXT_SHOWN = rf"""
create or replace function hatecase_text_shown(wanted bigint, words text) returns text
language plpgsql stable security definer set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
  sides varchar[];
  groups varchar[];
  kin bigint[];
  triager_of int[];
  tells_subjects boolean;
  tells_victims boolean;
  tells_contact boolean;
  tells_reporter boolean;
  letters text;
  item text;
  shown text := words;
begin
  if words is null or words = '' then return words; end if;
  sides := hatecase_case_sides(wanted);
  groups := hatecase_case_groups(wanted);
  kin := hatecase_case_kin(wanted);
  tells_victims := sides && array['both', 'victim']::varchar[];
  tells_subjects := sides && array['both', 'perpetrator']::varchar[] and coalesce('subject_identity' = any(groups), true);
  tells_contact := tells_victims and coalesce('victim_contact' = any(groups), true);
  tells_reporter := tells_victims and coalesce('reporter_identity' = any(groups), true);
  triager_of := array(select m.agency_id from agencies_membership m join agencies_agency a on a.id = m.agency_id
    where m.user_id = {USER} and m.is_active and m.agency_id = any({AGENCIES}) and m.roles && {TRIAGERS}
      and a.side <> 'victim');
  letters := hatecase_letters(words);
  -- Then the longest first, so that an address goes whole before the surname within it. A very short name may be an
  -- ordinary word: it goes only where it is written as a name.
  for item in
    select n.name from (
      select unnest(hatecase_name_parts(a.given_name, a.family_name)) as name, a.recorded_by_agency_id as source
        from incidents_party p join perpetrators_allegedperpetrator a on a.id = p.perpetrator_id
        where p.case_id = any(kin) and not tells_subjects
      union all
      select unnest(hatecase_name_parts(r.subject_as_reported->>'given_name', r.subject_as_reported->>'family_name')
          || array[ltrim(r.subject_as_reported->>'handle', '@'), r.subject_as_reported->>'display_name',
            r.subject_as_reported->>'profile_url', r.subject_as_reported->>'post_id']
          || array(select jsonb_array_elements_text(coalesce(r.subject_as_reported->'urls', '[]')))),
          coalesce(r.told_by_id, a.recorded_by_agency_id)
        from incidents_subjectreport r left join perpetrators_allegedperpetrator a on a.id = r.perpetrator_id
        where r.case_id = any(kin) and not r.lead_agency_id = any(triager_of)
      union all
      select unnest(array[v.organisation] || hatecase_name_parts(v.given_name, v.family_name)), v.recorded_by_agency_id
        from incidents_party p join victims_victim v on v.id = p.victim_id
        where p.case_id = any(kin) and not tells_victims
      union all
      select unnest(array[v.phone, v.email, v.postcode] || hatecase_address_parts(v.address)), v.recorded_by_agency_id
        from incidents_party p join victims_victim v on v.id = p.victim_id
        where p.case_id = any(kin) and not tells_contact
      union all
      select i.reporter_name, i.reporting_agency_id
        from incidents_incident i where i.case_id = any(kin) and not tells_reporter
      union all
      select unnest(hatecase_name_parts(o.given_name, o.family_name)), o.agency_id
        from incidents_involvedperson o
        where o.case_id = any(kin) and (o.side = 'victim' and not tells_victims or o.side = 'perpetrator' and not tells_subjects)
      union all
      select unnest(array[o.contact] || hatecase_address_parts(o.address)), o.agency_id
        from incidents_involvedperson o
        where o.case_id = any(kin) and (o.side = 'victim' and not tells_contact or o.side = 'perpetrator' and not tells_subjects)
      union all
      select unnest(array[ltrim(o.handle, '@'), o.display_name, o.profile_url, o.post_id] || o.urls), o.agency_id
        from incidents_onlineaccount o
        where o.case_id = any(kin) and not tells_subjects) n
    where length(n.name) > 1 and strpos(letters, hatecase_letters(n.name)) > 0
    group by n.name order by bool_and(coalesce(n.source = any({AGENCIES}), false)), length(n.name) desc, n.name
  loop
    shown := regexp_replace(normalize(shown, NFD), hatecase_name_pattern(item), '[not shown]',
      case when length(item) > 3 then 'gi' else 'g' end);
  end loop;
  return normalize(shown, NFC);
end $$
"""

# Each half of a double name is one by itself, where it is long enough to be no particle.
PARTS = r"""
create function hatecase_name_parts(given text, family text) returns text[]
language sql immutable parallel safe set search_path = public, pg_temp as $$
  select array[given, family] || array(
    select part from regexp_split_to_table(concat_ws(' ', given, family), '[-–\s]+') as part where length(part) > 3)
$$
"""

# An address goes whole, and each line of it that has a number: nobody writes it out in a note.
ADDRESS_PARTS = r"""
create function hatecase_address_parts(address text) returns text[]
language sql immutable parallel safe set search_path = public, pg_temp as $$
  select array[address] || array(
    select btrim(part) from regexp_split_to_table(address, '[,\n]+') as part
    where part ~ '[0-9]' and length(btrim(part)) > 5)
$$
"""

ACCESS_TELLS = f"""
create function hatecase_access_tells() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  side varchar;
  leads boolean;
  groups varchar[];
  kin bigint[];
begin
  if new.agency_id is null then return new; end if;
  select a.side into side from agencies_agency a where a.id = new.agency_id;
  select bool_or(g.source = 'lead'), array(select distinct unnest(s.field_groups) from incidents_casegrant s
      where s.content_object_id = new.case_id and s.agency_id = new.agency_id and {IN_FORCE.replace("g.", "s.")})
    into leads, groups
    from incidents_casegrant g where g.content_object_id = new.case_id and g.agency_id = new.agency_id and {IN_FORCE};
  leads := coalesce(leads, false);
  new.tells_subjects := side <> 'victim' and (leads or 'subject_identity' = any(groups));
  new.texts_whole := false;
  if side = 'both' and new.tells_subjects and (leads or 'victim_contact' = any(groups)) then
    kin := hatecase_case_kin(new.case_id);
    new.texts_whole := not exists (select from incidents_subjectreport r where r.case_id = any(kin))
      and (leads or 'reporter_identity' = any(groups) or not exists (
        select from incidents_incident i where i.case_id = any(kin) and i.reporter_name <> ''));
  end if;
  return new;
end $$
"""

ACCESS_TELLS_AGAIN = """
create function hatecase_access_tells_again() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  changed jsonb := case when tg_op = 'DELETE' then to_jsonb(old) else to_jsonb(new) end;
begin
  update incidents_caseaccess a set level = a.level
    where a.case_id = any(hatecase_case_kin(coalesce(changed->>'case_id', changed->>'to_case_id')::bigint))
      or a.case_id = any(hatecase_case_kin((to_jsonb(old)->>'case_id')::bigint));
  return null;
end $$
"""

_TRIGGERS = """
create trigger access_tells before insert or update on incidents_caseaccess
  for each row execute function hatecase_access_tells();
create trigger access_tells_again after insert or delete or update of case_id on incidents_subjectreport
  for each row execute function hatecase_access_tells_again();
create trigger access_tells_again after insert or delete or update of case_id, reporter_name on incidents_incident
  for each row execute function hatecase_access_tells_again();
create trigger access_tells_again after insert on incidents_incidentmove
  for each row execute function hatecase_access_tells_again()
"""

_GONE = """
drop trigger if exists access_tells on incidents_caseaccess;
drop trigger if exists access_tells_again on incidents_subjectreport;
drop trigger if exists access_tells_again on incidents_incident;
drop trigger if exists access_tells_again on incidents_incidentmove
"""

_SHAPES = (
    ("hatecase_letters(text)", LETTERS),
    ("hatecase_name_pattern(text)", PATTERN),
    ("hatecase_name_parts(text, text)", PARTS),
    ("hatecase_address_parts(text)", ADDRESS_PARTS),
    ("hatecase_access_tells()", ACCESS_TELLS),
    ("hatecase_access_tells_again()", ACCESS_TELLS_AGAIN),
)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0170_case_unworked")]

    operations = [
        migrations.AddField("caseaccess", "tells_subjects", models.BooleanField(db_default=False)),
        migrations.AddField("caseaccess", "texts_whole", models.BooleanField(db_default=False)),
        *[gate_function(name, made) for name, made in _SHAPES],
        migrations.RunSQL(TEXT_SHOWN, migrations.RunSQL.noop),
        migrations.RunSQL(_TRIGGERS, _GONE),
        migrations.RunSQL("update incidents_caseaccess set level = level", migrations.RunSQL.noop),
    ]
