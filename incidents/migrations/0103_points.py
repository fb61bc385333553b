"""Where an incident was, in metres: filled from its full postcode whenever that is written (docs/domain.md §5.2).

The database fills it, so that no service that writes a postcode, or corrects one, can forget it. A first half, or a
postcode that nobody knows, has no point.
"""

from __future__ import annotations

from django.db import migrations

POINT = """
create function hatecase_incident_point() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  select p.easting, p.northing into new.easting, new.northing
    from incidents_postcodepoint p where p.postcode = new.postcode;
  return new;
end $$;
create trigger incident_point before insert or update of postcode, easting, northing on incidents_incident
  for each row execute function hatecase_incident_point()
"""
_BACK = """
drop trigger if exists incident_point on incidents_incident;
drop function if exists hatecase_incident_point()
"""

# As it came from other systems: "nn11aa" is "NN1 1AA". The search knows both halves as words, so it stays true.
WRITTEN_ONE_WAY = r"""
update incidents_incident i set postcode = n.written
from (select id, regexp_replace(upper(regexp_replace(postcode, '[\s.-]+', '', 'g')),
    '^([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][A-Z]{2})$', '\1 \2') as written from incidents_incident where postcode <> '') n
where n.id = i.id and n.written <> i.postcode
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0102_online_once")]

    operations = [
        migrations.RunSQL(POINT, _BACK),
        migrations.RunSQL(WRITTEN_ONE_WAY, migrations.RunSQL.noop),
    ]
