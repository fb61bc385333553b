"""Whose family name is whose, for the audit's page of own names: a digest of it on each person's access rows.

The page asks of many looks at cases whether somebody in them has a word of the reader's name for a family name. Without the
digest each of these questions goes through the access rows to the people themselves. The digest only narrows: what is shown
is compared with the names as they stand. Triggers keep it, whoever writes: a new access row takes it from its person, and a
name that changes takes it along. The row lock lets no name change between the two.

The functions belong to the owner: the gate may not lock a person.
"""

from __future__ import annotations

from django.db import migrations

FAMILY_KEY = """
create function hatecase_family_key(name text) returns int
language sql immutable parallel safe set search_path = public, pg_temp as $$
  select case when name <> '' then ('x' || left(md5(lower(name)), 8))::bit(32)::int end
$$
"""

KEY_SET = """
create function hatecase_family_key_set() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_table_name = 'victims_victimaccess' then
    select hatecase_family_key(v.family_name) into new.family_key from victims_victim v
      where v.id = new.victim_id for share;
  else
    select hatecase_family_key(p.family_name) into new.family_key from perpetrators_allegedperpetrator p
      where p.id = new.perpetrator_id for share;
  end if;
  return new;
end $$
"""

KEY_FOLLOWS = """
create function hatecase_family_key_follows() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_table_name = 'victims_victim' then
    update victims_victimaccess set family_key = hatecase_family_key(new.family_name) where victim_id = new.id;
  else
    update perpetrators_perpetratoraccess set family_key = hatecase_family_key(new.family_name)
      where perpetrator_id = new.id;
  end if;
  return null;
end $$
"""

_OWNED = """
{definition};
alter function {name} owner to hatecase_owner;
revoke all on function {name} from public;
"""
_FUNCTIONS = (
    ("hatecase_family_key(text)", FAMILY_KEY),
    ("hatecase_family_key_set()", KEY_SET),
    ("hatecase_family_key_follows()", KEY_FOLLOWS),
)

# The triggers, and the rows from before. The people by their family name: how many namesakes somebody has is counted in the
# index alone, for which the column has to stand in it beside its lower case.
_SIDES = (
    ("victims_victim", "victims_victimaccess", "victim_id", "victim_family"),
    ("perpetrators_allegedperpetrator", "perpetrators_perpetratoraccess", "perpetrator_id", "perpetrator_family"),
)
KEPT = "".join(
    f"""
create trigger family_key_set before insert on {access}
  for each row execute function hatecase_family_key_set();
create trigger family_key_follows after update of family_name on {people}
  for each row when (old.family_name is distinct from new.family_name) execute function hatecase_family_key_follows();
update {access} a set family_key = hatecase_family_key(p.family_name)
  from {people} p where p.id = a.{key} and p.family_name <> '';
create index {index} on {people} (lower(family_name)) include (family_name, id) where family_name <> '';
"""
    for people, access, key, index in _SIDES
)
DROPPED = "".join(
    f"""
drop index {index};
drop trigger family_key_follows on {people};
drop trigger family_key_set on {access};
"""
    for people, access, _, index in _SIDES
)


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0250_names_erased"),
        ("victims", "0003_namesakes"),
        ("perpetrators", "0002_namesakes"),
    ]

    operations = [
        *[
            migrations.RunSQL(_OWNED.format(definition=made, name=name), f"drop function if exists {name}")
            for name, made in _FUNCTIONS
        ],
        migrations.RunSQL(
            "grant execute on function hatecase_family_key(text) to hatecase_gate", migrations.RunSQL.noop
        ),
        migrations.RunSQL(KEPT, DROPPED),
    ]
