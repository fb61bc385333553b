"""What is released to a meeting is a case of the HASBAG tier (docs/domain.md §5.4): earlier releases are brought in line.

A case of named agencies with a release in force becomes one of the HASBAG tier. Where people open the case by name the
release ends, so that it does not come back when the case is opened wider again.
"""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

_GRANT_IN_FORCE = import_module("incidents.migrations.0002_functions").GRANT_IN_FORCE

IN_LINE = f"""
do $$
declare
  rested bigint[];
begin
  update incidents_case c set tier = 'hasbag', version = version + 1
  where c.tier = 'team' and exists (select 1 from incidents_casegrant g
    where g.content_object_id = c.id and g.source = 'meeting' and {_GRANT_IN_FORCE});
  with ended as (
    update incidents_casegrant g set ended_at = statement_timestamp() from incidents_case c
    where c.id = g.content_object_id and c.tier in ('own', 'restricted') and g.source = 'meeting' and g.ended_at is null
    returning c.id)
  select array_agg(distinct id) into rested from ended;
  -- In a database that is only being made nobody may call it yet.
  if rested is not null then
    perform hatecase_access_rebuild(rested);
  end if;
end $$
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0067_case_carry")]

    operations = [migrations.RunSQL(IN_LINE, migrations.RunSQL.noop)]
