"""Names and contact details go out of texts, and names out of searches, by what a share covers, not by side alone.

- A share that leaves "alleged perpetrator's identity", "reporter's identity" or "victim's contact" out leaves it out of
  free text too, and who is not told an alleged perpetrator's name does not find the case by it.
- A name in quarantine goes out of texts for everybody but those who read the quarantine (docs/domain.md §1.4).
- A name is found however it is written: plural, with or without accents, apostrophes, hyphens, invisible characters,
  letter by letter, within an address of the internet. One half of a double name counts as well.

`texts_whole` and `tells_subjects` on the access rows answer for nearly every row without asking the grants, and the letters
of a case's names for nearly every text without asking the people. Triggers keep the first and forget the second, so that
nothing that writes can forget it (docs/decisions/0034-names-by-share.md).
"""

from __future__ import annotations

from importlib import import_module

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

from kernel.rls import AGENCIES, USER, gate_function, wall

_BEFORE = import_module("incidents.migrations.0123_told_by")
_PLAN = "alter function hatecase_text_shown(bigint, text) set plan_cache_mode = force_generic_plan"
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
language sql immutable parallel safe as $$
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
    || '|(?<![[:alnum:]])(?:' || together || '(?:e?s)?|' || spelt || ')(?![[:alnum:]])';
end $$
"""

# A name without a letter, such as "????", is none. Who stands in a case, and in those among which its incidents went, with what each may be told by.
_OF_A_NAME = r"""(select {0}.given_name, '{1}' union all select {0}.family_name, '{1}' union all
      select part, '{1}' from regexp_split_to_table(concat_ws(' ', {0}.given_name, {0}.family_name), '[-–\s]+') part
        where length(part) > 3"""
# An address goes whole, and each line of it that has a number: nobody writes it out in a note.
_OF_AN_ADDRESS = r"""select {0}.address, 'contact' union all
      select btrim(part), 'contact' from regexp_split_to_table({0}.address, '[,\n]+') part
        where part ~ '[0-9]' and length(btrim(part)) > 5"""
_HANDLE = "'handle', 'display_name', 'profile_url', 'post_id'"
NAMES = f"""
      select n.name, n.kind, a.recorded_by_agency_id as source, null::int as lead
        from incidents_party p join perpetrators_allegedperpetrator a on a.id = p.perpetrator_id
        cross join lateral {_OF_A_NAME.format("a", "subject")}) n(name, kind)
        where p.case_id = any(kin)
      union all
      select n.name, n.kind, coalesce(r.told_by_id, a.recorded_by_agency_id), r.lead_agency_id
        from incidents_subjectreport r left join perpetrators_allegedperpetrator a on a.id = r.perpetrator_id
        cross join lateral (select r.subject_as_reported->>'given_name' as given_name,
          r.subject_as_reported->>'family_name' as family_name) w
        cross join lateral {_OF_A_NAME.format("w", "quarantine")}
          union all select ltrim(r.subject_as_reported->>field, '@'), 'quarantine'
            from unnest(array[{_HANDLE}]) as fields(field)
          union all select jsonb_array_elements_text(coalesce(r.subject_as_reported->'urls', '[]')), 'quarantine') n(name, kind)
        where r.case_id = any(kin)
      union all
      select n.name, n.kind, v.recorded_by_agency_id, null
        from incidents_party p join victims_victim v on v.id = p.victim_id
        cross join lateral {_OF_A_NAME.format("v", "victim")} union all select v.organisation, 'victim'
          union all select unnest(array[v.phone, v.email, v.postcode]), 'contact'
          union all {_OF_AN_ADDRESS.format("v")}) n(name, kind)
        where p.case_id = any(kin)
      union all
      select i.reporter_name, 'reporter', i.reporting_agency_id, null
        from incidents_incident i where i.case_id = any(kin) and i.reporter_kind <> 'victim'
      union all
      select n.name, case when o.side = 'perpetrator' then 'subject' else n.kind end, o.agency_id, null
        from incidents_involvedperson o
        cross join lateral {_OF_A_NAME.format("o", "victim")} union all select o.contact, 'contact'
          union all {_OF_AN_ADDRESS.format("o")}) n(name, kind)
        where o.case_id = any(kin) and o.side <> 'both'
      union all
      select unnest(array[ltrim(o.handle, '@'), o.display_name, o.profile_url, o.post_id] || o.urls), 'subject', o.agency_id, null
        from incidents_onlineaccount o where o.case_id = any(kin)"""

TEXT_SHOWN = f"""
create or replace function hatecase_text_shown(wanted bigint, words text) returns text
language plpgsql stable security definer set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
  kin bigint[] := array[wanted];
  letters text;
  known text[];
  item record;
  sides varchar[];
  groups varchar[];
  told varchar[] := '{{}}';
  triager_of int[];
  shown text := words;
