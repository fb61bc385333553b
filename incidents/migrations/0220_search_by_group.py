"""What a case was shared for decides its search, and the letters of its names are kept with its search.

Who is not told an alleged perpetrator's name by what a case was shared for does not find the case by it.

The functions are changed where they stand, whatever else they have come to say by then: those of the list ask the
access row (`tells_subjects`, 0172), and past its end the grants.
"""

from __future__ import annotations

from django.db import migrations

_OLD_SIDE = "(a.agency_id is null or g.side <> ''victim'')"
_NEW_SIDE = "(a.agency_id is null or a.tells_subjects)"
_OLD_EXACT = "or hatecase_case_knows(a.case_id, ''perpetrator''))"
_NEW_EXACT = (
    "or hatecase_case_knows(a.case_id, ''perpetrator'')"
    " and coalesce(''subject_identity'' = any(hatecase_case_groups(a.case_id)), true))"
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
        migrations.RunSQL(
            _changed(_LISTS, (_OLD_SIDE, _NEW_SIDE), (_OLD_EXACT, _NEW_EXACT)),
            _changed(_LISTS, (_NEW_EXACT, _OLD_EXACT), (_NEW_SIDE, _OLD_SIDE)),
        ),
        migrations.RunSQL(
            _changed(("hatecase_search_refresh",), (_OLD_START, _NEW_START)),
            _changed(("hatecase_search_refresh",), (_NEW_START, _OLD_START)),
        ),
    ]
