"""Each chooses about their own notices alone; what a choice says is decided where the notice is written."""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

from kernel.rls import USER, gate_function, wall

EARLIER = import_module("agencies.migrations.0003_notice_door")
SIGNATURE = "hatecase_notices_add(int[], text[], text[], text[], text[], bigint[], text[], text[], timestamptz)"
# Without a group nobody chooses; a notice that never had a mail has none in a digest either.
NOTICES_ADD = """
create function hatecase_notices_add(users int[], keys text[], kinds text[], groups text[], urls text[],
    cases bigint[], message_ids text[], texts text[], moment timestamptz) returns int
language sql volatile security definer set search_path = public, pg_temp as $$
  with wanted as (
    select w.*, case when w.message_id = '' then 'centre' else coalesce(p.delivery, 'at_once') end as delivery
    from unnest(users, keys, kinds, groups, urls, cases, message_ids, texts)
      as w(user_id, key, kind, "group", url, case_id, message_id, text)
    left join agencies_noticepreference p on p.user_id = w.user_id and p."group" = w."group"),
  made as (
    insert into agencies_notice (user_id, key, kind, text, url, case_id, created_at, delivery)
    select user_id, key, kind, text, url, case_id, moment, delivery from wanted
    on conflict (user_id, key) do nothing returning id, user_id, key),
  posted as (
    insert into agencies_mail (notice_id, message_id, created_at, attempts, next_attempt_at)
    select made.id, w.message_id, moment, 0, moment from made join wanted w using (user_id, key)
    where w.delivery = 'at_once')
  select count(*)::int from made
$$
"""


def replaced(made: migrations.RunSQL) -> migrations.RunSQL:
    """What an earlier migration made, taken away; made again on the way back."""
    return migrations.RunSQL(made.reverse_sql, made.sql)


class Migration(migrations.Migration):
    dependencies = [("agencies", "0012_notice_choices")]

    operations = [
        wall("agencies_noticepreference", f"user_id = {USER}", gate="select"),
        wall("agencies_quiethours", f"user_id = {USER}", gate=None),
        wall("agencies_digest", "false", gate=None),
        replaced(gate_function(EARLIER.SIGNATURE, EARLIER.NOTICES_ADD)),
        gate_function(SIGNATURE, NOTICES_ADD),
    ]
