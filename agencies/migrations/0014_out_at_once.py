"""Who was reported as having left before is out of that agency as well; an administrator still closes the place."""

from __future__ import annotations

from django.db import migrations

# Cases that only an agency's own people open follow them; on a new database there are none, and no such function yet.
OUT = """
update agencies_membership set is_active = false where is_active and reported_left_at is not null;
do $$ begin
  if to_regprocedure('hatecase_own_refresh(int)') is not null then
    perform hatecase_own_refresh(l.agency_id) from (select distinct agency_id from agencies_membership
      where not is_active and ended_at is null and reported_left_at is not null) l;
  end if;
end $$
"""
BACK = "update agencies_membership set is_active = true where ended_at is null and reported_left_at is not null"


class Migration(migrations.Migration):
    dependencies = [("agencies", "0013_notice_choices")]

    operations = [migrations.RunSQL(OUT, BACK)]
