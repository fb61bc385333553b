"""A note decides a hit for those alone who may read it: who may not know victims reads none of both sides' agencies."""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

_BEFORE = import_module("incidents.migrations.0022_home_search").SEARCH_REFRESH
_WRITTEN = import_module("incidents.migrations.0004_search_refresh")
_NOTES, _LESS = _WRITTEN._notes, _WRITTEN._less
_BOTH = _NOTES("both")
_VICTIM = _LESS(f"coalesce({_NOTES('victim')}, '')", _WRITTEN._PERPETRATORS)
_BODY = _WRITTEN._BODY
_BODY_WITHOUT = _BODY.replace(f",\n        {_BOTH})", ")")

assert _BODY_WITHOUT != _BODY  # noqa: S101
assert _VICTIM in _BEFORE and _BODY in _BEFORE  # noqa: S101, PT018

# Notes of agencies that may know both sides leave `body` for the victims' vector: those who read them are those who may
# know victims. No name finds a case by them, as before.
_HITS = _LESS(f"coalesce({_BOTH}, '')", _WRITTEN._VICTIMS, _WRITTEN._PERPETRATORS)
SEARCH_REFRESH = _BEFORE.replace(_BODY, _BODY_WITHOUT).replace(_VICTIM, f"{_HITS}\n      || {_VICTIM}")

REFRESH_ALL = """
do $$
declare
  concerned bigint[] := array(select distinct n.case_id from incidents_note n);
begin
  if cardinality(concerned) > 0 then perform hatecase_search_refresh(concerned); end if;
end $$
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0037_redacted_copies")]

    operations = [
        migrations.RunSQL(SEARCH_REFRESH, _BEFORE),
        migrations.RunSQL(REFRESH_ALL, migrations.RunSQL.noop),
    ]
