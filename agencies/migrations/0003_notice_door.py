"""The one door by which notices and their mail are written: exactly once for a person and a key.

Whoever asks for something (a page, the worker) may tell somebody else of it, but may not read what others are
told: the rows are written by a narrow function that answers a number only.
"""

from __future__ import annotations

from django.db import migrations

from kernel.rls import gate_function

SIGNATURE = "hatecase_notices_add(int[], text[], text[], text[], text[], bigint[], text[], timestamptz)"
NOTICES_ADD = """
create function hatecase_notices_add(users int[], keys text[], kinds text[], texts text[], urls text[],
    cases bigint[], message_ids text[], moment timestamptz) returns int
language sql volatile security definer set search_path = public, pg_temp as $$
  with wanted as (
    select * from unnest(users, keys, kinds, texts, urls, cases, message_ids)
      as w(user_id, key, kind, text, url, case_id, message_id)),
  made as (
    insert into agencies_notice (user_id, key, kind, text, url, case_id, created_at)
    select user_id, key, kind, text, url, case_id, moment from wanted
    on conflict (user_id, key) do nothing returning id, user_id, key),
  posted as (
    insert into agencies_mail (notice_id, message_id, created_at, attempts, next_attempt_at)
    select made.id, w.message_id, moment, 0, moment from made join wanted w using (user_id, key)
    where w.message_id <> '')
  select count(*)::int from made
$$
"""
GATE_POLICIES = """
create policy gate_all on agencies_notice for all to hatecase_gate using (true) with check (true);
create policy gate_all on agencies_mail for all to hatecase_gate using (true) with check (true);
"""


class Migration(migrations.Migration):
    dependencies = [("agencies", "0002_walls")]

    operations = [
        migrations.RunSQL(
            GATE_POLICIES,
            "drop policy gate_all on agencies_notice; drop policy gate_all on agencies_mail;",
        ),
        gate_function(SIGNATURE, NOTICES_ADD),
    ]
