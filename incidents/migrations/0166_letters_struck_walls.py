"""The second wall lets what was agreed about updates be struck; struck, it stands in the way of no other one when cases
are joined, and does not go along."""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

from kernel.rls import through_case

_LATEST = import_module("incidents.migrations.0108_just_added_walls")
_CARRY = import_module("incidents.migrations.0067_case_carry")

VICTIMS_SIDE = f"{through_case()} and hatecase_case_knows(case_id, 'victim')"

_AGREED = """(whole and not exists (
      select 1 from incidents_updateagreement a where a.case_id = target))"""
_STANDING = """(whole and u.struck_at is null and not exists (
      select 1 from incidents_updateagreement a where a.case_id = target and a.struck_at is null))"""
CASE_CARRY = _CARRY._changed(_LATEST.CASE_CARRY, (_AGREED, _STANDING))


class Migration(migrations.Migration):
    dependencies = [("incidents", "0165_letters_struck")]

    operations = [
        migrations.RunSQL(
            f"create policy app_update on incidents_updateagreement for update to hatecase_app using ({VICTIMS_SIDE})"
            f" with check ({VICTIMS_SIDE})",
            "drop policy app_update on incidents_updateagreement",
        ),
        migrations.RunSQL(CASE_CARRY, _LATEST.CASE_CARRY),
    ]
