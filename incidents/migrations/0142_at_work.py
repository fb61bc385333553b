"""Who is told in somebody's place: they, as long as their account is open, and whoever covers for them.

Cover is known to the agency's own people alone; whoever declines a task or logs an event is often of another one. The
function answers keys of people, who staff directories name anyway, and neither the days nor the note.
"""

from __future__ import annotations

from django.db import migrations

from kernel.rls import gate_function

AT_WORK = """
create function hatecase_at_work(at_agency bigint, wanted bigint[], today date) returns setof bigint
language sql stable security definer set search_path = public, pg_temp as $$
  select u.id::bigint from agencies_user u where u.id = any(wanted) and u.is_active
  union
  select v.covering_id::bigint from incidents_cover v join agencies_user u on u.id = v.covering_id and u.is_active
  where v.agency_id = at_agency and v.away_id = any(wanted) and v.ended_at is null
    and today between v.starts_on and v.ends_on
$$
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0141_task_handed_back")]

    operations = [gate_function("hatecase_at_work(bigint, bigint[], date)", AT_WORK)]
