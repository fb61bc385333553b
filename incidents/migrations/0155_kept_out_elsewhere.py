"""An agency that is kept out of a case is kept out with all its people, also those who work cases for another one.

Until now it kept out whoever worked cases for it. Somebody who has another place there (strategic group, analyst) and is a
caseworker elsewhere is one of its people all the same (docs/domain.md §5.5).
"""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

from kernel.rls import AGENCIES, USER

_LESS = import_module("incidents.migrations.0154_told_less")
_FIRST = import_module("incidents.migrations.0002_functions")
_REBUILD = import_module("incidents.migrations.0051_allocation_walls").ACCESS_REBUILD
_OWN = import_module("incidents.migrations.0010_emergency").OWN_REFRESH

_ASKED = f"(x.user_id = {USER} or x.agency_id = any({AGENCIES}))"
CASE_LEVEL = _LESS._replaced(
    _FIRST.CASE_LEVEL,
    _ASKED,
    f"""(x.user_id = {USER} or x.agency_id = any({AGENCIES})
          or x.agency_id in (select m.agency_id from agencies_membership m where m.user_id = {USER} and m.is_active))""",
)

# By name, as their other agency is not kept out. Those who work for the one agency alone are kept out with it.
_ALSO_ELSEWHERE = """select k.user_id from incidents_caseexclusion y
          join agencies_membership k on k.agency_id = y.agency_id and k.is_active
          where y.case_id = w.id and y.ended_at is null and exists (select from agencies_membership o
            where o.user_id = k.user_id and o.agency_id <> k.agency_id and o.is_active)"""
ACCESS_REBUILD = _LESS._replaced(
    _REBUILD,
    "coalesce(x.users, '{}') as excluded_users",
    f"array(select unnest(x.users) union {_ALSO_ELSEWHERE}) as excluded_users",
)

# And that follows who its people are, and where else they work.
OWN_REFRESH = _LESS._replaced(
    _OWN,
    "where c.lead_agency_id = at_agency and c.tier = 'own'",
    """where (c.lead_agency_id = at_agency and c.tier = 'own') or exists (
    select from incidents_caseexclusion x where x.case_id = c.id and x.ended_at is null and x.agency_id in (
      select o.agency_id from agencies_membership m join agencies_membership o on o.user_id = m.user_id
      where m.agency_id = at_agency))""",
)

# On a new database nobody is kept out, and the rights of the functions' owner come only after all migrations.
FOLLOW = """
do $$ begin
  if exists (select from incidents_caseexclusion x where x.agency_id is not null and x.ended_at is null) then
    perform hatecase_access_rebuild(array_agg(distinct x.case_id))
      from incidents_caseexclusion x where x.agency_id is not null and x.ended_at is null;
  end if;
end $$
"""

_CHANGED = (
    (CASE_LEVEL, _FIRST.CASE_LEVEL),
    (ACCESS_REBUILD, _REBUILD),
    (OWN_REFRESH, _OWN),
)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0154_told_less"), ("agencies", "0015_names_told")]

    # Replaced in place: owner and who may call them stay as they are.
    operations = [
        *(migrations.RunSQL(_LESS._in_place(now), _LESS._in_place(before)) for now, before in _CHANGED),
        migrations.RunSQL(FOLLOW, migrations.RunSQL.noop),
    ]
