"""The repeat flag says nothing of a case from which somebody is kept out (docs/domain.md §9.3, docs/permissions.md)."""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

from kernel.rls import AGENCIES, USER, gate_function

_BEFORE = import_module("incidents.migrations.0002_functions").VICTIM_INCIDENTS
_RESTRICTED = "c.tier <> 'restricted'"
_APART = """(c.tier = 'restricted' or exists (
      select 1 from incidents_caseexclusion x where x.case_id = c.id and x.ended_at is null))"""
_COUNTS = "c.classification not in ('not_hate', 'no_record', 'out_of_area') and c.status <> 'merged'"
_SYSTEM = f"(session_user <> 'hatecase_app' and {USER} is null and cardinality({AGENCIES}) = 0)"

assert _RESTRICTED in _BEFORE  # noqa: S101
VICTIM_INCIDENTS = _BEFORE.replace("create function", "create or replace function").replace(
    _RESTRICTED, f"not {_APART}"
)

# For each case that has a victim with this one in common, this one included: the incidents of each of its victims that
# count for its flag, wherever they were reported. A case that stands apart (RESTRICTED, or with a conflict of interest
# in force) counts for its own flag alone, or the flags of others would tell of it; `as_apart` says how this one is about
# to stand, since after that its asker may not see it any more. Answers keys and dates, or an
# empty date where nothing counts, for a case that the asker may see; the system asks without an identity.
REPEAT_DAYS = f"""
create function hatecase_repeat_days(wanted bigint, as_apart boolean)
  returns table (case_id bigint, victim_id uuid, incident_id bigint, occurred timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  with flagged as (
    select distinct theirs.case_id from incidents_party mine join incidents_party theirs using (victim_id)
    where mine.case_id = wanted and ({_SYSTEM} or hatecase_case_level(wanted) >= 2)
  ), people as (
    select distinct f.case_id, p.victim_id from flagged f join incidents_party p on p.case_id = f.case_id
    where p.victim_id is not null
  )
  select distinct people.case_id, people.victim_id, counted.id, counted.occurred_from
  from people left join lateral (
    select i.id, i.occurred_from from incidents_party p
    join incidents_incident i on i.id = p.incident_id join incidents_case c on c.id = i.case_id
    where p.victim_id = people.victim_id and {_COUNTS} and (i.case_id = people.case_id
      or not case when i.case_id = wanted then coalesce(as_apart, {_APART}) else {_APART} end)
  ) counted on true
$$
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0035_evidence_walls")]

    operations = [
        migrations.RunSQL(
            VICTIM_INCIDENTS, _BEFORE.replace("create function", "create or replace function")
        ),
        gate_function("hatecase_repeat_days(bigint, boolean)", REPEAT_DAYS),
    ]
