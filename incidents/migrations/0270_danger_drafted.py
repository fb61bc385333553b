"""Danger that an assessment says which is not submitted yet: its lead agency reads on the case who said so (§2.6).

A draft is its author's alone, and its answers stay so. That somebody is in danger now is told from it at once; whoever
follows the notice has to find whom to ring. The function answers the author's name, as far as the asker is told of such
people at all, and when the draft was last saved: to the agency that leads the case, where the asker may read it.
"""

from __future__ import annotations

from django.db import migrations

from kernel.rls import AGENCIES, USER, gate_function

DANGER_DRAFTED = f"""
create function hatecase_danger_drafted(wanted bigint, hidden text[]) returns jsonb
language sql stable security definer set search_path = public, pg_temp as $$
  select coalesce(jsonb_agg(jsonb_build_array(hatecase_person_told(r.author_id, hidden), r.edited_at)
    order by r.edited_at desc), '[]'::jsonb)
  from incidents_riskdraft r join incidents_case c on c.id = r.case_id
  where r.case_id = wanted and r.answers -> 'S1' = 'true'::jsonb and r.author_id is distinct from {USER}
    and c.lead_agency_id = any({AGENCIES}) and hatecase_case_level(wanted) >= 2
$$
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0261_audit_narrowed")]

    operations = [gate_function("hatecase_danger_drafted(bigint, text[])", DANGER_DRAFTED)]
