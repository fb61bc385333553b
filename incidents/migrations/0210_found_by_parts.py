"""A name is found by its parts, without its apostrophes, hyphens and accents, and a victim by a whole phone number or
e-mail address (docs/domain.md §5.5; decision 35).

Names stand in each side's vector a second time, folded as pointers fold them. Contact details stand in no vector: a
narrow function compares the whole of them, for whoever may ask for them in that case.
"""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

from kernel.rls import gate_function

_BEFORE = import_module("incidents.migrations.0154_told_less")
_REFRESH_BEFORE = import_module("incidents.migrations.0151_facts_walls").SEARCH_REFRESH

# --- Names by their parts ---------------------------------------------------------------------------

_VICTIMS = """(select string_agg(concat_ws(' ', v.ref, v.organisation, v.given_name, v.family_name), ' ')
          from incidents_party p join victims_victim v on v.id = p.victim_id where p.case_id = c.id)"""
_VICTIMS_FOLDED = """(select string_agg(hatecase_folded(concat_ws(' ', v.organisation, v.given_name, v.family_name)), ' ')
          from incidents_party p join victims_victim v on v.id = p.victim_id where p.case_id = c.id)"""
_KEPT = "case when c.classification in ('crime_suspected', 'crime_recorded')\n            then concat_ws(' ', a.given_name, a.family_name) end"


def _replaced(definition: str, *pairs: tuple[str, str]) -> str:
    for before, after in pairs:
        if definition.count(before) != 1:
            raise ValueError(f"Not once in the function: {before}")
        definition = definition.replace(before, after)
    return definition


SEARCH_REFRESH = _replaced(
    _REFRESH_BEFORE,
    (_VICTIMS, f"{_VICTIMS},\n        {_VICTIMS_FOLDED}"),
    (_KEPT, f"{_KEPT},\n          hatecase_folded({_KEPT})"),
)

# Only names that folding changes have to be written again. A new database has nothing, nor the rights yet.
REFRESH_ALL = """
do $$
declare
  concerned bigint[] := array(
    select distinct p.case_id from incidents_party p
      left join victims_victim v on v.id = p.victim_id
      left join perpetrators_allegedperpetrator a on a.id = p.perpetrator_id
      cross join lateral (select concat_ws(' ', v.organisation, v.given_name, v.family_name,
        a.given_name, a.family_name) as words) n
      where hatecase_folded(n.words) <> btrim(lower(n.words)));
begin
  if cardinality(concerned) > 0 then perform hatecase_search_refresh(concerned); end if;
end $$
"""

# --- By the whole of a contact detail ---------------------------------------------------------------

# A phone number without what stands between its digits, a UK one from its 0; an address without case.
# The same in `incidents/rules/contact_words.py` for what is typed.
CONTACT_PLAIN = r"""
create function hatecase_contact_plain(words text) returns text
language sql immutable parallel safe set search_path = public, pg_temp as $$
  select case when words like '%@%' then lower(btrim(words))
    else regexp_replace(regexp_replace(regexp_replace(words, '[^0-9]', '', 'g'), '^00', ''), '^440?', '0') end
$$;
create index victim_phone_plain on victims_victim (hatecase_contact_plain(phone)) where phone <> '';
create index victim_email_plain on victims_victim (hatecase_contact_plain(email)) where email <> '';
"""
CONTACT_PLAIN_BEFORE = """
drop index victim_email_plain; drop index victim_phone_plain; drop function hatecase_contact_plain(text);
"""

# The cases with a victim who is reached by exactly this, where the asker may ask for the victim's contact details: they
# may know victims there, may contribute, and lead it, are named on it, or were given that group. Never a RESTRICTED one.
CONTACT_CASES = """
create function hatecase_contact_cases(wanted text) returns setof bigint
language sql stable security definer set search_path = public, pg_temp as $$
  select distinct c.id
  from (select v.id from victims_victim v where v.phone <> '' and hatecase_contact_plain(v.phone) = wanted
        union
        select v.id from victims_victim v where v.email <> '' and hatecase_contact_plain(v.email) = wanted) f
    join incidents_party p on p.victim_id = f.id
    join incidents_case c on c.id = p.case_id and c.tier <> 'restricted'
  where wanted <> '' and hatecase_case_level(c.id) >= 3 and hatecase_case_knows(c.id, 'victim')
    and 'victim_contact' = any(coalesce(hatecase_case_groups(c.id), array['victim_contact']::varchar[]))
$$
"""

# --- A page of the list -----------------------------------------------------------------------------

_SOUGHT = "(websearch_to_tsquery('simple', sought) || websearch_to_tsquery('english', sought))"
_QUOTED = _SOUGHT.replace("sought", "$7").replace("'", "''")


def _found_by_parts(definition: str) -> str:
    """Names are asked for folded too, unless what is sought is a phrase or leaves a word out; cases by contact join."""
    for before, times in ((_SOUGHT, 2), (_QUOTED, 4)):
        if definition.count(before) != times:
            raise ValueError(f"Not {times} times in the function: {before}")
    definition = definition.replace(_SOUGHT, "names").replace(_QUOTED, "$8")
    return _replaced(
        definition.replace("matched, sought;", "matched, sought, names, called;"),
        (
            "  hits int;",
            f"""  hits int;
  names tsquery := {_SOUGHT} || case when sought ~ '(^|\\s)-|"' then ''::tsquery
    else plainto_tsquery('simple', hatecase_folded(sought)) end;
  called bigint[] := case when filters ? 'contact' then array(select hatecase_contact_cases(filters->>'contact'))
    else '{{}}'::bigint[] end;""",
        ),
        ("    matched := coalesce(matched, '{}');", "    matched := coalesce(matched, '{}') || called;"),
        ("            and (s.body @@", "            and (a.case_id = any($9) or s.body @@"),
        ("s.case_id = a.case_id\n        and (s.body @@", "s.case_id = a.case_id\n        and (a.case_id = any($9) or s.body @@"),
    )


CASE_PAGE, CASE_PAGE_NEWER = _found_by_parts(_BEFORE.CASE_PAGE), _found_by_parts(_BEFORE.CASE_PAGE_NEWER)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0202_just_decided")]

    # Replaced in place: owner and who may call them stay as they are.
    operations = [
        migrations.RunSQL(CONTACT_PLAIN, CONTACT_PLAIN_BEFORE),
        gate_function("hatecase_contact_cases(text)", CONTACT_CASES),
        migrations.RunSQL(_BEFORE._in_place(CASE_PAGE), _BEFORE._in_place(_BEFORE.CASE_PAGE)),
        migrations.RunSQL(_BEFORE._in_place(CASE_PAGE_NEWER), _BEFORE._in_place(_BEFORE.CASE_PAGE_NEWER)),
        migrations.RunSQL(SEARCH_REFRESH, _REFRESH_BEFORE),
        migrations.RunSQL(REFRESH_ALL, migrations.RunSQL.noop),
    ]
