"""What a case is and how urgent it is as filters of the list, and counted beside it (docs/decisions/0020-finding.md).

They stay on the case: like whose work it is, the list's conditions ask for the ids that fit. The index of each leads to
values that few cases have; of a value that many have the planner walks the list itself, as the values stand in the text
of the query.
"""

from __future__ import annotations

from importlib import import_module

from django.db import migrations, models

_BEFORE = import_module("incidents.migrations.0070_case_find")
_FACETS_BEFORE = _BEFORE.CASE_FACETS.replace("create function", "create or replace function")


def _replaced(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert old in text  # noqa: S101
        text = text.replace(old, new, 1)
    return text


def _among(name: str) -> str:
    values = f"(select array_agg(v) from jsonb_array_elements_text(filters->'{name}') v)"
    condition = f" and a.case_id in (select k.id from incidents_case k where k.{name} = any(%L::varchar[]))"
    return f"case when filters ? '{name}' then format('{condition}', {values}) end"


CASE_CONDITIONS = _replaced(
    _BEFORE.CASE_CONDITIONS,
    (
        "    case filters->>'worker'\n",
        f"    {_among('classification')},\n    {_among('priority')},\n    case filters->>'worker'\n",
    ),
)

_COUNTED = "    union all select '{name}', c.{name}::text, count(*) from c group by 2\n"
_BAND = "    union all select 'band',"

CASE_FACETS = _replaced(
    _FACETS_BEFORE,
    ("select k.id, k.status, k.band,", "select k.id, k.status, k.classification, k.priority, k.band,"),
    (_BAND, _COUNTED.format(name="classification") + _COUNTED.format(name="priority") + _BAND),
)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0111_referral_task"), ("incidents", "0070_case_find")]

    operations = [
        migrations.AddIndex(
            model_name="case", index=models.Index(fields=["classification"], name="case_classification")
        ),
        migrations.AddIndex(model_name="case", index=models.Index(fields=["priority"], name="case_priority")),
        migrations.RunSQL(CASE_CONDITIONS, _BEFORE.CASE_CONDITIONS),
        migrations.RunSQL(CASE_FACETS, _FACETS_BEFORE),
    ]
