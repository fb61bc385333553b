"""The first look of the lead agency at reports that are on file already, as far as their own records say it: that
somebody of it opened an urgent one, or that the case was sorted since the report came in.
"""

from __future__ import annotations

from django.db import migrations

LOOKED = """
update incidents_incident i set looked_at = f.at from (
  select n.id, coalesce(
    (select min(k.met_at) from incidents_clock k where k.incident_id = n.id and k.kind = 'K0'),
    case when c.triaged_at >= n.entered_at then c.triaged_at end) as at
  from incidents_incident n join incidents_case c on c.id = n.case_id) f
where f.id = i.id and f.at is not null;
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0160_clock_set")]

    operations = [migrations.RunSQL(LOOKED, migrations.RunSQL.noop)]
