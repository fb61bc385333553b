"""The second wall around what was just added and is taken back, and around corrected dates of more records."""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

from kernel.rls import through_case

_CARRY = import_module("incidents.migrations.0067_case_carry")

CASE = through_case()
VICTIMS_SIDE = f"{CASE} and hatecase_case_knows(case_id, 'victim')"
COMMENT = "exists (select 1 from incidents_task t where t.id = task_id offset 0)"
EVIDENCE = "exists (select 1 from incidents_evidence e where e.id = evidence_id offset 0)"

# Until now they were added to alone.
_TAKEN_BACK = {
    "incidents_keyevent": CASE,
    "incidents_actionplan": VICTIMS_SIDE,
    "incidents_supportreferral": VICTIMS_SIDE,
    "incidents_taskcomment": COMMENT,
}

_BEFORE = f"{CASE} and (contact_id is null or hatecase_case_knows(case_id, 'victim'))"
CORRECTION = (
    f"{CASE} and ((contact_id is null and plan_id is null and referral_id is null)"
    " or hatecase_case_knows(case_id, 'victim'))"
    f" and (evidence_id is null or {EVIDENCE})"
)


def _corrections(predicate: str) -> str:
    return f"""
    drop policy app_select on incidents_fieldcorrection; drop policy app_insert on incidents_fieldcorrection;
    create policy app_select on incidents_fieldcorrection for select to hatecase_app using ({predicate});
    create policy app_insert on incidents_fieldcorrection for insert to hatecase_app with check ({predicate})"""


# A corrected date of a key event follows the event.
_EVENTS = """  update incidents_keyevent e set case_id = target from incidents_clock k
    where k.id = e.clock_id and k.case_id = target and e.case_id = source;
"""
_THEIRS = """  update incidents_fieldcorrection f set case_id = target from incidents_keyevent e
    where e.id = f.event_id and e.case_id = target and f.case_id = source;
"""


def _again(definition: str) -> str:
    return definition.replace("create function", "create or replace function")


CASE_CARRY = _again(_CARRY._changed(_CARRY.CASE_CARRY, (_EVENTS, _EVENTS + _THEIRS)))


class Migration(migrations.Migration):
    dependencies = [("incidents", "0107_just_added")]

    operations = [
        *(
            migrations.RunSQL(
                f"create policy app_update on {table} for update to hatecase_app"
                f" using ({predicate}) with check ({predicate})",
                f"drop policy app_update on {table}",
            )
            for table, predicate in _TAKEN_BACK.items()
        ),
        migrations.RunSQL(_corrections(CORRECTION), _corrections(_BEFORE)),
        migrations.RunSQL(CASE_CARRY, _again(_CARRY.CASE_CARRY)),
    ]
