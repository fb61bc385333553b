"""Where somebody lives decides no hit: the place of an incident at a home is not searched (docs/domain.md §5.4)."""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

_WRITTEN = import_module("incidents.migrations.0004_search_refresh").SEARCH_REFRESH
_PLACE = "concat_ws(' ', i.location, i.postcode)"
_NO_HOME = f"case when i.place_type not in ('home', 'near-home', 'asylum-accommodation', 'traveller-site-roadside') then {_PLACE} end"

# Replaced in place: its owner and who may call it stay as they are.
SEARCH_REFRESH = _WRITTEN.replace("create function", "create or replace function").replace(_PLACE, _NO_HOME)
# A new database has nothing to refresh, nor the rights yet with which the function reads.
REFRESH_ALL = """
do $$
declare
  concerned bigint[] := array(select distinct i.case_id from incidents_incident i where i.location || i.postcode <> '');
begin
  if cardinality(concerned) > 0 then perform hatecase_search_refresh(concerned); end if;
end $$
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0021_reveal_walls")]

    operations = [
        migrations.RunSQL(SEARCH_REFRESH, _WRITTEN.replace("create function", "create or replace function")),
        migrations.RunSQL(REFRESH_ALL, migrations.RunSQL.noop),
    ]
