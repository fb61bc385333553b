"""The second wall around evidence: a file cannot be redacted, so who may not know one side must not see it at all."""

from __future__ import annotations

from django.db import migrations

from kernel.rls import AGENCIES, gate_function, through_case, wall

# The agency that added a file may see it; beside it whoever may know both sides of that very case.
EVIDENCE_TOLD = f"""
create function hatecase_evidence_told(wanted bigint, added_by int) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select added_by = any({AGENCIES})
    or (hatecase_case_knows(wanted, 'victim') and hatecase_case_knows(wanted, 'perpetrator'))
$$
"""
EVIDENCE = f"{through_case()} and hatecase_evidence_told(case_id, agency_id)"
CUSTODY = "exists (select 1 from incidents_evidence e where e.id = evidence_id offset 0)"


class Migration(migrations.Migration):
    dependencies = [("incidents", "0034_evidence")]

    operations = [
        gate_function("hatecase_evidence_told(bigint, int)", EVIDENCE_TOLD),
        wall("incidents_evidence", EVIDENCE, app_commands=("select", "insert", "update")),
        wall("incidents_custodyevent", CUSTODY, app_commands=("select", "insert")),
    ]
