"""What a colleague and an agency are called to whoever may be told of them, and who works for agencies of the asker
alone, asked by key (incidents.selectors.text).

As functions rather than joins and conditions: the chronology of a case asks for them some forty times in one query, and
putting such a query together took PostgreSQL longer than answering it (docs/decisions/0030-names-told.md). They run
with the rights of whoever asks.
"""

from __future__ import annotations

from django.db import migrations

PERSON = """
create function hatecase_person_told(person bigint, hidden text[]) returns text
language sql stable as $$
  select case when exists (
    select from public.agencies_membership m join public.agencies_agency a on a.id = m.agency_id
    where m.user_id = u.id and a.side = any(hidden)
  ) then '' else u.name end
  from public.agencies_user u where u.id = person
$$
"""
AGENCY = """
create function hatecase_agency_told(agency bigint, hidden text[], own bigint[]) returns text
language sql stable as $$
  select case when a.side = any(hidden) and a.id <> all(own) then '' else a.name end
  from public.agencies_agency a where a.id = agency
$$
"""
COLLEAGUE = """
create function hatecase_colleague(person bigint, own bigint[]) returns boolean
language sql stable as $$
  select coalesce(bool_and(m.agency_id = any(own)), false)
  from public.agencies_membership m where m.user_id = person
$$
"""


class Migration(migrations.Migration):
    dependencies = [("agencies", "0014_out_at_once")]

    operations = [
        migrations.RunSQL(PERSON, "drop function hatecase_person_told(bigint, text[])"),
        migrations.RunSQL(AGENCY, "drop function hatecase_agency_told(bigint, text[], bigint[])"),
        migrations.RunSQL(COLLEAGUE, "drop function hatecase_colleague(bigint, bigint[])"),
    ]