begin
  if words is null or words = '' then return words; end if;
  letters := hatecase_letters(words);
  select n.letters into known from incidents_casenames n where n.case_id = wanted;
  if known is not null and not exists (select from unnest(known) as held(one) where strpos(letters, one) > 0) then
    return words;
  end if;
  if exists (select from incidents_incidentmove m where m.from_case_id = wanted or m.to_case_id = wanted) then
    kin := hatecase_case_kin(wanted);
  end if;
  -- Names that others recorded go first, then those of the reader's own agencies (docs/permissions.md); of each the longest
  -- first, so that an address goes whole before the surname within it.
  for item in
    select n.name, array_agg(distinct n.kind)::varchar[] as kinds, array_agg(distinct n.lead) as leads
    from ({NAMES}) n
    where length(n.name) > 1 and hatecase_letters(n.name) <> '' and strpos(letters, hatecase_letters(n.name)) > 0
    group by n.name
    order by bool_and(coalesce(n.source = any({AGENCIES}), false)), length(n.name) desc, n.name
  loop
    -- What the reader is told is asked once, where there is something to keep back at all.
    if sides is null then
      sides := hatecase_case_sides(wanted);
      groups := hatecase_case_groups(wanted);
      if sides && array['both', 'victim']::varchar[] then
        told := array['victim'] || case when coalesce('victim_contact' = any(groups), true) then array['contact'] end
          || case when coalesce('reporter_identity' = any(groups), true) then array['reporter'] end;
      end if;
      if sides && array['both', 'perpetrator']::varchar[] and coalesce('subject_identity' = any(groups), true) then
        told := told || array['subject']::varchar[];
      end if;
      triager_of := array(select m.agency_id from agencies_membership m join agencies_agency a on a.id = m.agency_id
        where m.user_id = {USER} and m.is_active and m.agency_id = any({AGENCIES}) and m.roles && {TRIAGERS}
          and a.side <> 'victim');
    end if;
    if not (item.kinds <@ (told || array['quarantine']::varchar[])
        and array_remove(item.leads, null) <@ triager_of) then
      -- A very short name may be an ordinary word: it goes only where it is written as a name.
      shown := regexp_replace(normalize(shown, NFD), hatecase_name_pattern(item.name), '[not shown]',
        case when length(item.name) > 3 then 'gi' else 'g' end);
    end if;
  end loop;
  return normalize(shown, NFC);
end $$
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
        select from incidents_incident i where i.case_id = any(kin) and i.reporter_name <> '' and i.reporter_kind <> 'victim'));
  end if;
  return new;
end $$
"""

NAMES_FILL = f"""
create function hatecase_names_fill(wanted bigint[]) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  one bigint;
  kin bigint[];
begin
  foreach one in array wanted loop
    kin := hatecase_case_kin(one);
    insert into incidents_casenames (case_id, letters)
      select one, array(select distinct hatecase_letters(n.name) from ({NAMES}) n where length(n.name) > 1 and hatecase_letters(n.name) <> '')
      on conflict (case_id) do update set letters = excluded.letters;
  end loop;
