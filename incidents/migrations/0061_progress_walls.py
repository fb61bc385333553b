"""The second wall around what moves a case on, and around the further people of a case (docs/domain.md §5.4)."""

from __future__ import annotations

from django.db import migrations

from kernel.rls import through_case, wall

_VICTIM = "hatecase_case_knows(case_id, 'victim')"
_PERPETRATOR = "hatecase_case_knows(case_id, 'perpetrator')"

CASE = through_case()
VICTIMS_SIDE = f"{CASE} and {_VICTIM}"
INVOLVED = f"{CASE} and (side = 'both' or hatecase_case_knows(case_id, side))"
TIES = f"{CASE} and (not needs_victim or {_VICTIM}) and (not needs_perpetrator or {_PERPETRATOR})"
_ADDED = ("select", "insert")
_KEPT = ("select", "insert", "update")


class Migration(migrations.Migration):
    dependencies = [("incidents", "0060_progress")]

    operations = [
        wall("incidents_supportreferral", VICTIMS_SIDE, app_commands=_ADDED),
        wall("incidents_actionplan", VICTIMS_SIDE, app_commands=_ADDED),
        wall("incidents_updateagreement", VICTIMS_SIDE, app_commands=_ADDED),
        wall("incidents_clockpause", VICTIMS_SIDE, app_commands=_KEPT),
        wall("incidents_keyevent", CASE, app_commands=_ADDED),
        wall("incidents_caseclosure", CASE, app_commands=_KEPT),
        wall("incidents_involvedperson", INVOLVED, app_commands=_KEPT),
        wall("incidents_persontie", TIES, app_commands=_KEPT),
    ]
