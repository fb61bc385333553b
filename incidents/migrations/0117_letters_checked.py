"""Who checks the county's translations, and postal addresses of people further in texts (docs/decisions/0028).

Information governance confirms that somebody who speaks the language checked a translation of the county's: the only
change that anybody can make to a county wording, and the database holds it to that. A postal address of somebody of one
side goes out of texts for the other, as the way to reach them does.
"""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

from kernel.rls import role_in

_BEFORE = import_module("incidents.migrations.0101_online_walls")

_DECIDES = role_in("incidents_lettertemplate.agency_id", "spoc", "deputy_spoc", "manager")

UPDATE = f"""
alter policy app_update on incidents_lettertemplate
  with check ({_DECIDES} or (agency_id is null and checked and language <> 'en' and hatecase_governs()))
"""
_UPDATE_BACK = f"alter policy app_update on incidents_lettertemplate with check ({_DECIDES})"

# A county's wording is confirmed as it is: its words and what it belongs to stay.
KEPT = """
create function hatecase_county_wording_kept() returns trigger language plpgsql as $$
begin
  if old.agency_id is null and current_user = 'hatecase_app'
    and (new.agency_id is not null or new.uid <> old.uid or new.topic <> old.topic or new.version <> old.version
      or new.kind <> old.kind or new.name <> old.name or new.language <> old.language or new.body <> old.body
      or new.safety <> old.safety or new.active <> old.active) then
    raise exception 'A wording of the county is confirmed as it is.' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger county_wording_kept before update on incidents_lettertemplate
  for each row execute function hatecase_county_wording_kept()
"""
_KEPT_BACK = """
drop trigger if exists county_wording_kept on incidents_lettertemplate;
drop function if exists hatecase_county_wording_kept()
"""

_NAMED = "unnest(array[o.given_name, o.family_name, o.contact])"
TEXT_SHOWN = _BEFORE._replaced(
    _BEFORE.TEXT_SHOWN, (_NAMED, "unnest(array[o.given_name, o.family_name, o.contact, o.address])")
)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0116_letters_to_all"), ("incidents", "0101_online_walls")]

    operations = [
        migrations.RunSQL(UPDATE, _UPDATE_BACK),
        migrations.RunSQL(KEPT, _KEPT_BACK),
        # Replaced in place: its owner and who may call it stay as they are.
        migrations.RunSQL(TEXT_SHOWN, _BEFORE.TEXT_SHOWN),
    ]
