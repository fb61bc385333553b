"""Names of the further people of a case go out of texts and searches as those of victims and alleged perpetrators do.

A witness is protected as a victim is: who may not know the victim's side reads no witness's name in a text, and finds
no case by it (docs/domain.md §5.4).
"""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

_TEXT_BEFORE = import_module("incidents.migrations.0005_casework").TEXT_SHOWN
_SEARCH_BEFORE = import_module("incidents.migrations.0038_note_search").SEARCH_REFRESH
_SEARCH_PARTS = import_module("incidents.migrations.0004_search_refresh")

_END = "i.case_id = wanted and not sides && array['both', 'victim']::varchar[]) n"
_INVOLVED = """i.case_id = wanted and not sides && array['both', 'victim']::varchar[]
      union all
      select unnest(array[o.given_name, o.family_name, o.contact]), o.agency_id
        from incidents_involvedperson o
        where o.case_id = wanted and o.side <> 'both' and not sides && array['both', o.side]::varchar[]) n"""

assert _TEXT_BEFORE.count(_END) == 1  # noqa: S101
TEXT_SHOWN = _TEXT_BEFORE.replace("create function", "create or replace function").replace(_END, _INVOLVED)


def _names(side: str) -> str:
    return f"""(select string_agg(concat_ws(' ', o.given_name, o.family_name), ' ')
          from incidents_involvedperson o where o.case_id = c.id and o.side = '{side}')"""


_VICTIMS, _PERPETRATORS = _SEARCH_PARTS._VICTIMS, _SEARCH_PARTS._PERPETRATORS
assert _VICTIMS in _SEARCH_BEFORE and _PERPETRATORS in _SEARCH_BEFORE  # noqa: S101, PT018
SEARCH_REFRESH = _SEARCH_BEFORE.replace(_VICTIMS, f"{_VICTIMS}, {_names('victim')}").replace(
    _PERPETRATORS, f"{_PERPETRATORS}, {_names('perpetrator')}"
)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0061_progress_walls")]

    # Replaced in place: their owner and who may call them stay as they are. There is nobody of this kind yet.
    operations = [
        migrations.RunSQL(TEXT_SHOWN, _TEXT_BEFORE.replace("create function", "create or replace function")),
        migrations.RunSQL(SEARCH_REFRESH, _SEARCH_BEFORE),
    ]
