"""The walls of reveals and of what is extra-sensitive of a victim (docs/domain.md §5.4).

A row of `victims_victimsensitive` can be read and changed only while a reveal of its group is in force for the asker,
in a case with this victim that they still hold at the level contribute from the victim side. It is added to through a
narrow function, because whoever adds may not be able to read what is there.
"""

from __future__ import annotations

from django.db import migrations

from kernel.rls import AGENCIES, USER, gate_function, through_case, wall

_HOLDS = "hatecase_case_level({case}) >= 3 and hatecase_case_knows({case}, 'victim')"

REVEALED = f"""
create function hatecase_revealed(wanted uuid, field_group varchar) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (
    select 1 from incidents_reveal r
    where r.user_id = {USER} and r."group" = field_group and r.ended_at is null and r.until > statement_timestamp()
      and exists (select 1 from incidents_party p where p.case_id = r.case_id and p.victim_id = wanted)
      and {_HOLDS.format(case="r.case_id")})
$$
"""

# What somebody adds stands below what is there, so that nothing is lost that they could not read.
SENSITIVE_ADD = f"""
create function hatecase_sensitive_add(wanted uuid, field_group varchar, words text, agency int, at timestamptz)
returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if {USER} is null or not agency = any({AGENCIES}) or not exists (
      select 1 from incidents_party p where p.victim_id = wanted and {_HOLDS.format(case="p.case_id")}) then
    return false;
  end if;
  insert into victims_victimsensitive as s
      (id, victim_id, "group", text, earlier, recorded_by_id, recorded_by_agency_id, updated_at, version)
    values (gen_random_uuid(), wanted, field_group, words, '{{}}', {USER}, agency, at, 1)
    on conflict (victim_id, "group") do update set text = s.text || E'\\n\\n' || excluded.text,
      recorded_by_id = excluded.recorded_by_id, recorded_by_agency_id = excluded.recorded_by_agency_id,
      updated_at = excluded.updated_at, version = s.version + 1;
  return true;
end $$
"""

OWN = f"user_id = {USER} and {through_case()}"


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0020_reveals"),
        ("victims", "0002_sensitive"),
    ]

    operations = [
        gate_function("hatecase_revealed(uuid, varchar)", REVEALED),
        gate_function("hatecase_sensitive_add(uuid, varchar, text, int, timestamptz)", SENSITIVE_ADD),
        wall("incidents_reveal", OWN, app_commands=("select", "insert", "update"), worker=None, gate="select"),
        wall("incidents_workershown", OWN, app_commands=("select", "insert"), worker=None, gate=None),
        wall(
            "victims_victimsensitive",
            'hatecase_revealed(victim_id, "group")',
            app_commands=("select", "update"),
            worker=None,
        ),
    ]
