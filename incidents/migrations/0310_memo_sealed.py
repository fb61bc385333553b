"""What a reader is told of a case is remembered within a statement under a seal that only the gate can make.

`hatecase_text_shown` keeps its answer in a setting, and a setting can be written by whoever runs SQL: by a statement that
wrote it itself, somebody would have been told every name of a case. The seal is a digest over the answer and a secret that
no role but the gate and the owner reads; what is not sealed is worked out anew. The secret is made where the migration runs,
and replaced by a new one at any time without anything being lost: `update incidents_gatesecret set secret = …`.
"""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

from kernel.rls import wall

_BEFORE = import_module("incidents.migrations.0280_names_kept")
_BESIDE = "(select s.secret from incidents_gatesecret s) as secret"
_DIGEST = "encode(sha256(convert_to(concat(known.secret, {0}, known.secret), 'UTF8')), 'hex')"

# Two random identifiers: 244 bits.
KEPT = """
create table incidents_gatesecret (
  one boolean primary key default true check (one),
  secret text not null check (length(secret) > 60));
insert into incidents_gatesecret (secret) values (gen_random_uuid()::text || gen_random_uuid()::text)
"""


def _replaced(definition: str, *pairs: tuple[str, str]) -> str:
    for before, after in pairs:
        if definition.count(before) != 1:
            raise ValueError(f"Not once in the function: {before}")
        definition = definition.replace(before, after)
    return definition


# Without a secret nothing is believed: a comparison with nothing is not true.
TEXT_SHOWN = _replaced(
    _BEFORE.TEXT_SHOWN,
    ("  memo text[];\n", "  memo text;\n"),
    (f"select {_BEFORE._ALL} into known", f"select {_BEFORE._ALL}, {_BESIDE} into known"),
    ("select * into known from hatecase_names_of", f"select n.*, {_BESIDE} into known from hatecase_names_of"),
    ("hatecase_names_of(wanted); end if;", "hatecase_names_of(wanted) n; end if;"),
    (
        "memo := string_to_array(current_setting('hatecase.told', true), ';');",
        "memo := current_setting('hatecase.told', true);",
    ),
    (
        "if memo[1] = key then",
        f"""if known.secret is not null and starts_with(substr(memo, 65), concat(';', key, ';'))
          and left(memo, 64) = {_DIGEST.format("substr(memo, 65)")} then""",
    ),
    ("told := memo[2];", "told := split_part(memo, ';', 3);"),
    ("triager_of := memo[3];", "triager_of := split_part(memo, ';', 4);"),
    (
        "perform set_config('hatecase.told', concat_ws(';', key, told::text, triager_of::text), true);",
        f"""memo := concat_ws(';', '', key, told::text, triager_of::text);
        perform set_config('hatecase.told', {_DIGEST.format("memo")} || memo, true);""",
    ),
)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0280_names_kept")]

    operations = [
        migrations.RunSQL(KEPT, "drop table incidents_gatesecret"),
        wall("incidents_gatesecret", "false", worker=None, gate="select"),
        migrations.RunSQL(TEXT_SHOWN, _BEFORE.TEXT_SHOWN),
    ]
