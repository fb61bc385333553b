"""The second wall around letters, corrections, visits and what was struck."""

from __future__ import annotations

from django.db import migrations

from kernel.rls import AGENCIES, IDENTIFIED, USER, role_in, through_case, wall

CHILD = through_case()
KNOWS_VICTIMS = "hatecase_case_knows(case_id, 'victim')"
TEMPLATE = f"(agency_id is null and {IDENTIFIED}) or agency_id = any({AGENCIES})"
DECIDES = role_in("incidents_lettertemplate.agency_id", "spoc", "deputy_spoc", "manager")


class Migration(migrations.Migration):
    dependencies = [("incidents", "0080_letters")]

    operations = [
        wall("incidents_casevisit", f"user_id = {USER} and {CHILD}", worker=None, gate=None),
        # Written by the web, read by no role of the web or the worker.
        wall("incidents_strucktext", CHILD, app_commands=("insert",), worker=None, gate=None),
        wall(
            "incidents_fieldcorrection",
            f"{CHILD} and (contact_id is null or {KNOWS_VICTIMS})",
            app_commands=("select", "insert"),
            gate=None,
        ),
        wall(
            "incidents_lettertemplate",
            TEMPLATE,
            app_check=DECIDES,
            app_commands=("select", "insert", "update"),
            gate=None,
        ),
        wall(
            "incidents_letter",
            f"{CHILD} and agency_id = any({AGENCIES}) and {KNOWS_VICTIMS}",
            app_commands=("select", "insert", "update"),
            worker=None,
            gate=None,
        ),
    ]
