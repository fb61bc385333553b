"""What a share covers narrows what is shown: in one function, which both walls ask (docs/domain.md §5.4, §6.7)."""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

from kernel.rls import AGENCIES, USER, gate_function

_FUNCTIONS = import_module("incidents.migrations.0002_functions")
_GRANT, _PERSON = _FUNCTIONS.GRANT_IN_FORCE, _FUNCTIONS.PERSON_IN_FORCE
_REVEALED = import_module("incidents.migrations.0021_reveal_walls").REVEALED.replace("create", "create or replace", 1)

# Null: no share narrows it, for the lead agency and for people who are named on the case. Otherwise what the shares in
# force for the asker's agencies cover, together.
CASE_GROUPS = f"""
create function hatecase_case_groups(wanted bigint) returns varchar[]
language sql stable security definer set search_path = public, pg_temp as $$
  select case when exists (
      select 1 from incidents_caseperson p
      where p.case_id = wanted and p.user_id = {USER} and p.rank >= 2 and {_PERSON})
    or exists (
      select 1 from incidents_casegrant g join incidents_case c on c.id = g.content_object_id and not c.restricted
      where g.content_object_id = wanted and g.agency_id = any({AGENCIES}) and g.source = 'lead' and {_GRANT})
    then null
    else array(
      select distinct covered.field_group from incidents_casegrant g
      join incidents_case c on c.id = g.content_object_id and not c.restricted
      cross join unnest(g.field_groups) as covered(field_group)
      where g.content_object_id = wanted and g.agency_id = any({AGENCIES}) and {_GRANT}
      order by covered.field_group) end
$$
"""

REVEALED = _REVEALED.replace(
    "and hatecase_case_level(r.case_id) >= 3",
    "and field_group = any(coalesce(hatecase_case_groups(r.case_id), array[field_group])) and hatecase_case_level(r.case_id) >= 3",
)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0032_sample_pages")]

    operations = [
        gate_function("hatecase_case_groups(bigint)", CASE_GROUPS),
        migrations.RunSQL(REVEALED, _REVEALED),
    ]
