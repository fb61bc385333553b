"""What some narrow functions told beside the point, or told by the time they took.

- A pointer leads to cases of the two lowest tiers alone (docs/domain.md §5.5).
- Who opened what of a share: looks at a person's own page count only where the receiver had no other case with that person
  then, and whoever recalls may know that side; else they would tell of a case that is none of theirs.
- A supervisor reads the reasons of their staff's looks where their agency can open the case, not by a signpost.
- A search that only hidden cases answer goes the whole way of one that no case answers.
"""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

_PASSPORT = import_module("incidents.migrations.0016_passport_walls")
_AUDIT = import_module("incidents.migrations.0031_audit_reading")
_OPENINGS = import_module("incidents.migrations.0091_share_openings")
_SEARCH = import_module("incidents.migrations.0153_search_stops")


def _replaced(definition: str, old: str, new: str) -> str:
    if definition.count(old) != 1:
        raise ValueError(f"Not once in the function: {old}")
    return definition.replace(old, new)


def _in_place(definition: str) -> str:
    if "create or replace" in definition:
        return definition
    return definition.replace("create function", "create or replace function")


POINTERS = _replaced(_PASSPORT.POINTERS, "c.tier in ('own', 'team', 'hasbag')", "c.tier in ('own', 'team')")
TOLD_CASE = _replaced(_AUDIT.TOLD_CASE, "hatecase_case_level(c.id) >= 1 then 2", "hatecase_case_level(c.id) >= 2 then 2")


def _looked_at(side: str, column: str) -> str:
    return f"""(e.subject_id = p.{column}::text and hatecase_case_knows(c.id, '{side}') and not exists (
            select from incidents_party q
            left join incidents_casegrant o on o.content_object_id = q.case_id and o.agency_id = g.agency_id
              and o.starts_at <= e.at and (o.until is null or o.until > e.at) and (o.ended_at is null or o.ended_at > e.at)
            left join incidents_caseperson n on n.case_id = q.case_id and n.user_id = e.actor_id
            where q.{column} = p.{column} and q.case_id <> c.id and coalesce(o.id, n.id) is not null))"""


SHARE_OPENINGS = _replaced(
    _OPENINGS.SHARE_OPENINGS,
    "e.subject_id in (p.victim_id::text, p.perpetrator_id::text)",
    f"({_looked_at('victim', 'victim_id')}\n          or {_looked_at('perpetrator', 'perpetrator_id')})",
)


def _whole(definition: str) -> str:
    return _replaced(definition, "if matched is null then return; end if;", "matched := coalesce(matched, '{}');")


_PAGE, _NEWER = (_SEARCH._stopping(made) for made in (_SEARCH._BEFORE.CASE_PAGE, _SEARCH._NEWER_BEFORE))
CASE_PAGE, CASE_PAGE_NEWER = _whole(_PAGE), _whole(_NEWER)
_CHANGED = (
    (POINTERS, _PASSPORT.POINTERS),
    (TOLD_CASE, _AUDIT.TOLD_CASE),
    (SHARE_OPENINGS, _OPENINGS.SHARE_OPENINGS),
    (CASE_PAGE, _PAGE),
    (CASE_PAGE_NEWER, _NEWER),
)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0153_search_stops")]

    # Replaced in place: owner and who may call them stay as they are.
    operations = [migrations.RunSQL(_in_place(now), _in_place(before)) for now, before in _CHANGED]
