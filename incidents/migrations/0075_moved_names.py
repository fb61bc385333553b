"""What a case's texts may not say stays unsaid where incidents have changed cases (docs/permissions.md).

An incident that moves takes its words along and leaves notes behind: both may name people of the other case. So the
names that go out of texts and searches are those of every case between which incidents went, also of those that came
back since, for what was written meanwhile.
"""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

_BEFORE = import_module("incidents.migrations.0062_involved_names")
_SEARCH_PARTS = import_module("incidents.migrations.0004_search_refresh")
_NAMES_OF_CASE = (
    _SEARCH_PARTS._VICTIMS,
    _SEARCH_PARTS._PERPETRATORS,
    _BEFORE._names("victim"),
    _BEFORE._names("perpetrator"),
)


def _kin(first: str) -> str:
    """The keys of these cases and of all between which and them incidents went, as an array."""
    return f"""array(with recursive kin(id) as (
        select unnest({first})
        union
        select case when m.from_case_id = k.id then m.to_case_id else m.from_case_id end
        from kin k join incidents_incidentmove m on (m.from_case_id = k.id or m.to_case_id = k.id)
          and m.from_case_id <> m.to_case_id
      ) select id from kin)"""


def _replaced(definition: str, *changes: tuple[str, str]) -> str:
    for before, after in changes:
        if before not in definition:
            raise ValueError(before)
        definition = definition.replace(before, after)
    return definition


TEXT_SHOWN = _replaced(
    _BEFORE.TEXT_SHOWN,
    ("  shown text := words;\n", "  shown text := words;\n  kin bigint[];\n"),
    (
        "  sides := hatecase_case_sides(wanted);\n",
        f"""  sides := hatecase_case_sides(wanted);
  if 'both' = any(sides) then return words; end if;
  kin := {_kin("array[wanted]")};
""",
    ),
    (".case_id = wanted", ".case_id = any(kin)"),
)


def _of_kin(names: str) -> str:
    return names.replace(".case_id = c.id", ".case_id = any(kin.ids)")


SEARCH_REFRESH = _replaced(
    _BEFORE.SEARCH_REFRESH,
    # What somebody is called in one of them is left out of the words of all.
    ("\nbegin\n", f"\nbegin\n  wanted := {_kin('wanted')};\n"),
    *((names, _of_kin(names)) for names in _NAMES_OF_CASE),
    (
        "  from incidents_case c where c.id = any(wanted) and c.tier <> 'restricted'\n",
        f"""  from incidents_case c cross join lateral (select {_kin("array[c.id]")} as ids) kin
  where c.id = any(wanted) and c.tier <> 'restricted'
""",
    ),
)

REFRESH_MOVED = """
do $$
declare
  concerned bigint[] := array(select distinct unnest(array[m.from_case_id, m.to_case_id]) from incidents_incidentmove m);
begin
  if cardinality(concerned) > 0 then perform hatecase_search_refresh(concerned); end if;
end $$
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0062_involved_names")]

    # Replaced in place: their owner and who may call them stay as they are.
    operations = [
        migrations.RunSQL(TEXT_SHOWN, _BEFORE.TEXT_SHOWN),
        migrations.RunSQL(SEARCH_REFRESH, _BEFORE.SEARCH_REFRESH),
        migrations.RunSQL(REFRESH_MOVED, migrations.RunSQL.noop),
    ]
