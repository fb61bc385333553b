"""A notice goes with what it tells of: a note, a comment or a task that was struck or taken back leaves none behind.

Each notice is its person's alone, so whoever strikes cannot reach those of others. The door ends notices of these three
kinds only, of people who are named, by keys that the service knows, in a case that the asker may see; their mail that has
not left goes with them.
"""

from __future__ import annotations

from django.db import migrations

from kernel.rls import gate_function

NOTICES_END = """
create function hatecase_notices_end(people int[], started text[]) returns int
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  found bigint[] := array(select n.id from agencies_notice n
    where n.user_id = any(people) and n.kind in ('mention', 'comment', 'task')
      and exists (select 1 from unnest(started) s where starts_with(n.key, s))
      and hatecase_case_level(n.case_id) >= 2);
begin
  delete from agencies_mail where notice_id = any(found);
  delete from agencies_notice where id = any(found);
  return cardinality(found);
end $$
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0190_priority_set"), ("agencies", "0015_names_told")]

    operations = [gate_function("hatecase_notices_end(int[], text[])", NOTICES_END)]
