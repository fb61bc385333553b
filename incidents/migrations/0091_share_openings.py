"""Who of a receiver's people opened something of a case while it was shared: also who took it in a pack.

What shows several cases at once names them in the audit by reference (lists) or by key (packs); both count, as they do
where information governance looks a case up. One row more than is shown, so that a page can say that there are more.
"""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

EARLIER = import_module("incidents.migrations.0016_passport_walls").SHARE_OPENINGS
SHARE_OPENINGS = """
create or replace function hatecase_share_openings(wanted uuid)
returns table (user_id int, at timestamptz, action varchar)
language sql stable security definer set search_path = public, pg_temp as $$
  select e.actor_id, e.at, e.action
  from incidents_casegrant g
  join incidents_case c on c.id = g.content_object_id
  join agencies_membership m on m.agency_id = g.agency_id
  join kernel_auditevent e on e.actor_id = m.user_id and e.at >= g.starts_at
    and e.at <= least(coalesce(g.ended_at, 'infinity'), coalesce(g.until, 'infinity'))
  where g.uid = wanted and hatecase_case_level(c.id) >= 4
    and e.operation in ('consultation', 'disclosure') and e.actor_agencies @> array[g.agency_id]
    and (e.case_id = c.id or e.detail->'cases' @> to_jsonb(c.ref) or e.detail->'cases' @> to_jsonb(c.id)
      or (e.subject_type in ('victims.victim', 'perpetrators.allegedperpetrator') and exists (
        select 1 from incidents_party p where p.case_id = c.id
          and e.subject_id in (p.victim_id::text, p.perpetrator_id::text))))
  order by e.at limit 501
$$
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0090_restricted_told")]

    operations = [
        migrations.RunSQL(SHARE_OPENINGS, EARLIER.replace("create function", "create or replace function")),
    ]
