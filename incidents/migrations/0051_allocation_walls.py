"""Walls around handovers, cover and comments; who covers opens what the covered person opens in the OWN tier.

A case of the OWN tier opens to its deputy as to its lead worker, and to whoever covers for either of them while the
cover is in force: by the database's clock, and past its end at once (docs/permissions.md).
"""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

from kernel.rls import AGENCIES, through_case, wall

_ACCESS = import_module("incidents.migrations.0002_functions")
_WORK = import_module("incidents.migrations.0006_work")

COMMENT = "exists (select 1 from incidents_task t where t.id = task_id offset 0)"
STAFF = f"agency_id = any({AGENCIES})"


def _replaced(definition: str, *changes: tuple[str, str]) -> str:
    for before, after in changes:
        if before not in definition:
            raise ValueError(before)
        definition = definition.replace(before, after)
    return definition.replace("create function", "create or replace function")


_LONDON = "(statement_timestamp() at time zone 'Europe/London')::date"

# Who stands in for the lead worker or the deputy of a case of the OWN tier, and until when.
COVERING = f"""from incidents_case c join incidents_cover v on v.agency_id = c.lead_agency_id
      and v.away_id in (c.lead_worker_id, c.deputy_id) and v.ended_at is null
      and {_LONDON} between v.starts_on and v.ends_on
    join agencies_membership m on m.agency_id = v.agency_id and m.user_id = v.covering_id and m.is_active
    join agencies_user u on u.id = m.user_id and u.is_active
    where c.id = any(wanted) and c.tier = 'own'"""
_ENDS = "((v.ends_on + 1)::timestamp at time zone 'Europe/London')"

_COVER_ROWS = f"""
  update incidents_caseperson p set ended_at = statement_timestamp()
  where p.case_id = any(wanted) and p.source = 'cover' and p.ended_at is null
    and not exists (select 1 {COVERING} and c.id = p.case_id and m.user_id = p.user_id and {_ENDS} = p.until);
  insert into incidents_caseperson
      (case_id, user_id, level, rank, source, passes_exclusion, reason, starts_at, until)
    select distinct c.id, m.user_id, 'manage', 4, 'cover', false, 'Covers for who works it in the lead agency',
      statement_timestamp(), {_ENDS}
    {COVERING} and not exists (select 1 from incidents_caseperson p where p.case_id = c.id
      and p.user_id = m.user_id and p.source = 'cover' and p.ended_at is null and p.until = {_ENDS});

  update incidents_case c set
    restricted ="""

ACCESS_REBUILD = _replaced(
    _ACCESS.ACCESS_REBUILD,
    ("m.user_id = c.lead_worker_id or", "m.user_id in (c.lead_worker_id, c.deputy_id) or"),
    ("\n  update incidents_case c set\n    restricted =", _COVER_ROWS),
)

_DRAFTS = "\n  return query with moved as (\n    update incidents_incidentdraft d"
_DROPPED = """
  update incidents_case c set deputy_id = null
  where c.deputy_id = leaver and c.lead_agency_id = at_agency;
  if leaving then
    update incidents_cover v set ended_at = moment
    where v.agency_id = at_agency and v.ended_at is null and leaver in (v.away_id, v.covering_id);
  end if;
"""
_WORK_HAND = _WORK.WORK_HAND.replace("{sees_task}", _WORK.SEES).replace("{sees_case}", _WORK.SEES)
WORK_HAND = _replaced(_WORK_HAND, (_DRAFTS, _DROPPED + _DRAFTS))


def _before(definition: str) -> str:
    return definition.replace("create function", "create or replace function")


class Migration(migrations.Migration):
    dependencies = [("incidents", "0050_allocation")]

    operations = [
        wall("incidents_handover", through_case(), app_commands=("select", "insert")),
        wall("incidents_cover", STAFF, app_commands=("select", "insert", "update")),
        wall("incidents_taskcomment", COMMENT, app_commands=("select", "insert")),
        migrations.RunSQL(ACCESS_REBUILD, _before(_ACCESS.ACCESS_REBUILD)),
        migrations.RunSQL(WORK_HAND, _before(_WORK_HAND)),
    ]