end $$
"""

# What is known of a case's names is forgotten when one of them may have changed, in every case that shares them; where there is
# something new to keep back, its access rows are worked out anew.
NAMES_CHANGED = """
create function hatecase_names_changed() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  rows jsonb := jsonb_build_array(to_jsonb(old), to_jsonb(new));
  cases bigint[];
begin
  select array_agg(distinct k) into cases from (
    select nullif(coalesce(r->>'case_id', r->>'to_case_id'), '')::bigint as id from jsonb_array_elements(rows) r
    union
    select p.case_id from incidents_party p
      where p.victim_id = case when tg_table_name = 'victims_victim' then (rows->1->>'id')::uuid end
        or p.perpetrator_id = case when tg_table_name = 'perpetrators_allegedperpetrator' then (rows->1->>'id')::uuid end) c
    cross join lateral unnest(hatecase_case_kin(c.id)) k where c.id is not null;
  if cases is null then return null; end if;
  delete from incidents_casenames n where n.case_id = any(cases);
  if tg_table_name in ('incidents_subjectreport', 'incidents_incident', 'incidents_incidentmove') then
    update incidents_caseaccess a set level = a.level where a.case_id = any(cases);
  end if;
  return null;
end $$
"""

_NAMED = {
    "incidents_party": "insert or delete or update of case_id, victim_id, perpetrator_id",
    "incidents_subjectreport": "insert or delete or update of case_id, subject_as_reported",
    "incidents_incident": "insert or delete or update of case_id, reporter_name, reporter_kind",
    "incidents_incidentmove": "insert",
    "incidents_involvedperson": "insert or delete or update",
    "incidents_onlineaccount": "insert or delete or update",
    "victims_victim": "update of organisation, given_name, family_name, phone, email, address, postcode",
    "perpetrators_allegedperpetrator": "update of given_name, family_name",
}
_TRIGGERS = "create trigger access_tells before insert or update on incidents_caseaccess for each row execute function hatecase_access_tells();" + "".join(
    f"create trigger names_changed after {when} on {table} for each row execute function hatecase_names_changed();"
    for table, when in _NAMED.items()
)
_GONE = "drop trigger if exists access_tells on incidents_caseaccess;" + "".join(
    f"drop trigger if exists names_changed on {table};" for table in _NAMED
)

_SHAPES = (
    ("hatecase_letters(text)", LETTERS),
    ("hatecase_name_pattern(text)", PATTERN),
    ("hatecase_access_tells()", ACCESS_TELLS),
    ("hatecase_names_fill(bigint[])", NAMES_FILL),
    ("hatecase_names_changed()", NAMES_CHANGED),
)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0170_case_unworked")]

    operations = [
        migrations.AddField("caseaccess", "tells_subjects", models.BooleanField(db_default=False)),
        migrations.AddField("caseaccess", "texts_whole", models.BooleanField(db_default=False)),
        migrations.CreateModel(
            "CaseNames",
            [
                (
                    "case",
                    models.OneToOneField(
                        on_delete=models.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="incidents.case",
                    ),
                ),
                ("letters", ArrayField(models.TextField())),
            ],
        ),
        wall("incidents_casenames", "false", worker=None),
        *[gate_function(name, made) for name, made in _SHAPES],
        migrations.RunSQL(TEXT_SHOWN, f"{_BEFORE.TEXT_SHOWN}; {_PLAN}"),
        migrations.RunSQL(_TRIGGERS, _GONE),
        migrations.RunSQL(
            "update incidents_caseaccess set level = level; insert into incidents_casenames (case_id, letters)"
            f" select c.id, array(select distinct hatecase_letters(n.name) from ({NAMES}) n where length(n.name) > 1 and hatecase_letters(n.name) <> '')"
            " from incidents_case c cross join lateral (select hatecase_case_kin(c.id) as kin) k",
            migrations.RunSQL.noop,
        ),
    ]
