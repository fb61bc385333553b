"""What a case was shared for decides its search, and the letters of its names are kept with its search.

Who is not told an alleged perpetrator's name by what a case was shared for does not find the case by it; what else
stands among the same words, such as the notes of a programme provider, they find.

The functions are changed where they stand, whatever else they have come to say by then: those of the list ask the
access row (`tells_subjects`, 0172), and past its end the grants.
"""

from __future__ import annotations

from django.db import migrations

from kernel.rls import gate_function

# The names in the alleged perpetrators' words of a case, as these words are kept: with accents and without.
LEXEMES = """
create function hatecase_subject_lexemes(wanted bigint) returns text[]
language sql stable security definer set search_path = public, pg_temp as $$
  select tsvector_to_array(to_tsvector('english', n.names) || to_tsvector('simple', n.names)
    || to_tsvector('simple', hatecase_folded(n.names)))
  from (select concat_ws(' ',
    (select string_agg(concat_ws(' ', a.given_name, a.family_name), ' ')
      from incidents_party p join perpetrators_allegedperpetrator a on a.id = p.perpetrator_id where p.case_id = any(k.kin)),
    (select string_agg(concat_ws(' ', r.subject_as_reported->>'given_name', r.subject_as_reported->>'family_name',
        ltrim(r.subject_as_reported->>'handle', '@'), r.subject_as_reported->>'display_name'), ' ')
      from incidents_subjectreport r where r.case_id = any(k.kin)),
    (select string_agg(concat_ws(' ', ltrim(o.handle, '@'), o.display_name, o.profile_url, o.post_id, array_to_string(o.urls, ' ')), ' ')
      from incidents_onlineaccount o where o.case_id = any(k.kin)),
    (select string_agg(concat_ws(' ', o.given_name, o.family_name), ' ')
      from incidents_involvedperson o where o.case_id = any(k.kin) and o.side = 'perpetrator')) as names
    from (select hatecase_case_kin(wanted) as kin) k) n
$$
"""

_OLD_EXACT = "or hatecase_case_knows(a.case_id, ''perpetrator''))"
_NEW_EXACT = (
    f"{_OLD_EXACT}\n        and (a.tells_subjects and (a.ends_at is null or a.ends_at > statement_timestamp())"
    "\n          or coalesce(''subject_identity'' = any(hatecase_case_groups(a.case_id)), true)"
    "\n          or ts_delete(s.perpetrators, hatecase_subject_lexemes(a.case_id)) @@ $8)"
)
_OLD_START = "  -- A RESTRICTED case is in no search."
_NEW_START = "  perform hatecase_names_fill(wanted);\n  -- A RESTRICTED case is in no search."
_LISTS = ("hatecase_case_page", "hatecase_case_page_newer")


def _changed(names: tuple[str, ...], *pairs: tuple[str, str]) -> str:
    """Replaces in place: owner and who may call them stay as they are. Nothing to replace is an error."""
    steps = "".join(
        f"""
    if position($old${old}$old$ in made) = 0 then raise exception 'Not in %: %', one, $old${old}$old$; end if;
    made := replace(made, $old${old}$old$, $new${new}$new$);"""
        for old, new in pairs
    )
    return f"""
do $change$
declare
  one text;
  made text;
begin
  foreach one in array array{list(names)} loop
    select pg_get_functiondef(p.oid) into strict made from pg_proc p where p.proname = one;{steps}
    execute made;
  end loop;
end $change$
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0210_found_by_parts")]

    operations = [
        gate_function("hatecase_subject_lexemes(bigint)", LEXEMES),
        # Only the functions of the list ask for it: who could ask directly would read the names.
        migrations.RunSQL(
            "revoke execute on function hatecase_subject_lexemes(bigint) from hatecase_app, hatecase_worker",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            _changed(_LISTS, (_OLD_EXACT, _NEW_EXACT)),
            _changed(_LISTS, (_NEW_EXACT, _OLD_EXACT)),
        ),
        migrations.RunSQL(
            _changed(("hatecase_search_refresh",), (_OLD_START, _NEW_START)),
            _changed(("hatecase_search_refresh",), (_NEW_START, _OLD_START)),
        ),
    ]
