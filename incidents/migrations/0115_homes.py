"""Who lives with whom, so far as it matters to a victim's safety (docs/domain.md §5.4, §10.4; docs/permissions.md).

Whoever may know the victim's side of a case is warned that an alleged perpetrator lives at an address also where they
may not know who that is: whoever is of that side stands in the answer as one word, and no key of theirs leaves it.
"""

from __future__ import annotations

from django.db import migrations

from kernel.rls import gate_function


def _end(end: str) -> str:
    return (
        f"case when t.{end}_perpetrator_id is not null or {end}s.side = 'perpetrator' then 'accused'"
        f" else coalesce(t.{end}_victim_id, t.{end}_involved_id)::text end"
    )


HOMES = f"""
create function hatecase_homes(wanted bigint) returns jsonb
language sql stable security definer set search_path = public, pg_temp as $$
  select coalesce(jsonb_agg(jsonb_build_array({_end("from")}, {_end("to")})), '[]'::jsonb)
  from incidents_persontie t
  left join incidents_involvedperson froms on froms.id = t.from_involved_id
  left join incidents_involvedperson tos on tos.id = t.to_involved_id
  where t.case_id = wanted and t.kind = 'lives_with' and t.ended_at is null
    and hatecase_case_knows(wanted, 'victim')
$$
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0067_case_carry")]

    operations = [gate_function("hatecase_homes(bigint)", HOMES)]
